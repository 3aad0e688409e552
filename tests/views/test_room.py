"""The room as a whole: its names, and what it costs to enter."""

from __future__ import annotations

import subprocess
import sys

import workbench.views


def test_exported_names() -> None:
    assert workbench.views.__all__ == [
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
    for name in workbench.views.__all__:
        assert getattr(workbench.views, name) is not None


def test_tables_do_not_load_the_widgets() -> None:
    program = "import sys; from workbench.views import comparison_text; print('anywidget' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"
    )
