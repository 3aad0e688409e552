"""The scores and votes of a run: asked once, kept in its journal, and read as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from time import monotonic
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd

from workbench.compare._answers import Journalled
from workbench.compare._identity import scorer_key
from workbench.compare._plan import Cell, Plan
from workbench.compare._result import Results
from workbench.compare._score import Better, Row, Score, Scorer
from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.compare.scorers import Referee

_TYPES = {
    "prompt_id": "Int64",
    "model": "string",
    "repeat": "Int64",
    "scorer": "string",
    "value": "Float64",
    "note": "string",
    "left_out": "string",
}
_WAITS_S = 0.5
_Place = tuple[int, str, int]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, tuple[bool | float | None, str]]).decode


@dataclass(slots=True)
class Book:
    """What was said of the answers of one run.

    Attributes:
        scores: For each cell the scores by their names.
        better: For each score whether "higher" or "lower" values are better.
    """

    scores: dict[_Place, dict[str, Score]] = field(default_factory=dict)
    better: dict[str, Better] = field(default_factory=dict)


class _Kept:
    """Scores on their way into the journal, many in one transaction, none of which waits for long.

    Args:
        results: Where they belong; only those with a journal keep any.
    """

    def __init__(self, results: Results) -> None:
        self._results = results
        self._waiting: list[tuple[Cell, bytes, bytes]] = []
        self._flushed_s = monotonic()

    def add(self, cell: Cell, scorer: bytes, said: bytes) -> None:
        """Take one in; a slow judge's is kept at once, so that a killed kernel costs no question again."""
        self._waiting.append((cell, scorer, said))
        if monotonic() - self._flushed_s >= _WAITS_S:
            self.flush()

    def flush(self) -> None:
        """Keep all that wait. Raises JournalError."""
        waiting, self._waiting = self._waiting, []
        if waiting and isinstance(self._results, Journalled):
            self._results.keep_scores(waiting)
        self._flushed_s = monotonic()


def rows(plan: Plan, results: Results) -> Iterator[Row]:
    """Every whole answer, as scorers see it."""
    given = _given(plan)
    for cell, result in zip(plan.cells(), results.several(range(len(plan))), strict=True):
        if result is not None and result.status == "answered" and result.reply is not None:
            label = plan.candidates[cell.candidate].label
            table_row = {name: values[cell.prompt] for name, values in given.items()}
            asked = plan.prompts[cell.prompt]
            yield Row(cell.prompt, asked, label, cell.repeat, result.reply, table_row, result.earlier)


def pairs(plan: Plan, results: Results) -> Iterator[tuple[Row, Row]]:
    """Every two answers to the same prompt and repeat that count in a verdict."""
    by_place: dict[tuple[int, int], list[Row]] = {}
    numbers = {candidate.label: number for number, candidate in enumerate(plan.candidates)}
    for row in rows(plan, results):
        cell = plan.cell(row.prompt_id, numbers[row.model], row.repeat)
        if results[cell.index].left_out is None:
            by_place.setdefault((row.prompt_id, row.repeat), []).append(row)
    for together in by_place.values():
        yield from combinations(together, 2)


async def score(
    plan: Plan,
    results: Results,
    book: Book,
    scorers: Sequence[Scorer | Callable[[Row], Any]],
    concurrency: int,
) -> None:
    """Score every whole answer and write it into the book; what the journal holds is not scored again.

    Raises UsageError for a scorer that is none, and JournalError where the scores cannot be kept.
    """
    from workbench.compare.scorers import as_scorer, score_rows

    chosen = [as_scorer(one) for one in scorers]
    numbers = {candidate.label: number for number, candidate in enumerate(plan.candidates)}

    # Only what is kept needs to know which version of a judge said it.
    digests = await results.digests(one.model for one in chosen) if isinstance(results, Journalled) else {}

    def cell(row: Row) -> Cell:
        return plan.cell(row.prompt_id, numbers[row.model], row.repeat)

    def known(row: Row, scorer: Scorer) -> Mapping[str, Score] | None:
        kept = (
            results.score(cell(row), scorer_key(scorer, digests, row.given))
            if isinstance(results, Journalled)
            else None
        )
        return None if kept is None else {name: Score(*said) for name, said in _decode(kept).items()}

    kept = _Kept(results)

    def keep(row: Row, scorer: Scorer, said: Mapping[str, Score]) -> None:
        encoded = _encode({name: (one.value, one.note) for name, one in said.items()})
        kept.add(cell(row), scorer_key(scorer, digests, row.given), encoded)

    try:
        found = await score_rows(rows(plan, results), chosen, concurrency=concurrency, known=known, keep=keep)
    finally:
        kept.flush()
    directions = {scorer.name: scorer.better for scorer in chosen}
    for row, scorer_name, name, said in found:
        book.scores.setdefault((row.prompt_id, row.model, row.repeat), {})[name] = said
        book.better[name] = directions[scorer_name]


async def votes(referee: Referee, both: Iterable[tuple[Row, Row]], concurrency: int) -> pd.DataFrame:
    """What a referee says of pairs of answers; a pair at which it fails has no vote, and a warning counts these."""
    from workbench.compare.scorers import pair_votes, vote_table

    return vote_table(await pair_votes(referee, both, concurrency))


def scores_frame(plan: Plan, results: Results, book: Book) -> pd.DataFrame:
    """A row for each cell and score; a cell that was not scored has no value, and `left_out` says why it counts not."""
    names = list(book.better)
    told = []
    for cell, result in zip(plan.cells(), results.several(range(len(plan))), strict=True):
        label = plan.candidates[cell.candidate].label
        said = book.scores.get((cell.prompt, label, cell.repeat), {})
        left_out = "not asked" if result is None else result.left_out
        for name in names:
            one = said.get(name, Score(None))
            value = None if one.value is None else float(one.value)
            told.append((cell.prompt, label, cell.repeat, name, value, one.note or None, left_out))
    return pd.DataFrame(told, columns=list(_TYPES)).astype(_TYPES)


def chosen_score(book: Book, wanted: str | None) -> str:
    """The name of the score that is wanted, or of the only one. Raises UsageError."""
    there = ", ".join(map(repr, book.better))
    if not there:
        raise UsageError("this run has no scores", advice="score it first: await run.score([…])")
    if wanted is None:
        if len(book.better) > 1:
            raise UsageError("this run has several scores", advice=f"name one of {there}")
        return next(iter(book.better))
    if wanted not in book.better:
        raise UsageError(f"this run has no score {wanted!r}", advice=f"there are {there}")
    return wanted


def _given(plan: Plan) -> dict[str, list[Any]]:
    if plan.table is None:
        return {}
    return {str(name): plan.table.iloc[:, number].tolist() for number, name in enumerate(plan.table.columns)}
