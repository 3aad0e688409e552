"""Workbench: connect to local and remote language models, compare them, and build agent workflows step by step.

Every name is loaded on first use, so that `import workbench` costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from workbench.public_names import names_of_stub

__version__ = "0.1.0"

_load, _names = names_of_stub(__name__, __file__)
__all__ = sorted([*_names, "__version__"])


def _show_agents() -> None:
    """Show a session of agents, or a turn, that a cell ends in; what draws it is loaded then."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or shell.display_formatter is None:
        return
    html = shell.display_formatter.formatters["text/html"]
    for module, kind, draws in (("_session", "Session", "session_html"), ("_turn", "Turn", "turn_html")):
        html.for_type_by_name(
            f"workbench.agents.session.{module}",
            kind,
            lambda shown, draws=draws: getattr(import_module("workbench.notebook.agents"), draws)(shown),
        )


_show_agents()


def load_ipython_extension(shell: Any) -> None:
    """Bring the magics into a notebook: what `%load_ext workbench` calls."""
    import_module("workbench.magics").load(shell)


def __getattr__(name: str) -> Any:
    found = globals()[name] = _load(name)
    return found


def __dir__() -> list[str]:
    return __all__
