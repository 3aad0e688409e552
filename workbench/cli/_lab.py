"""The command `lab`: JupyterLab."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer


def lab(context: typer.Context) -> None:
    """Open JupyterLab, on the first notebook where there is one.

    All arguments are passed on to JupyterLab.
    """
    start = Path("notebooks/00_start.ipynb")
    named = any(not argument.startswith("-") for argument in context.args)
    opened = [str(start)] if start.exists() and not named else []
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *context.args, *opened])
