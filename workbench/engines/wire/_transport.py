"""How a server is reached: certificates of one's own, and a proxy."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """Certificates and proxy of a connection. A proxy of the environment is never used: nobody named it here.

    Attributes:
        ca: File with the certificates of those who may have signed the server's; "" takes those of the machine.
        certificate: File with the certificate by which the server knows this client, and with its key.
        certificate_key: File with that key, where it is a file of its own.
        proxy: Address of a proxy that is to be used, such as `http://proxy.example.org:3128`.

    >>> Transport(proxy="http://127.0.0.1:3128").for_request()
    {'proxy': 'http://127.0.0.1:3128'}
    """

    ca: str = ""
    certificate: str = ""
    certificate_key: str = ""
    proxy: str = ""

    def for_request(self) -> dict[str, Any]:
        """Return what a request of aiohttp needs for it."""
        wanted: dict[str, Any] = {"proxy": self.proxy} if self.proxy else {}
        if context := self._context():
            wanted["ssl"] = context
        return wanted

    def for_sending(self) -> dict[str, Any]:
        """Return what a transport of httpx needs for it, nothing from the environment. Raises ConfigurationError."""
        wanted: dict[str, Any] = {"trust_env": False}
        if self.proxy:
            wanted["proxy"] = self.proxy
        if context := self._context():
            wanted["verify"] = context
        return wanted

    def _context(self) -> ssl.SSLContext | None:
        if not (self.ca or self.certificate):
            return None
        return _context(self.ca, self.certificate, self.certificate_key)


@lru_cache
def _context(ca: str, certificate: str, certificate_key: str) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(Path(ca).expanduser()) if ca else None)
        if certificate:
            key = str(Path(certificate_key).expanduser()) if certificate_key else None
            context.load_cert_chain(Path(certificate).expanduser(), key, password=_no_password)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        what = f"a certificate file cannot be used: {getattr(error, 'strerror', None) or error}"
        files = ", ".join(name for name in (ca, certificate, certificate_key) if name)
        raise ConfigurationError(
            what, where=files, advice="name files in PEM form, the key without a password"
        ) from None
    return context


def _no_password() -> str:
    """A key that asks for a password would ask at the terminal, where nobody may be."""
    raise ValueError("the key has a password")
