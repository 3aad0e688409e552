"""Where a request goes, and what must never be told about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
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
        """The secret. Raises KeyReferenceError where the reference leads to nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """A server under the name of its connection.

    Attributes:
        connection: Name of the connection.
        address: Base address, without a slash at its end.
        key: Reference to the key that the server wants, if any.
        headers: Further headers, without secrets.
    """

    connection: str
    address: str
    key: Key | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.connection}, {self.address}"

    def all_headers(self) -> dict[str, str]:
        """Headers of a request, with the key: never to be kept or shown."""
        headers = {"Content-Type": "application/json", **self.headers}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key.reveal()}"
        return headers

    def quote(self, text: str) -> str:
        """What a server said, made fit for one line of an error: no control characters, no key, not too long."""
        if self.key:
            text = text.replace(self.key.reveal(), "[key]")
        line = _CONTROL.sub(" ", text).strip()
        return line if len(line) <= _LONGEST_QUOTE else line[:_LONGEST_QUOTE] + "…"
