"""Where a request goes, on which way, and what must never be told about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from workbench.engines.wire._gate import Gate, Open
from workbench.engines.wire._limits import Limits
from workbench.engines.wire._secrets import forms, masked
from workbench.engines.wire._transport import Transport

_LONGEST_QUOTE = 300


class Key(Protocol):
    """A reference to a secret; the secret itself is read at the moment of use.

    Attributes:
        reference: The reference as written, such as `env:GPU_KEY`.
    """

    @property
    def reference(self) -> str:
        """The reference as written."""
        ...

    def reveal(self) -> str:
        """Read the secret. Raises KeyReferenceError where the reference leads to nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """A server under the name of its connection.

    Attributes:
        connection: Name of the connection.
        address: Base address, without a slash at its end.
        key: Reference to the key that the server wants, if any.
        headers: Further headers: their values, or references to them where they are secret.
        limits: How long an answer may take, and how large it may be.
        transport: Certificates and proxy.
        gate: Who decides whether anything may be sent there.
        product: What answers there, such as "Ollama", where that is known beforehand; "" where it is not.
    """

    connection: str
    address: str
    key: Key | None = None
    headers: Mapping[str, str | Key] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    transport: Transport = field(default_factory=Transport)
    gate: Gate = field(default_factory=Open, repr=False)
    product: str = ""

    @property
    def base(self) -> str:
        """The address without query and without the `/v1` of OpenAI's API: a server tells there what it is.

        >>> Place("gpu", "https://gateway.example.org/gpu/v1").base
        'https://gateway.example.org/gpu'
        """
        return self.address.partition("?")[0].removesuffix("/v1")

    @property
    def root(self) -> str:
        """The address of the host, without a path.

        >>> Place("gpu", "https://gpu.example.org:8443/v1?tenant=7").root
        'https://gpu.example.org:8443'
        """
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"

    def url(self, path: str, start: str = "") -> str:
        """Return the whole address of something on this server: its query stays where queries stand.

        Args:
            path: What it is, beginning with a slash.
            start: Where the path begins on the host; "" takes the place's address.

        >>> Place("gpu", "https://gpu.example.org/v1?tenant=7").url("/models")
        'https://gpu.example.org/v1/models?tenant=7'
        """
        address, mark, query = self.address.partition("?")
        return f"{start or address}{path}{mark}{query}"

    def __str__(self) -> str:
        return f"{self.connection}, {self.address}"

    def all_headers(self) -> dict[str, str]:
        """Return the headers of a request, with the key: never to be kept or shown."""
        headers = {"Content-Type": "application/json"}
        headers |= {name: value if isinstance(value, str) else value.reveal() for name, value in self.headers.items()}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key.reveal()}"
        return headers

    def secrets(self) -> tuple[str, ...]:
        """List every way in which this server might repeat a secret that it was sent."""
        keys = [
            value for value in (self.key, *self.headers.values()) if value is not None and not isinstance(value, str)
        ]
        return forms(key.reveal() for key in keys) if keys else ()

    def quote(self, text: str) -> str:
        """Make what a server said fit for one line of an error: no control characters, no secret, not too long."""
        # A text of megabytes is not worth reading to its end for one line.
        start = masked(text[: 16 * _LONGEST_QUOTE], self.secrets())
        line = " ".join("".join(sign if sign.isprintable() else " " for sign in start).split())
        return line if len(line) <= _LONGEST_QUOTE else line[:_LONGEST_QUOTE] + "…"
