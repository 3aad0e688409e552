"""Places beside models' servers that somebody names: reached under the same policy, keys, certificates and log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from workbench.connections.configuration import _settings
from workbench.connections.configuration._addresses import read_address
from workbench.connections.configuration._keys import KeyReference
from workbench.connections.permissions._gate import PolicyGate
from workbench.engines import Place, Transport


def named_place(
    name: str,
    address: str,
    *,
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
    transport: Transport | None = None,
) -> Place:
    """What is known of a place that is not a model's server, such as one with tools; nothing is sent to it yet.

    Args:
        name: What errors and the audit log call it.
        address: Its whole address.
        key: Reference to the key, as for `connect`.
        headers: Further headers, whose values may be references.
        transport: Certificates and proxy.

    Raises:
        ConfigurationError: If the address cannot be one.
        KeyReferenceError: If the key is not a reference.

    >>> named_place("offices", "localhost:8000/mcp", key="env:OFFICES_KEY").address
    'http://localhost:8000/mcp'
    """
    transport = transport or Transport()
    if transport.proxy:
        transport = replace(transport, proxy=read_address(transport.proxy, f"{name}, proxy", kind="").url)
    return Place(
        name,
        read_address(address, name, kind="").url,
        None if key is None else KeyReference(key),
        _settings.headers(headers or {}, name),
        transport=transport,
        gate=PolicyGate(transport.proxy),
    )
