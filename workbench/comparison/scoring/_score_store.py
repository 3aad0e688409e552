"""Where the scores of a run are: in memory, or beside its answers in a journal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple, Protocol

import msgspec

from workbench.comparison.journal._journal import Journal, KeptScorer
from workbench.comparison.journal._keys import Keys, said_key
from workbench.comparison.plan._plan import Cell, Plan
from workbench.comparison.results._result import Result
from workbench.comparison.results._results import Results
from workbench.comparison.scoring._batches import Batches
from workbench.comparison.scoring._rating import RATER, RATING, RATING_KEY
from workbench.comparison.scoring._run_rows import Given, Places, seen
from workbench.comparison.scoring._score_rows import Keep, Known
from workbench.comparison.scoring._scorer import Row, Score, Scorer
from workbench.comparison.scoring._scores import ScorerScores, ScoresByScorer
from workbench.comparison.scoring._versions import versioned_identities

_READ_AT_ONCE = 200

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, tuple[bool | float | None, str]]).decode


SaidOfOne = Mapping[str, Mapping[str, Score]]
"""What was said of one answer: the scores of each scorer by their names, by the scorer's name."""


class ScoreMemory(NamedTuple):
    """What `score_rows` uses so that no row is scored twice; None where nothing is remembered from row to row."""

    known: Known | None = None
    keep: Keep | None = None


class ScoreStore(Protocol):
    """The scores of one run, wherever they are."""

    def scoring(self, scorers: Sequence[Scorer]) -> AbstractAsyncContextManager[ScoreMemory]:
        """Inside it these scorers are asked; at its end all is kept that they said. Raises JournalError."""

    def add(self, scores: ScorerScores) -> None:
        """Take all that a scorer said of this run, in place of what the one of its name said before."""

    def rate(self, cell: Cell, rating: Score) -> None:
        """Keep what a person thinks of an answer, in place of what was thought before. Raises JournalError."""

    def ratings(self) -> Mapping[int, Score]:
        """What people think, by the cell's index. Raises JournalError."""

    def supersede(self, index: int) -> None:
        """Another answer is in a cell: what was said of it until now is said of an earlier answer."""

    def earlier(self, cell: Cell) -> list[SaidOfOne]:
        """What was said of the earlier answers of a cell, the oldest first. Raises JournalError."""

    def by_scorer(self) -> ScoresByScorer:
        """The newest scores of each scorer's name; who scored last comes last. Raises JournalError."""

    def scorers(self) -> list[KeptScorer]:
        """Who scored, with all that the scores depend on, as far as that is kept. Raises JournalError."""


class MemoryScores:
    """Scores in memory: a scorer that comes again is asked again.

    >>> store = MemoryScores()
    >>> store.add(ScorerScores("short", "higher", {0: {"short": Score(True)}}))
    >>> list(store.by_scorer())
    ['short']
    """

    def __init__(self) -> None:
        self._scores = ScoresByScorer()
        self._ratings: dict[int, Score] = {}
        self._scorers: dict[str, KeptScorer] = {}
        self._earlier: dict[int, list[SaidOfOne]] = {}

    @asynccontextmanager
    async def scoring(self, scorers: Sequence[Scorer]) -> AsyncIterator[ScoreMemory]:
        """Inside it these scorers are asked of every row."""
        self._scorers |= {one.name: KeptScorer(one.name, one.identity, one.better, one.columns) for one in scorers}
        yield ScoreMemory()

    def add(self, scores: ScorerScores) -> None:
        """Take all that a scorer said, in place of what the one of its name said before."""
        self._scores.pop(scores.name, None)  # who scores last comes last
        self._scores[scores.name] = scores

    def rate(self, cell: Cell, rating: Score) -> None:
        """Keep what a person thinks of an answer, in place of what was thought before."""
        self._scorers[RATING] = RATER
        self._ratings[cell.index] = rating

    def ratings(self) -> Mapping[int, Score]:
        """What people think, by the cell's index."""
        return dict(self._ratings)

    def supersede(self, index: int) -> None:
        """Another answer is in a cell: what was said of it until now is said of an earlier answer."""
        said = {name: one.scores[index] for name, one in self.by_scorer().items() if index in one.scores}
        self._earlier.setdefault(index, []).append(said)
        self._ratings.pop(index, None)
        for name, one in self._scores.items():
            self._scores[name] = replace(one, scores={key: of for key, of in one.scores.items() if key != index})

    def earlier(self, cell: Cell) -> list[SaidOfOne]:
        """What was said of the earlier answers of a cell, the oldest first."""
        return list(self._earlier.get(cell.index, ()))

    def by_scorer(self) -> ScoresByScorer:
        """The newest scores of each scorer's name; who scored last comes last."""
        if not self._ratings:
            return dict(self._scores)
        said = {index: {RATING: rating} for index, rating in self._ratings.items()}
        return self._scores | {RATING: ScorerScores(RATING, RATER.better, said)}

    def scorers(self) -> list[KeptScorer]:
        """The newest of each name."""
        return list(self._scorers.values())


