"""Scoring the answers of a run: every scorer on every whole answer, into the store of its scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._results import Results
from workbench.comparison.scoring._run_rows import Places, rows
from workbench.comparison.scoring._score_rows import named_apart, score_rows
from workbench.comparison.scoring._score_store import ScoreStore
from workbench.comparison.scoring._scorer import Row, Score, Scorer
from workbench.comparison.scoring._scores import ScorerScores


async def score(
    plan: Plan,
    results: Results,
    store: ScoreStore,
    scorers: Sequence[Scorer | Callable[[Row], Any]] | Scorer | Callable[[Row], Any],
    concurrency: int,
) -> None:
    """Score every whole answer, and have the scores stored; what the store knows is not scored again.

    Raises UsageError for a scorer that is none, and JournalError where the scores cannot be kept.
    """
    chosen = named_apart(scorers)
    places = Places(plan)
    async with store.scoring(chosen) as (known, keep):
        found = await score_rows(rows(plan, results), chosen, concurrency=concurrency, known=known, keep=keep)
    said: dict[str, dict[int, dict[str, Score]]] = {scorer.name: {} for scorer in chosen}
    for row, scorer_name, name, one in found:
        said[scorer_name].setdefault(places.cell(row).index, {})[name] = one
    for scorer in chosen:
        store.add(ScorerScores(scorer.name, scorer.better, said[scorer.name]))
