"""The command `lab`: JupyterLab, which asks nobody outside."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

import workbench

# What `make lab` and Binder name too: no look for updates, no news, no list of extensions from a registry.
SETTINGS = Path(workbench.__file__).parent / "jupyter"


def lab(context: typer.Context) -> None:
    """Open JupyterLab, on the first notebook where there is one.

    All arguments are passed on to JupyterLab.
    """
    start = Path("notebooks/00_start.ipynb")
    named = any(not argument.startswith("-") for argument in context.args)
    opened = [str(start)] if start.exists() and not named else []
    paths = os.pathsep.join(filter(None, [str(SETTINGS), os.environ.get("JUPYTER_CONFIG_PATH")]))
    command = [sys.executable, "-m", "jupyterlab", *context.args, *opened]
    os.execve(sys.executable, command, {**os.environ, "JUPYTER_CONFIG_PATH": paths})
