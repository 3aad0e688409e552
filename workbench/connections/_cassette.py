"""The door to recorded answers."""

from __future__ import annotations

import os
import warnings
from importlib.metadata import version
from pathlib import Path

from workbench.connections.asking import _records
from workbench.engines import forget_kinds
from workbench.engines.cassette import (
    MODE,
    SPEED,
    Cassette,
    Mode,
    Speed,
    as_mode,
    as_speed,
    cassette_path,
    insert,
    question_of,
)
from workbench.engines.sending import _upstream
from workbench.texts import line

_TOLD = 3


def cassette(name: str | Path, *, mode: Mode | None = None, speed: Speed | None = None) -> Cassette:
    """Record what servers answer from now on, or play what was recorded, without changing what asks.

    It counts at once, for everything that is asked of a server or model, until `eject()` is called on it or the `with`
    block that it opens ends. While one is played, nothing is sent to any server.

    In a session of agents all tools are recorded and played too, elsewhere only those of MCP servers: another function
    that a team without a session calls runs each time.

    Args:
        name: Name or path of the file; without an ending it gets `.cassette`.
        mode: "record" asks and keeps what is not there yet; "replay" plays what is there. Without it `WORKBENCH_MODE`
            decides, or else whether the file is there: then it is played.
        speed: "recorded" lets pieces come when they came, "instant" at once, a number so many times as fast. Without it
            `WORKBENCH_SPEED` decides, or else it is "recorded".

    Returns:
        The cassette, with `unused` (what was recorded and not asked for) and `added`.

    Raises:
        CassetteError: If the file is missing, is not a cassette, or cannot be written.
        UsageError: If there is no such mode or speed.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, cassette(Path(folder) / "lesson", mode="record") as tape:
    ...     tape.added
    0
    """
    path = cassette_path(name)
    by_environment = os.environ.get(MODE)
    if mode is None and by_environment in ("", "live", None):
        mode = "replay" if path.exists() else "record"
    opened = Cassette(
        path,
        as_mode(by_environment, MODE) if mode is None else as_mode(mode, "mode="),
        as_speed(os.environ.get(SPEED) or "recorded", SPEED) if speed is None else as_speed(speed, "speed="),
        version("model-workbench"),
    )
    _forget()  # what this process knows already would be missing on the cassette
    insert(opened)
    opened.on_eject(_forget)  # and what was recorded elsewhere is not so here
    opened.on_eject(lambda: _tell_unused(opened))
    return opened


def _tell_unused(cassette: Cassette) -> None:
    """Warn whoever adds to a recording of what nobody has asked for: it may be out of date."""
    unused = cassette.unused if cassette.mode == "record" else []
    if unused:
        questions = ", ".join(repr(line(question_of(entry), 60)) for entry in unused[:_TOLD])
        more = " …" if len(unused) > _TOLD else ""
        warnings.warn(
            f"{cassette.path.name}: {len(unused)} recorded and not asked for: {questions}{more}", stacklevel=3
        )


def _forget() -> None:
    forget_kinds()
    _upstream.forget()
    _records.forget()
