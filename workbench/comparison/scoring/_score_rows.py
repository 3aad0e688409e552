"""Scoring: every scorer on every row, and none of them can end the others."""

from __future__ import annotations

import asyncio
import inspect
import math
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from workbench.arguments import as_whole
from workbench.comparison.scoring._bounded import bounded_gather
from workbench.comparison.scoring._function import as_scorer
from workbench.comparison.scoring._scorer import Row, Score, Scored, Scorer
from workbench.errors import UsageError
from workbench.texts import as_unicode, line

Scoring = Scorer | Callable[[Row], Any]
Known = Callable[[Row, Scorer], Mapping[str, Score] | None]
Keep = Callable[[Row, Scorer, Mapping[str, Score]], None]
RowScore = tuple[Row, str, str, Score]


async def score_rows(
    rows: Iterable[Row],
    scorers: Sequence[Scorer | Callable[[Row], Scored | Awaitable[Scored]]],
    *,
    concurrency: int = 8,
    known: Known | None = None,
    keep: Keep | None = None,
    ended: Callable[[list[RowScore]], None] | None = None,
) -> list[RowScore]:
    """Score rows. A scorer that raises gives that row a score of None with the error as its note, and ends nothing.

    Args:
        rows: The answers.
        scorers: Scorers, or functions of a row. Those that are not coroutine functions run in the event loop's thread.
        concurrency: How many scores are waited for at once, such as those of a judge.
        known: Says the scores that are kept already, by their names, or None; then the scorer is not asked.
        keep: Takes each scorer's scores of a row, as soon as they are there. It is not called where the scorer raised,
            so that a judge that was out of reach is asked again next time.
        ended: Takes what came of each scorer and row, as soon as it has.

    Returns:
        The row, the scorer's name, the score's name and the score: row by row, in the order of the scorers. The
        score's name is the scorer's, or "scorer.key" for each key of a dict.

    Raises:
        UsageError: If two scorers have the same name, or one is not a scorer. What `known` and `keep` raise goes on to
            the caller.

    >>> from workbench.messages import Reply
    >>> row = Row(0, "Wo?", "m", 0, Reply(text="Bonn", finish="stop"))
    >>> scored = asyncio.run(score_rows([row], [Scorer("length", lambda row: len(row.answer), "length")]))
    >>> scored[0][1:]
    ('length', 'length', Score(value=4, note=''))
    """
    concurrency = as_whole("concurrency=", concurrency, 1)
    chosen = named_apart(scorers)

    async def scored(job: tuple[Row, Scorer]) -> list[RowScore]:
        row, scorer = job
        found = known(row, scorer) if known else None
        if found is None:
            found, is_said = await _scores(row, scorer)
            if keep and is_said:
                keep(row, scorer, found)
            await asyncio.sleep(0)  # scorers that never wait would leave a live view without its turn
        told = [(row, scorer.name, name, score) for name, score in found.items()]
        if ended:
            ended(told)
        return told

    jobs: Iterator[tuple[Row, Scorer]] = ((row, scorer) for row in rows for scorer in chosen)
    return [one for of_job in await bounded_gather(scored, jobs, concurrency) for one in of_job]


def named_apart(scorers: Scoring | Sequence[Scoring]) -> list[Scorer]:
    """Make one or several scorers and functions scorers of different names. Raises UsageError."""
    if isinstance(scorers, str | Mapping) or not (callable(scorers) or isinstance(scorers, Iterable)):
        raise UsageError(f"scorers= must be a list of scorers, not {type(scorers).__name__}")
    chosen = [as_scorer(scorer) for scorer in ([scorers] if callable(scorers) else scorers)]
    names = [scorer.name for scorer in chosen]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(
                f"two scorers are called {name!r}",
                advice="tell them apart with name=, for a function by wb.scorers.as_scorer(function, name=…)",
            )
    return chosen


async def _scores(row: Row, scorer: Scorer) -> tuple[dict[str, Score], bool]:
    """The scores of a row by their names, and whether the scorer said them: not so where it raised."""
    try:
        said = scorer(row)
        if inspect.isawaitable(said):
            said = await said
        return _by_name(scorer.name, said), True
    except Exception as error:  # noqa: BLE001 - one failing scorer must never end a scoring; its note names the class
        return {scorer.name: Score(None, line(f"{type(error).__name__}: {error}"))}, False


def _by_name(name: str, said: Scored) -> dict[str, Score]:
    if isinstance(said, Mapping):
        return {as_unicode(f"{name}.{key}"): checked(value) for key, value in said.items()}
    return {name: checked(said)}


def checked(said: Any) -> Score:
    """What a scorer said as a score whose value is a bool, a finite number or None; else None, with a note of that.

    >>> checked(float("nan"))
    Score(value=None, note='nan is not a finite number')
    """
    note = as_unicode(str(said.note)) if isinstance(said, Score) else ""
    value = said.value if isinstance(said, Score) else said
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA:
        return Score(None, note)
    if isinstance(value, Fraction):
        value = float(value)
    if not isinstance(value, bool | int | float):
        shown = line(repr(value), 60)
        return Score(None, note or f"a scorer gives a bool, a number, a Score or a dict of them, and not {shown}")
    return Score(value, note) if _is_finite(value) else Score(None, note or f"{value} is not a finite number")


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of more than 308 digits
        return False
