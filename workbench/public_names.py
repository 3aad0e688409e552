"""Public names that are loaded on first use, listed once: in the stub of their room, which type checkers read too."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

_NAME = re.compile(r"^from (\S+) import (\w+)", re.MULTILINE)
_RENAMED = re.compile(r"^(\w+) = (\w+)", re.MULTILINE)


def names_of_stub(room: str, file: str) -> tuple[Callable[[str], Any], list[str]]:
    """Read the stub beside a room's `__init__.py`: give what loads a name of it, and the list of all of them.

    Each line of the stub reads `from where import name as name`, where `where` is the room itself for a room in it; a
    name that is shown under another is imported without `as` and given the other in a line `shown = name`.
    """
    stub = Path(file).with_suffix(".pyi").read_text(encoding="utf-8")
    homes = {name: (home, name) for home, name in _NAME.findall(stub)}
    homes |= {shown: homes.pop(name) for shown, name in _RENAMED.findall(stub)}

    def load(shown: str) -> Any:
        if shown not in homes:
            raise AttributeError(f"module {room!r} has no attribute {shown!r}")
        home, name = homes[shown]
        # Looked up in the room itself, a room in it would be asked of this function again.
        return import_module(f"{home}.{name}") if home == room else getattr(__import__(home, fromlist=[name]), name)

    return load, sorted(homes)
