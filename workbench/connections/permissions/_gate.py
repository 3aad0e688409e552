"""The gate through which every request goes: policy before, audit log after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from workbench.connections.permissions import _audit, _policy
from workbench.engines import Exchange
from workbench.engines.cassette import note_sent


@dataclass(frozen=True, slots=True)
class PolicyGate:
    """Lets pass what the policy allows, and notes what has passed.

    Attributes:
        proxy: Address of the proxy that requests go through, which must be allowed too; "" for none.

    >>> PolicyGate().admit("http://127.0.0.1:8000/v1")
    """

    proxy: str = ""
    minds_upstream: ClassVar[bool] = True

    def admit(self, address: str) -> None:
        """Raise PolicyError where nothing may be sent there, ConfigurationError where the log cannot be kept."""
        _policy.admit(address)
        if self.proxy:
            _policy.admit(self.proxy)
        _audit.check()

    def admit_unnamed(self, address: str) -> None:
        """Raise PolicyError where the server of this connection must not pass anything on to this address."""
        _policy.admit_unnamed(address)

    def note(self, exchange: Exchange) -> None:
        """Add the request to the audit log, and to what is being recorded."""
        note_sent(exchange.request, exchange.outcome)
        _audit.note(exchange)
