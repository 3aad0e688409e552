"""Which cassette is inserted: what is asked meanwhile is played from it or recorded on it."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path

from workbench.engines.cassette._cassette import Cassette
from workbench.engines.cassette._settings import as_mode, as_speed, cassette_path
from workbench.errors import CassetteMissError, ConfigurationError

MODE, NAME, SPEED = "WORKBENCH_MODE", "WORKBENCH_CASSETTE", "WORKBENCH_SPEED"

_inserted: list[Cassette] = []
_by_environment: dict[tuple[str, ...], Cassette] = {}


def insert(cassette: Cassette) -> None:
    """Insert a cassette over those that are inserted; it counts until it is ejected."""
    _inserted.append(cassette)
    cassette.on_eject(lambda: eject(cassette))


def eject(cassette: Cassette) -> None:
    """Take one out, wherever it lies."""
    if cassette in _inserted:
        _inserted.remove(cassette)


def current() -> Cassette | None:
    """The cassette that counts now; None where servers are asked and nothing is kept.

    Without one that was inserted it is the one that the environment names: `WORKBENCH_MODE` is "live", "record" or
    "replay", `WORKBENCH_CASSETTE` names the file (without it the notebook that runs does), `WORKBENCH_SPEED` the speed.

    Raises:
        ConfigurationError: If the environment cannot mean anything.
        CassetteError: If the file cannot be used.
    """
    if _inserted:
        return _inserted[-1]
    mode = os.environ.get(MODE, "live")
    return None if mode in ("", "live") else _from_environment(mode)


def _from_environment(mode: str) -> Cassette:
    name = os.environ.get(NAME) or Path(os.environ.get("JPY_SESSION_NAME", "")).name.removesuffix(".ipynb")
    speed = os.environ.get(SPEED, "recorded")
    path = cassette_path(name) if name else None
    if path is None:
        raise ConfigurationError(
            f"{MODE}={mode} needs a cassette", where="the environment", advice=f"name its file: {NAME}=NAME"
        )
    # By its whole path: a notebook may change its folder on the way.
    key = (mode, name, speed)
    if key not in _by_environment:
        _by_environment[key] = Cassette(
            path.absolute(), as_mode(mode, MODE), as_speed(speed, SPEED), version("model-workbench")
        )
    return _by_environment[key]


def playing() -> Cassette | None:
    """The cassette that is played now, so that nothing is asked of any server; None where none is."""
    cassette = current()
    return cassette if cassette is not None and cassette.mode == "replay" else None


def refuse_sending() -> None:
    """Raise CassetteMissError while recorded answers are played: nothing is sent then."""
    if (cassette := playing()) is not None:
        raise CassetteMissError(
            "nothing is sent while recorded answers are played",
            where=str(cassette.path),
            advice='record what is missing: mode="record"',
        )
