"""Scoring the answers of a run: asked once, and kept in its journal soon after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workbench.comparison.journal._journal import KeptScorer
from workbench.comparison.journal._keys import said_key
from workbench.comparison.journal._results import JournalResults
from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._results import Results
from workbench.comparison.scoring._batches import Batches
from workbench.comparison.scoring._run_rows import Places, rows, seen, with_version
from workbench.comparison.scoring._score_rows import named_apart, score_rows
from workbench.comparison.scoring._scorer import Row, Score, Scorer
from workbench.comparison.scoring._scores import ScorerScores, ScoresByScorer, decode_scores, encode_scores


async def score(
    plan: Plan,
    results: Results,
    book: ScoresByScorer,
    scorers: Sequence[Scorer | Callable[[Row], Any]] | Scorer | Callable[[Row], Any],
    concurrency: int,
) -> None:
    """Score every whole answer and write it into the book; what the journal holds is not scored again.

    Raises UsageError for a scorer that is none, and JournalError where the scores cannot be kept.
    """
    chosen = named_apart(scorers)
    places = Places(plan)
    if isinstance(results, JournalResults):
        found = await _score_what_is_new(plan, results, chosen, concurrency, places)
    else:
        found = await score_rows(rows(plan, results), chosen, concurrency=concurrency)
    said: dict[str, dict[int, dict[str, Score]]] = {scorer.name: {} for scorer in chosen}
    for row, scorer_name, name, one in found:
        said[scorer_name].setdefault(places.cell(row).index, {})[name] = one
    for scorer in chosen:
        book.pop(scorer.name, None)  # who scores last comes last
        book[scorer.name] = ScorerScores(scorer.name, scorer.better, said[scorer.name])


async def _score_what_is_new(
    plan: Plan, results: JournalResults, chosen: Sequence[Scorer], concurrency: int, places: Places
) -> list[tuple[Row, str, str, Score]]:
    # Only what is kept needs to know which version of a judge said it.
    digests = await results.digests(one.model for one in chosen)
    identities = {one.name: with_version(one.identity, one.model, digests) for one in chosen}
    results.keep_scorers(KeptScorer(one.name, identities[one.name], one.better, one.columns) for one in chosen)

    def key(row: Row, scorer: Scorer) -> bytes:
        return said_key(scorer.name, identities[scorer.name], seen(row.given, scorer.columns))

    def known(row: Row, scorer: Scorer) -> Mapping[str, Score] | None:
        kept = results.score(places.cell(row), key(row, scorer))
        with results.understood():
            return None if kept is None else decode_scores(kept)

    async with Batches(results.keep_scores) as soon:
        return await score_rows(
            rows(plan, results),
            chosen,
            concurrency=concurrency,
            known=known,
            keep=lambda row, scorer, said: soon.add((places.cell(row), key(row, scorer), encode_scores(said))),
        )
