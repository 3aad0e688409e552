"""Asking a comparison again, in a notebook with the live view of any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from workbench.comparison import Comparison, Rerun, Row, Run, Scorer, open_run, plan_again, what_changed
from workbench.comparison.run._again import Models
from workbench.comparison.scorers import named_apart
from workbench.errors import UsageError
from workbench.notebook._live import carried_out

Scoring = Scorer | Callable[[Row], Any]


async def rerun(
    crate: str | Path | Run,
    models: Models | None = None,
    *,
    scorers: Sequence[Scoring] | Scoring = (),
    name: str | None = None,
    concurrency: int | None = None,
) -> Rerun:
    """Ask a comparison again, of the same models or of others, and say what changed.

    Args:
        crate: The path of a file that `run.save("x.zip")` wrote, the name of a comparison that is kept here, or a run.
        models: None asks the same models. One takes the place of every candidate, a list the places of all in their
            order, a dict those of the labels that are its keys; each is asked with the options of the candidate whose
            place it takes, but for those that it sets itself.
        scorers: One or several of `wb.scorers`, or functions of a row, by which both runs are scored; what is kept of
            the first is not scored again.
        name: Keeps the new comparison under this name, as `wb.compare` does.
        concurrency: As for `wb.compare`.

    Returns:
        What changed: shown as text and table, `frame` with a row for each change, `identical` as the share of identical
        answers, `scores` with 95 % intervals, and `after`, the new run.

    Raises:
        UsageError: If it cannot be asked so; nothing was sent.
        CrateError: If the file cannot be opened.
        JournalError: If what was answered cannot be kept.

    >>> import asyncio
    >>> from workbench.notebook import compare
    >>> before = asyncio.run(compare("Was ist ein Amt?", "embedded", max_tokens=3, temperature=0))
    >>> asyncio.run(rerun(before)).identical
    1.0
    """
    if not isinstance(crate, str | Path | Run):
        raise UsageError(
            f"{type(crate).__name__} cannot be asked again", advice="give a run, or the path of what run.save wrote"
        )
    chosen = [] if isinstance(scorers, Sequence) and not scorers else named_apart(scorers)
    before = crate if isinstance(crate, Run) else open_run(crate)
    comparison = Comparison(plan_again(before.plan, models), concurrency=concurrency, name=name)
    after = await carried_out(comparison)
    if chosen:
        await before.score(chosen)
        await after.score(chosen)
    return what_changed(before, after)
