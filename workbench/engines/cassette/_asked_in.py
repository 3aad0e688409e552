"""Which cell of a notebook asks."""

from __future__ import annotations

import sys


def asked_in() -> str:
    """The cell that runs, such as "In [3]"; "" outside notebooks.

    >>> asked_in()
    ''
    """
    # By the class itself, as IPython's function imports that anew each time, and this is asked with every question.
    # It is not there yet while another thread imports it.
    shell = getattr(sys.modules.get("IPython.core.interactiveshell"), "InteractiveShell", None)
    return f"In [{shell.instance().execution_count}]" if shell is not None and shell.initialized() else ""
