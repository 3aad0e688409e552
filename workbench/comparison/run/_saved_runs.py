"""The comparisons that are kept beside the notebook: listed and opened."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from workbench.comparison.card._collect import known_card
from workbench.comparison.crate._members import SUFFIX
from workbench.comparison.crate._read import unpack_journal
from workbench.comparison.journal._file import size_bytes
from workbench.comparison.journal._journal import Journal
from workbench.comparison.journal._keys import Keys
from workbench.comparison.journal._names import run_name
from workbench.comparison.journal._results import JournalResults
from workbench.comparison.journal._unnamed import NAMED, all_paths, found_journal, is_unnamed
from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._encoding import decode_asked, decode_plan
from workbench.comparison.run._carded import kept_card
from workbench.comparison.run._run import Run
from workbench.comparison.scoring._score_store import JournalScores
from workbench.comparison.scoring._vote_store import JournalVotes
from workbench.errors import CrateError, JournalError, UsageError
from workbench.files._whole import at_home

Planned = tuple[Plan, dict[str, str]]

_AGAIN = "take an undamaged copy from whom you trust"
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
    "named": "boolean",
}


def runs() -> pd.DataFrame:
    """List the comparisons that were kept in this folder, the newest first.

    One without a name has a name of its own, such as "2026-11-26 14.03 qwen3", by which it can be opened, and gone on
    with by the same call with `name=`; then it stays. Others are deleted 30 days after they were last asked, and the
    oldest beyond 500 megabytes. `WORKBENCH_JOURNAL_DAYS` and `WORKBENCH_JOURNAL_MB` set other bounds, and
    `WORKBENCH_JOURNAL=off` keeps none.

    Returns:
        A DataFrame with a row for each: `name`, `begun` (when its newest plan was first asked, UTC), `models`,
        `prompts`, `cells`, `answered`, `failed`, `size_bytes` (with its write-ahead log), `problem` where its file
        cannot be read, and `named`: whether someone has asked for it by its name.

    >>> list(runs().columns)[:2]
    ['name', 'begun']
    """
    rows = [_row(path) for path in all_paths()]
    frame = pd.DataFrame(rows, columns=list(_RUNS)).astype(_RUNS)
    return frame.sort_values("begun", ascending=False, ignore_index=True)


def open_run(name: str | Path) -> Run:
    """Open a comparison that was kept under a name, or saved as a .zip; nobody is asked.

    Args:
        name: Its name, or the path of a file that `run.save` wrote, which ends in .zip.

    Returns:
        The run as its newest call asked for it, with what was answered, and the newest scores of each scorer. It is
        `stopped` where cells are missing. From a journal that cannot be written it is read, but not scored anew.

    Raises:
        UsageError: If there is none of this name here.
        JournalError: If its file cannot be read.
        CrateError: If a .zip is not one that `run.save` wrote, is damaged, or holds what it must not.
    """
    if _is_crate(name):
        return _open_crate(at_home(name))
    path = found_journal(name)  # type: ignore[arg-type] # it refuses what is not a name
    if path not in all_paths():
        there = ", ".join(map(run_name, all_paths())) or "none"
        raise UsageError(f"no comparison {name!r} is kept here", where=str(path.parent), advice=f"there is {there}")
    journal = Journal(path)
    plan, digests = _planned(journal, decode_plan)
    return _opened(journal, plan, digests)


def _is_crate(name: object) -> bool:
    """Whether this is the path of a crate, and not the name of a comparison that is called like one."""
    is_path = isinstance(name, str | Path) and str(name).lower().endswith(SUFFIX)
    return is_path and name not in set(map(run_name, all_paths()))


def _open_crate(path: Path) -> Run:
    """A run out of a crate; what is said of it from now on goes when the run does."""
    folder = TemporaryDirectory(prefix="workbench-", ignore_cleanup_errors=True)
    try:
        journal = Journal(unpack_journal(path, Path(folder.name)))
        run = _opened(journal, *_planned(journal, decode_plan))
    except JournalError as error:
        folder.cleanup()
        raise CrateError(f"this crate is refused: {error.what}", where=str(path), advice=_AGAIN) from None
    except BaseException:
        folder.cleanup()
        raise
    weakref.finalize(run.results, folder.cleanup)
    return run


def _planned(journal: Journal, decode: Callable[[bytes], Planned]) -> Planned:
    """The newest plan of a journal, and the fingerprints of its models. Raises JournalError where there is none."""
    kept = journal.plan()
    if kept is None:
        journal.close()
        raise JournalError("the journal holds no plan", where=str(journal.path), advice="ask again under this name")
    with journal.understood():
        return decode(kept)


def _opened(journal: Journal, plan: Plan, digests: Mapping[str, str]) -> Run:
    with journal.understood():
        keys = Keys(plan, digests)
        results = JournalResults(plan, keys, journal)
    stopped = len(results) < len(plan) or bool(results.statuses()["stopped"])
    scores = JournalScores(plan, results, keys, journal)
    card = kept_card(journal) or known_card(plan, digests, _moment(journal.begun()))
    return Run(plan, results, stopped, _scores=scores, _votes=JournalVotes(plan, keys, journal), _card=card)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else ""


def _row(path: Path) -> dict[str, Any]:
    """What `runs` tells of a journal; of one that cannot be read, why."""
    row: dict[str, Any] = {"name": run_name(path), "named": not is_unnamed(path)}
    with suppress(OSError):
        row["size_bytes"] = size_bytes(path)
    try:
        journal = Journal(path)
        row["named"] |= NAMED in journal.marks()
        begun = journal.begun()
        run = _opened(journal, *_planned(journal, decode_asked))
        counts = run.counts
        with journal.understood():
            row["begun"] = pd.Timestamp(begun, unit="s")
    except JournalError as error:
        return row | {"problem": str(error)}
    return row | {
        "models": ", ".join(candidate.label for candidate in run.plan.candidates),
        "prompts": len(run.plan.prompts),
        "cells": len(run.plan),
        "answered": counts["answered"],
        "failed": counts["failed"],
    }