class JournalScores:
    """Scores in the journal of a run: what it holds is not asked again.

    What was said in this session stays in memory too, with the rows at which a scorer raised, as these are not kept.

    Args:
        plan: The plan.
        results: The answers.
        keys: The keys of the cells.
        journal: The journal.
    """

    def __init__(self, plan: Plan, results: Results, keys: Keys, journal: Journal) -> None:
        self._plan = plan
        self._results = results
        self._keys = keys
        self._journal = journal
        self._session = MemoryScores()

    @asynccontextmanager
    async def scoring(self, scorers: Sequence[Scorer]) -> AsyncIterator[ScoreMemory]:
        """Inside it these scorers are asked of rows that they have not scored. Raises JournalError."""
        told = await versioned_identities(self._journal, scorers)
        identities = {one.name: identity for one, identity in zip(scorers, told, strict=True)}
        self._journal.keep_scorers(
            KeptScorer(one.name, identities[one.name], one.better, one.columns) for one in scorers
        )
        places = Places(self._plan)

        def key(row: Row, scorer: Scorer) -> tuple[bytes, bytes]:
            said_by = said_key(scorer.name, identities[scorer.name], seen(row.given, scorer.columns))
            return self._keys[places.cell(row)], said_by

        def known(row: Row, scorer: Scorer) -> Mapping[str, Score] | None:
            kept = self._journal.scores(*key(row, scorer))
            with self._journal.understood():
                return None if kept is None else decode_scores(kept)

        async with Batches(self._journal.keep_scores) as soon:
            yield ScoreMemory(known, lambda row, scorer, said: soon.add((*key(row, scorer), encode_scores(said))))

    def add(self, scores: ScorerScores) -> None:
        """Take all that a scorer said in this session, in place of what the one of its name said before."""
        self._session.add(scores)

    def rate(self, cell: Cell, rating: Score) -> None:
        """Keep what a person thinks of an answer, in place of what was thought before. Raises JournalError."""
        self._journal.keep_scorers([RATER])
        self._journal.keep_scores([(self._keys[cell], RATING_KEY, encode_scores({RATING: rating}))])

    def ratings(self) -> Mapping[int, Score]:
        """What people think, by the cell's index. Raises JournalError."""
        if RATER not in self._journal.scorers():
            return {}
        return {index: said[RATING] for index, said in self._read([RATER])[RATING].scores.items()}

    def supersede(self, index: int) -> None:
        """Another answer is in a cell; what the journal holds of the earlier it has moved already."""
        self._session.supersede(index)

    def earlier(self, cell: Cell) -> list[SaidOfOne]:
        """What was said of the earlier answers of a cell by those who score now, the oldest first."""
        kept = self._journal.earlier_keys(self._keys[cell])
        keys = self._scorer_keys(Given(self._plan).row(cell.prompt), self._journal.scorers())
        found: dict[bytes, dict[bytes, bytes]] = {key: {} for key in kept}
        for (key, scorer), said in self._journal.scores_of(kept[-_READ_AT_ONCE:]).items():
            found[key][scorer] = said
        with self._journal.understood():
            return [
                {name: decode_scores(found[key][own]) for name, own in keys.items() if own in found[key]}
                for key in kept
            ]

    def by_scorer(self) -> ScoresByScorer:
        """What was said in this session, and before it by other scorers. Raises JournalError."""
        session, kept = self._session.by_scorer(), self._journal.scorers()
        unread = [one for one in kept if one.name not in session]
        read = self._read(unread) if unread else {}
        return {one.name: session.get(one.name) or read[one.name] for one in kept} | session

    def scorers(self) -> list[KeptScorer]:
        """The newest of each name. Raises JournalError."""
        return self._journal.scorers()

    def _read(self, scorers: list[KeptScorer]) -> ScoresByScorer:
        """What is kept of each scorer's scores of the cells of the plan."""
        read: dict[str, dict[int, Mapping[str, Score]]] = {one.name: {} for one in scorers}
        given = Given(self._plan)
        prompt, keys = -1, dict[str, bytes]()
        for cell, kept in self._kept():
            if cell.prompt != prompt:
                prompt, keys = cell.prompt, self._scorer_keys(given.row(cell.prompt), scorers)
            for name, key in keys.items():
                if key in kept:
                    with self._journal.understood():
                        read[name][cell.index] = decode_scores(kept[key])
        return {one.name: ScorerScores(one.name, one.better, read[one.name]) for one in scorers}

    def _scorer_keys(self, row: Mapping[str, Any], scorers: Iterable[KeptScorer]) -> dict[str, bytes]:
        """The keys of what scorers say of the answers to a row of the table, by their names."""
        return {one.name: said_key(one.name, one.identity, seen(row, one.columns)) for one in scorers}

    def _kept(self) -> Iterator[tuple[Cell, dict[bytes, bytes]]]:
        """Of each answered cell all scores that are kept, by the scorer's key."""
        answered = (cell for cell in self._plan.cells() if self._results.status(cell.index) == "answered")
        while together := list(islice(answered, _READ_AT_ONCE)):
            found: dict[bytes, dict[bytes, bytes]] = {self._keys[cell]: {} for cell in together}
            for (key, scorer), said in self._journal.scores_of(list(found)).items():
                found[key][scorer] = said
            yield from ((cell, found[self._keys[cell]]) for cell in together)


def earlier_answers(results: Results, scores: ScoreStore, cell: Cell) -> list[tuple[Result, SaidOfOne]]:
    """The earlier answers of a cell, the oldest first. Raises JournalError where they cannot be read.

    Args:
        results: Has the answers.
        scores: Has what was said of them. In memory that is what this session knows: of older answers nothing.
        cell: The cell.
    """
    answers, said = results.earlier(cell.index), scores.earlier(cell)
    unsaid: list[SaidOfOne] = [{}] * (len(answers) - len(said))
    return list(zip(answers, unsaid + said, strict=False))


def encode_scores(said: Mapping[str, Score]) -> bytes:
    """The scores of a cell as a journal keeps them."""
    return _encode({name: (one.value, one.note) for name, one in said.items()})


def decode_scores(kept: bytes) -> dict[str, Score]:
    """The scores of a cell.

    >>> decode_scores(encode_scores({"exact": Score(True)}))
    {'exact': Score(value=True, note='')}
    """
    return {name: Score(*said) for name, said in _decode(kept).items()}
