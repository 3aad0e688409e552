"""Asking a comparison again, all of it or some cells, in a notebook with the live view of any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from workbench.comparison import (
    Comparison,
    Rerun,
    Row,
    Run,
    Scorer,
    asked_again,
    cells_of,
    open_run,
    plan_again,
    what_changed,
)
from workbench.comparison.run._again import Models
from workbench.comparison.scorers import named_apart
from workbench.errors import UsageError
from workbench.notebook._live import carried_out, carried_out_again

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


async def ask_again(
    run: Run,
    *,
    prompt: int | Sequence[int] | None = None,
    model: str | Sequence[str] | None = None,
    repeat: int | Sequence[int] | None = None,
    concurrency: int | None = None,
) -> Run:
    """Ask cells of a comparison once more, whether they have an answer or not; the newest answer counts.

    The answer that was there stays until there is another one: a failure or a stop leaves it as it was. Then it is kept
    as an earlier answer, in the same journal, with its scores, its rating and the votes of referees: none of these
    stands beside the new answer, which is not scored yet. `run.earlier` tells all earlier answers, `run.frame` how many
    there are of each cell in its column `earlier_answers`; `wb.open` and what `run.save("….zip")` writes have them too.
    A cassette that is inserted records each asking and plays them in their order.

    Args:
        run: The run, also as `wb.open` gives it; it has the new answers itself.
        prompt: Number of the prompt, from 0, or several; None takes all.
        model: Label of the candidate, or several; None takes all. One of them has to be said.
        repeat: Number of the repeat, from 0, or several; None takes all.
        concurrency: As for `wb.compare`.

    Returns:
        The same run.

    Raises:
        UsageError: If there are no such cells, one of their candidates is a function that no file holds, or the files
            of a model are not those any more that answered; nothing was sent.
        JournalError: If what was answered cannot be kept.

    >>> from workbench.connections import wait
    >>> from workbench.notebook import compare
    >>> run = wait(compare("Was ist ein Amt?", "embedded", max_tokens=3, temperature=0))
    >>> wait(ask_again(run, prompt=0)).frame["earlier_answers"].tolist()
    [1]
    """
    if not isinstance(run, Run):
        raise UsageError(
            f"cells of a run are asked again, not of a {type(run).__name__}",
            advice="give what `await wb.compare(…)` or wb.open gives",
        )
    cells = cells_of(run.plan, prompt, model, repeat)
    return await carried_out_again(asked_again(run, cells, concurrency), cells)
