"""Workbench: connect to local and remote language models, compare them, and build agent workflows step by step.

Every name is loaded on first use, so that `import workbench` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench import agents, errors
    from workbench.comparison import dialogue, read_table, runs, scorers, statistics
    from workbench.comparison import open_run as open  # noqa: A004 - `wb.open` reads as what it does
    from workbench.connections import (
        Connection,
        Model,
        audit,
        cassette,
        connect,
        copy,
        embed,
        load,
        loaded,
        model,
        models,
        show,
        unload,
    )
    from workbench.errors import WorkbenchError
    from workbench.messages import Message, Reply, Tool
    from workbench.notebook import compare, create, delete, doctor, estimate, panel, pull, report, trust
    from workbench.serverbench import benchmark
    from workbench.views import charts

__all__ = [
    "Connection",
    "Message",
    "Model",
    "Reply",
    "Tool",
    "WorkbenchError",
    "__version__",
    "agents",
    "audit",
    "benchmark",
    "cassette",
    "charts",
    "compare",
    "connect",
    "copy",
    "create",
    "delete",
    "dialogue",
    "doctor",
    "embed",
    "errors",
    "estimate",
    "load",
    "loaded",
    "model",
    "models",
    "open",
    "panel",
    "pull",
    "read_table",
    "report",
    "runs",
    "scorers",
    "show",
    "statistics",
    "trust",
    "unload",
]

__version__ = "0.1.0"

_HOMES = {
    "Connection": "workbench.connections",
    "Message": "workbench.messages",
    "Model": "workbench.connections",
    "Reply": "workbench.messages",
    "Tool": "workbench.messages",
    "WorkbenchError": "workbench.errors",
    "audit": "workbench.connections",
    "cassette": "workbench.connections",
    "benchmark": "workbench.serverbench",
    "connect": "workbench.connections",
    "model": "workbench.connections",
    "models": "workbench.connections",
    "open": "workbench.comparison",
    "report": "workbench.notebook",
    "runs": "workbench.comparison",
    "compare": "workbench.notebook",
    "doctor": "workbench.notebook",
    "estimate": "workbench.notebook",
    "panel": "workbench.notebook",
    "copy": "workbench.connections",
    "create": "workbench.notebook",
    "delete": "workbench.notebook",
    "dialogue": "workbench.comparison",
    "embed": "workbench.connections",
    "load": "workbench.connections",
    "loaded": "workbench.connections",
    "pull": "workbench.notebook",
    "read_table": "workbench.comparison",
    "show": "workbench.connections",
    "trust": "workbench.notebook",
    "unload": "workbench.connections",
}
_NAMES_THERE = {"open": "open_run"}  # a room's own module needs Python's `open`
_ROOMS = {
    "agents": "workbench.agents",
    "charts": "workbench.views.charts",
    "errors": "workbench.errors",
    "scorers": "workbench.comparison.scorers",
    "statistics": "workbench.comparison.statistics",
}


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(_ROOMS[name])
    if name in _HOMES:
        found = globals()[name] = getattr(import_module(_HOMES[name]), _NAMES_THERE.get(name, name))
        return found
    raise AttributeError(f"module 'workbench' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
