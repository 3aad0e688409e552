"""What the doctor found out about models, kept for all who ask them afterwards."""

from __future__ import annotations

from workbench.engines import Engine
from workbench.model_info import Capabilities

_known: dict[tuple[str, str, str], Capabilities] = {}


def remember(engine: Engine, model: str, found: Capabilities) -> None:
    """Keep what was found, for this process."""
    _known[engine.connection, engine.address, model] = found


def known(engine: Engine, model: str) -> Capabilities | None:
    """What was found of this model on this server, or None where nobody has looked yet."""
    return _known.get((engine.connection, engine.address, model))


def forget() -> None:
    """Forget everything."""
    _known.clear()
