"""A run in a journal of its own: its plan, answers, scores, votes and card, and nothing of earlier plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from workbench.comparison.card._card import RunCard, encode_card
from workbench.comparison.journal._journal import Entry, Journal, KeptScorer
from workbench.comparison.journal._keys import Keys, said_key
from workbench.comparison.plan._identity import as_listed
from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._encoding import encode_plan, encode_result_or_failure
from workbench.comparison.results._result import Result
from workbench.comparison.results._results import Results
from workbench.comparison.scoring._run_rows import Given, seen
from workbench.comparison.scoring._score_store import ScoreStore, earlier_answers, encode_scores
from workbench.comparison.scoring._scorer import Score
from workbench.comparison.scoring._vote_store import VoteStore
from workbench.comparison.statistics._verdict import Better

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
        said = _Said(journal, plan, keys, scores)
        others = _write_earlier(journal, plan, results, keys, said)
        for start in range(0, len(plan), _AT_ONCE):
            journal.keep(_entries(results, keys, range(start, min(start + _AT_ONCE, len(plan))), others))
        for one in scores.by_scorer().values():
            said.keep(one.name, one.better, one.scores)
        kept = votes.all_votes()
        journal.keep_votes(
            (keys[plan.cell_at(first)], keys[plan.cell_at(second)], referee, vote)
            for first, second, referee, vote in kept.votes
        )
        journal.keep_digests(kept.digests)


def _entries(results: Results, keys: Keys, indices: range, others: set[bytes]) -> Iterator[Entry]:
    """The answers, of which some come in the place of others."""
    for result in results.several(indices):
        if result is not None:
            entry = _entry(result, keys)
            yield entry._replace(is_another=entry.key in others)
            others.discard(entry.key)


def _entry(result: Result, keys: Keys) -> Entry:
    written, kept = encode_result_or_failure(result)
    return Entry(keys[result.cell], written.status, kept, is_another=True)


def _write_earlier(journal: Journal, plan: Plan, results: Results, keys: Keys, said: _Said) -> set[bytes]:
    """The earlier answers with what was said of them, one after the other, as they came to be earlier; their keys."""
    others: set[bytes] = set()
    for index in results.earlier_counts():
        cell = plan.cell_at(index)
        if keys[cell] in others:
            continue
        others.add(keys[cell])
        for result, of_answer in earlier_answers(results, said.scores, cell):
            journal.keep([_entry(result, keys)])
            for name, of_scorer in of_answer.items():
                said.keep(name, "higher", {index: of_scorer})
    return others


class _Said:
    """What was said of answers, on its way into a journal; of a scorer whose settings nobody kept only its name."""

    def __init__(self, journal: Journal, plan: Plan, keys: Keys, scores: ScoreStore) -> None:
        self.scores = scores
        self._journal = journal
        self._plan = plan
        self._keys = keys
        self._known = {one.name: one for one in scores.scorers()}
        self._given = Given(plan)

    def keep(self, name: str, better: Better, scores: Mapping[int, Mapping[str, Score]]) -> None:
        """Keep what a scorer said of some cells, by their index."""
        one = self._known.get(name) or KeptScorer(name, "", better, ())
        self._journal.keep_scorers([one])
        rows = []
        for index, of_cell in scores.items():
            cell = self._plan.cell_at(index)
            said_by = said_key(one.name, one.identity, seen(self._given.row(cell.prompt), one.columns))
            rows.append((self._keys[cell], said_by, encode_scores(of_cell)))
        self._journal.keep_scores(rows)
