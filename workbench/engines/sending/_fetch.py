"""Short questions to a server that are not requests to a model: its version, its load, a prompt's tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engines.sending._once import ANSWER_S, Fetched, once
from workbench.engines.sending._upstream import admit
from workbench.engines.wire._place import Place

__all__ = ["ANSWER_S", "Fetched", "fetch"]


async def fetch(
    place: Place,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    at_root: bool = False,
    with_key: bool = True,
    limit_s: float = ANSWER_S,
) -> Fetched:
    """Ask a server for something short, once; a body makes it a POST.

    Args:
        place: The server.
        path: What to ask for, beginning with a slash.
        body: What to send.
        at_root: Whether the path begins at the host, and not at the place's address.
        with_key: Whether the key and the place's own headers are sent.
        limit_s: Seconds for all of it; the limits of the place may be narrower.

    Raises:
        PolicyError: If nothing may be sent there, or nothing to a model that the body names.
        EngineError: If nothing answers; any status is an answer.
    """
    await admit(place, path, body)
    address = place.url(path, place.root if at_root else "")
    return await once(place, address, body, with_key=with_key, limit_s=limit_s)
