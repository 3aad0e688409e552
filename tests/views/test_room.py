"""The room as a whole: what it costs to enter."""

from __future__ import annotations

import subprocess
import sys


def test_tables_do_not_load_the_widgets() -> None:
    program = "import sys; from workbench.views import comparison_text; print('anywidget' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"
    )
