"""Which cell of a notebook asks."""

from __future__ import annotations

import sys


def asked_in() -> str:
    """The cell that runs, such as "In [3]"; "" outside notebooks.

    >>> asked_in()
    ''
    """
    # By the class itself, as IPython's function imports that anew each time, and this is asked with every question.
    module = sys.modules.get("IPython.core.interactiveshell")
    if module is None or not module.InteractiveShell.initialized():
        return ""
    return f"In [{module.InteractiveShell.instance().execution_count}]"
