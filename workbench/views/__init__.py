"""What is seen: live views of what runs, and plain tables of what has run. Views take plain data and ask no model.

Names are loaded on first use, so that a terminal, which needs the tables only, does not wait for the widgets.
"""

from __future__ import annotations

from typing import Any

from workbench.public_names import names_of_stub

_load, __all__ = names_of_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    found = globals()[name] = _load(name)
    return found


def __dir__() -> list[str]:
    return __all__
