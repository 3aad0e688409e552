"""Workbench: connect to local and remote language models, compare them, and build agent workflows step by step.

Every name is loaded on first use, so that `import workbench` costs nothing.
"""

from __future__ import annotations

from typing import Any

from workbench.public_names import names_of_stub

__version__ = "0.1.0"

_load, _names = names_of_stub(__name__, __file__)
__all__ = sorted([*_names, "__version__"])


def __getattr__(name: str) -> Any:
    found = globals()[name] = _load(name)
    return found


def __dir__() -> list[str]:
    return __all__
