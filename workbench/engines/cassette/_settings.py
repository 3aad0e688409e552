"""How a cassette is named and set, as users and the environment write it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from workbench.arguments import shown
from workbench.engines.cassette._cassette import Mode, Speed
from workbench.engines.cassette._file import SUFFIX
from workbench.errors import UsageError
from workbench.files._whole import at_home


def cassette_path(name: str | Path) -> Path:
    """The file of a cassette, by its name or path.

    >>> str(cassette_path("lesson")), str(cassette_path("week 2/lesson.cassette"))
    ('lesson.cassette', 'week 2/lesson.cassette')
    """
    path = at_home(name)
    if not path.name:
        raise UsageError("a cassette is a file", where=str(path), advice="name it")
    return path if path.suffix == SUFFIX else path.with_name(f"{path.name}{SUFFIX}")


def as_mode(given: Any, where: str) -> Mode:
    """Whether it is to record or to replay. Raises UsageError.

    >>> as_mode("replay", "mode=")
    'replay'
    """
    if isinstance(given, str) and given == "record":
        return "record"
    if isinstance(given, str) and given == "replay":
        return "replay"
    raise UsageError(f'{where} must be "live", "record" or "replay", not {shown(given)}')


def as_speed(given: Any, where: str) -> Speed:
    """How fast pieces come. Raises UsageError.

    >>> as_speed("instant", "speed="), as_speed("×4", "speed="), as_speed(2, "speed=")
    ('instant', 4.0, 2.0)
    """
    if isinstance(given, str) and given in ("instant", "recorded"):
        return "instant" if given == "instant" else "recorded"
    try:
        factor = float(str(given).strip("×x "))
    except ValueError:
        factor = math.nan
    if not 0 < factor < math.inf:
        raise UsageError(f'{where} must be "recorded", "instant" or a number over 0, not {shown(given)}')
    return factor
