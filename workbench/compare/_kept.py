"""The comparisons that are kept beside the notebook: listed and opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from workbench.compare._answers import Journalled
from workbench.compare._identity import Keys
from workbench.compare._journal import FOLDER, SUFFIX, Journal, journal_path
from workbench.compare._journal_file import size_bytes
from workbench.compare._outcome import Run
from workbench.compare._recorded import decode_plan
from workbench.errors import JournalError, UsageError

_RUNS = {
    "name": "string",
    "begun": "datetime64[s]",
    "models": "string",
    "prompts": "Int64",
    "cells": "Int64",
    "answered": "Int64",
    "failed": "Int64",
    "size_bytes": "Int64",
    "problem": "string",
}


def runs() -> pd.DataFrame:
    """The comparisons that were kept in this folder under a name, the newest first.

    Returns:
        A DataFrame with a row for each: `name`, `begun` (when its newest plan was first asked, UTC), `models`,
        `prompts`, `cells`, `answered`, `failed`, `size_bytes` (with its write-ahead log), and `problem` where its file
        cannot be read.

    >>> list(runs().columns)[:2]
    ['name', 'begun']
    """
    rows = [_row(path) for path in sorted(Path(FOLDER).glob(f"*{SUFFIX}"))]
    frame = pd.DataFrame(rows, columns=list(_RUNS)).astype(_RUNS)
    return frame.sort_values("begun", ascending=False, ignore_index=True)


def open_run(name: str) -> Run:
    """Open a comparison that was kept under a name; nobody is asked.

    Args:
        name: Its name.

    Returns:
        The run as its newest call asked for it, with what was answered, and the newest scores of each scorer. It is
        `stopped` where cells are missing. From a journal that cannot be written it is read, but not scored anew.

    Raises:
        UsageError: If there is none of this name here.
        JournalError: If its file cannot be read.
    """
    path = journal_path(name)
    if not path.exists():
        there = ", ".join(sorted(one.stem for one in path.parent.glob(f"*{SUFFIX}"))) or "none"
        raise UsageError(f"no comparison {name!r} is kept here", where=str(path.parent), advice=f"there is {there}")
    return _opened(Journal(path))


def _opened(journal: Journal) -> Run:
    kept = journal.plan()
    if kept is None:
        journal.close()
        raise JournalError("the journal holds no plan", where=str(journal.path), advice="ask again under this name")
    plan, digests = decode_plan(kept)
    results = Journalled(plan, Keys(plan, digests), journal)
    return Run(plan, results, stopped=len(results) < len(plan) or bool(results.statuses()["stopped"]))


def _row(path: Path) -> dict[str, Any]:
    row: dict[str, Any] = {"name": path.stem, "size_bytes": size_bytes(path)}
    try:
        journal = Journal(path)
        begun = journal.begun()
        run = _opened(journal)
    except JournalError as error:
        return row | {"problem": str(error)}
    counts = run.counts
    return row | {
        "begun": pd.Timestamp(begun, unit="s"),
        "models": ", ".join(candidate.label for candidate in run.plan.candidates),
        "prompts": len(run.plan.prompts),
        "cells": len(run.plan),
        "answered": counts["answered"],
        "failed": counts["failed"],
    }
