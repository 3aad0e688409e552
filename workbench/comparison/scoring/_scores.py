"""What scorers said of the answers of a run, and the table of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench import arguments
from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._result import LeftOut
from workbench.comparison.results._results import Results
from workbench.comparison.scoring._scorer import Score
from workbench.comparison.statistics._verdict import Better
from workbench.errors import UsageError

_TYPES = {
    "prompt_id": "Int64",
    "model": "string",
    "repeat": "Int64",
    "scorer": "string",
    "value": "Float64",
    "note": "string",
    "left_out": "string",
}


@dataclass(frozen=True, slots=True)
class ScorerScores:
    """What one scorer said.

    Attributes:
        name: The scorer's name.
        better: Whether "higher" or "lower" values are better.
        scores: For each scored cell, by its index, the scores by their names.

    >>> failed = {"parts": Score(None, "ValueError: nein")}
    >>> said = ScorerScores("parts", "higher", {0: {"parts.a": Score(1)}, 1: failed})
    >>> said.names, said.score(1, "parts.a")
    (['parts.a'], Score(value=None, note='ValueError: nein'))
    """

    name: str
    better: Better
    scores: Mapping[int, Mapping[str, Score]]

    @property
    def names(self) -> list[str]:
        """The names of its scores; not its own where it has others, and its own only tells why these are missing."""
        names = list(dict.fromkeys(name for said in self.scores.values() for name in said))
        parts = [name for name in names if name != self.name]
        has_own = any(self.name in said and said[self.name].value is not None for said in self.scores.values())
        return names if has_own or not parts else parts

    def score(self, cell: int, name: str) -> Score:
        """One score of a cell, by its index; where it has no value, why, if that is known."""
        said = self.scores.get(cell, {})
        return said.get(name) or said.get(self.name) or Score(None)


ScoresByScorer = dict[str, ScorerScores]
"""By the name of the scorer."""


def scores_frame(plan: Plan, results: Results, book: ScoresByScorer) -> pd.DataFrame:
    """A row for each cell and score; a cell that was not scored has no value, and `left_out` says why it counts not."""
    named = [(scoring, name) for scoring in book.values() for name in scoring.names]
    told = []
    for cell, result in _answers(plan, results) if named else ():
        left_out: LeftOut | None = "not asked" if result is None else result.left_out
        for scoring, name in named:
            one = scoring.score(cell.index, name)
            value = None if one.value is None else float(one.value)
            label = plan.candidates[cell.candidate].label
            told.append((cell.prompt, label, cell.repeat, name, value, one.note or None, left_out))
    return pd.DataFrame(told, columns=list(_TYPES)).astype(_TYPES)


def values_by_name(book: ScoresByScorer) -> dict[str, dict[int, float]]:
    """The values of all scores by their names and the index of the cell; where there is none, the cell is missing.

    >>> scores = {0: {"exact": Score(True)}, 1: {"exact": Score(None)}}
    >>> values_by_name({"exact": ScorerScores("exact", "higher", scores)})
    {'exact': {0: 1.0}}
    """
    found: dict[str, dict[int, float]] = {}
    for scoring in book.values():
        for name in scoring.names:
            said = ((cell, scoring.score(cell, name).value) for cell in scoring.scores)
            found[name] = {cell: float(value) for cell, value in said if value is not None}
    return found


def _answers(plan: Plan, results: Results) -> Iterator[Any]:
    return zip(plan.cells(), results.several(range(len(plan))), strict=True)


def chosen_score(book: ScoresByScorer, wanted: str | None) -> tuple[str, Better]:
    """Name and direction of the score that is wanted, or of the only one. Raises UsageError."""
    better = {name: scoring.better for scoring in book.values() for name in scoring.names}
    if not book:
        raise UsageError("this run has no scores", advice="score it first: await run.score([…])")
    if not better:
        raise UsageError(
            f"this run was scored by {', '.join(map(repr, book))}, but no cell has an answer with a score",
            advice="see the column error of run.frame, and ask again what failed",
        )
    name = arguments.chosen_score(list(better), wanted)
    return name, better[name]
