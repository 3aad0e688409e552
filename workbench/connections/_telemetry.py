"""Telemetry on its way to a receiver that the user names: by the same policy and audit log as all that leaves."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from workbench.connections.configuration._addresses import read_address
from workbench.connections.configuration._settings import headers as read_headers
from workbench.connections.permissions._gate import PolicyGate
from workbench.engines import Key, Place
from workbench.engines.sending._once import deliver
from workbench.errors import AddressError, ConfigurationError, KeyRefusedError, PolicyError, ServerError

_PATH = "/v1/traces"
_BASE, _WHOLE = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
_HEADERS = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS")
_PROTOBUF = "application/x-protobuf"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where traces are sent, by OTLP over HTTP, and what of them.

    Attributes:
        endpoint: Address of the receiver, such as `http://127.0.0.1:4318`, with or without `/v1/traces`; "" takes what
            `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or `OTEL_EXPORTER_OTLP_ENDPOINT` says.
        headers: Further headers; a value that is secret is given as a reference, such as `env:TRACES_KEY`.
        content: Whether what was said goes along, arguments and results of tools too; else only names, times, counts
            of tokens, reasons and classes of errors do.

    >>> Receiver("http://127.0.0.1:4318").address
    'http://127.0.0.1:4318/v1/traces'
    """

    endpoint: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bool = False

    @property
    def address(self) -> str:
        """The whole address. Raises ConfigurationError if there is none, or it is not valid."""
        named = self.endpoint or os.environ.get(_BASE, "")
        if not self.endpoint and (whole := os.environ.get(_WHOLE, "")):
            return read_address(whole, _WHOLE, kind="traces").url
        if not named:
            advice = f'name it: "http://127.0.0.1:4318", or set {_BASE}'
            raise ConfigurationError("nothing says where traces are sent", advice=advice)
        url = read_address(named, "endpoint=" if self.endpoint else _BASE, kind="traces").url
        path, mark, query = url.partition("?")
        return f"{path.removesuffix(_PATH)}{_PATH}{mark}{query}"

    def place(self) -> Place:
        """Where the traces go. Raises ConfigurationError and KeyReferenceError."""
        headers: dict[str, str | Key] = dict(read_headers(self.headers, "headers="))
        if not self.endpoint:
            headers = {**_headers_of_environment(), **headers}
        return Place("traces", self.address, headers=headers, gate=PolicyGate())

    def check(self) -> None:
        """Raise what keeps traces from being sent: an address that is invalid or not allowed, a key that is missing."""
        place = self.place()
        try:
            place.gate.admit(place.address)
        except PolicyError as error:
            raise PolicyError(error.what, where=place.address, advice="name a receiver on this machine") from None
        place.secrets()


@dataclass(frozen=True, slots=True)
class _Listed:
    """A header among those that a standard variable lists; its value counts as secret."""

    variable: str
    name: str

    @property
    def reference(self) -> str:
        return f"env:{self.variable}"

    def reveal(self) -> str:
        return _listed(self.variable).get(self.name, "")


async def deliver_traces(receiver: Receiver, raw: bytes) -> None:
    """Send encoded spans, once.

    Raises:
        PolicyError: If nothing may be sent there.
        EngineError: If nothing answers, or not as a receiver of traces does.
    """
    receiver.check()
    place = receiver.place()
    answer = await deliver(place, place.address, raw, _PROTOBUF)
    if answer.status < 300:
        return
    told = place.quote(answer.body.decode("utf-8", "replace")) or "nothing is said"
    if answer.status < 400:
        raise AddressError(
            "the receiver points to another address", where=str(place), advice="name that one, if you trust it"
        )
    if answer.status in (401, 403):
        raise KeyRefusedError(
            f"the receiver refuses the key (status {answer.status}): {told}",
            where=str(place),
            advice='give headers={"Authorization": "env:NAME"}',
        )
    if answer.status in (404, 405):
        raise AddressError(
            f"no traces are taken at this address (status {answer.status})",
            where=str(place),
            advice="name the address of a receiver of OTLP over HTTP",
        )
    raise ServerError(
        f"the receiver does not take the spans (status {answer.status}): {told}",
        where=str(place),
        advice="look into the receiver's own log",
    )


def _headers_of_environment() -> dict[str, str | Key]:
    return {name: _Listed(variable, name) for variable in _HEADERS for name in _listed(variable)}


def _listed(variable: str) -> dict[str, str]:
    """The headers that a standard variable lists, such as `api-key=4711,x-tenant=amt`, percent-encoded."""
    pairs = (one.partition("=") for one in os.environ.get(variable, "").split(",") if "=" in one)
    told = {unquote(name).strip(): unquote(value).strip() for name, _, value in pairs}
    return {name: told[name] for name in read_headers(told, variable)}
