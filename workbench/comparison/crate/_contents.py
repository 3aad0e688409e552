"""A run in a journal of its own: its plan, answers, scores, votes and card, and nothing of earlier plans."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from workbench.comparison.card._card import RunCard, encode_card
from workbench.comparison.journal._journal import Entry, Journal, KeptScorer
from workbench.comparison.journal._keys import Keys, said_key
from workbench.comparison.plan._identity import as_listed
from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._encoding import encode_plan, encode_result_or_failure
from workbench.comparison.results._results import Results
from workbench.comparison.scoring._run_rows import Given, seen
from workbench.comparison.scoring._score_store import ScoreStore, encode_scores
from workbench.comparison.scoring._vote_store import VoteStore

_AT_ONCE = 1000


def write_journal(
    path: Path, plan: Plan, results: Results, scores: ScoreStore, votes: VoteStore, card: RunCard
) -> None:
    """Write a run into a new journal.

    Args:
        path: The file.
        plan: What was to be asked.
        results: What came.
        scores: What was said of it.
        votes: How it was voted on.
        card: Under which conditions was asked.

    Raises:
        JournalError: If it cannot be written, or what is kept of the run cannot be read.
        UsageError: If the plan cannot be kept.
    """
    digests = {as_listed(one.model): one.facts.digest for one in card.candidates if one.facts.digest}
    keys = Keys(plan, digests)
    with closing(Journal(path)) as journal:
        journal.keep_plan(encode_plan(plan, digests))
        journal.keep_card(card.begun, encode_card(card))
        for start in range(0, len(plan), _AT_ONCE):
            journal.keep(_entries(results, keys, range(start, min(start + _AT_ONCE, len(plan)))))
        _write_scores(journal, plan, keys, scores)
        kept = votes.all_votes()
        journal.keep_votes(
            (keys[plan.cell_at(first)], keys[plan.cell_at(second)], referee, vote)
            for first, second, referee, vote in kept.votes
        )
        journal.keep_digests(kept.digests)


def _entries(results: Results, keys: Keys, indices: range) -> Iterator[Entry]:
    for result in results.several(indices):
        if result is not None:
            written, kept = encode_result_or_failure(result)
            yield Entry(keys[result.cell], written.status, kept)


def _write_scores(journal: Journal, plan: Plan, keys: Keys, scores: ScoreStore) -> None:
    """Who scored, and all scores; of a scorer whose settings nobody kept only its name is known."""
    known = {one.name: one for one in scores.scorers()}
    given = Given(plan)
    for said in scores.by_scorer().values():
        one = known.get(said.name) or KeptScorer(said.name, "", said.better, ())
        journal.keep_scorers([one])
        rows = []
        for index, of_cell in said.scores.items():
            cell = plan.cell_at(index)
            said_by = said_key(one.name, one.identity, seen(given.row(cell.prompt), one.columns))
            rows.append((keys[cell], said_by, encode_scores(of_cell)))
        journal.keep_scores(rows)
