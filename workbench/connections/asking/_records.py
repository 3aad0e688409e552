"""What was found out about models, by the doctor or by the way, kept for all who ask them afterwards."""

from __future__ import annotations

from workbench.engines import Engine
from workbench.model_info import Capabilities

_known: dict[tuple[str, str, str], Capabilities] = {}
_tools_seen: dict[tuple[str, str, str], tuple[bool | None]] = {}


def remember(engine: Engine, model: str, found: Capabilities) -> None:
    """Keep what was found, for this process."""
    _known[engine.connection, engine.address, model] = found


def known(engine: Engine, model: str) -> Capabilities | None:
    """What was found of this model on this server, or None where nobody has looked yet."""
    return _known.get((engine.connection, engine.address, model))


def remember_tools_seen(engine: Engine, model: str, seen: bool | None) -> None:
    """Keep whether a model sees the tools that it is offered, for this process; None where that cannot be told."""
    _tools_seen[engine.connection, engine.address, model] = (seen,)


def tools_seen_before(engine: Engine, model: str) -> tuple[bool | None] | None:
    """What was kept by `remember_tools_seen`, in a tuple; None where nobody has looked yet."""
    return _tools_seen.get((engine.connection, engine.address, model))


def forget() -> None:
    """Forget everything."""
    _known.clear()
    _tools_seen.clear()
