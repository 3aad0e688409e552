"""What is seen: live views of what runs, and plain tables of what has run. Views take plain data and ask no model.

Names are loaded on first use, so that a terminal, which needs the tables only, does not wait for the widgets.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.views._diagnosis import diagnosis_table, diagnosis_text
    from workbench.views._headway import Headway
    from workbench.views._progress import Course, static_line
    from workbench.views._progress_bar import ProgressBar
    from workbench.views._progress_words import ProgressWords, duration, progress_words
    from workbench.views._tables import Answer, comparison_table, comparison_text
    from workbench.views._trust import one_line, trust_table, trust_text, trust_words
    from workbench.views._words import Status, Words, warning, words
    from workbench.views.compare import CompareView
    from workbench.views.panel import PanelView, panel_table, panel_text

__all__ = [
    "Answer",
    "CompareView",
    "Course",
    "Headway",
    "PanelView",
    "ProgressBar",
    "ProgressWords",
    "Status",
    "Words",
    "comparison_table",
    "comparison_text",
    "diagnosis_table",
    "diagnosis_text",
    "duration",
    "one_line",
    "panel_table",
    "panel_text",
    "progress_words",
    "static_line",
    "trust_table",
    "trust_text",
    "trust_words",
    "warning",
    "words",
]

_HOMES = {
    "PanelView": "workbench.views.panel",
    "panel_table": "workbench.views.panel",
    "panel_text": "workbench.views.panel",
    "Answer": "workbench.views._tables",
    "CompareView": "workbench.views.compare",
    "Course": "workbench.views._progress",
    "Headway": "workbench.views._headway",
    "ProgressBar": "workbench.views._progress_bar",
    "ProgressWords": "workbench.views._progress_words",
    "Status": "workbench.views._words",
    "Words": "workbench.views._words",
    "comparison_table": "workbench.views._tables",
    "comparison_text": "workbench.views._tables",
    "diagnosis_table": "workbench.views._diagnosis",
    "diagnosis_text": "workbench.views._diagnosis",
    "duration": "workbench.views._progress_words",
    "one_line": "workbench.views._trust",
    "progress_words": "workbench.views._progress_words",
    "static_line": "workbench.views._progress",
    "trust_table": "workbench.views._trust",
    "trust_text": "workbench.views._trust",
    "trust_words": "workbench.views._trust",
    "warning": "workbench.views._words",
    "words": "workbench.views._words",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        found = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return found
    raise AttributeError(f"module 'workbench.views' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
