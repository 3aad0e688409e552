"""The commands for comparisons that are kept in this folder: `runs` and `save`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import pandas as pd
import rich.console
import rich.table
import rich.text
import typer

from workbench.cli._files import write, written_to
from workbench.cli.language import said
from workbench.comparison import check_writable, open_run
from workbench.comparison import runs as kept_runs
from workbench.comparison.crate._members import SUFFIX
from workbench.texts import replaced


def runs() -> None:
    """List the comparisons that are kept in this folder.

    Those without a name are deleted after 30 days, or beyond 500 megabytes.
    """
    table = rich.table.Table(box=None, pad_edge=False)
    for name in ("name", "named", "begun (UTC)", "models", "answered"):
        table.add_column(said(name), overflow="fold")
    for row in kept_runs().to_dict("records"):
        if pd.isna(row["problem"]):
            told = [str(row["begun"])[:16], row["models"], _answered(row["answered"], row["cells"])]
        else:
            told = ["", row["problem"], ""]
        words = (row["name"], said("yes" if row["named"] else "no"), *told)
        table.add_row(*(rich.text.Text(replaced(str(word))) for word in words))
    rich.console.Console(width=None if sys.stdout.isatty() else 1000).print(table)


def save(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name, as `workbench runs` lists it, or a .zip.")],
    out: Annotated[Path, typer.Argument(metavar="FILE", help="File: .csv, .parquet, .jsonl, .xlsx, or .zip.")],
) -> None:
    """Write the answers of a comparison that is kept in this folder to a file; a .zip holds all that is known of it."""
    run = open_run(name)
    if out.suffix.lower() == SUFFIX:
        print(f"{run.summary}, {written_to(run.save(out))}")
        return
    frame = run.frame
    check_writable(frame, out)
    print(f"{run.summary}, {written_to(write(frame, out))}")


def _answered(answered: int, cells: int) -> str:
    return said("{answered} of {cells}").format(answered=answered, cells=cells)
