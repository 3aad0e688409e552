"""Scoring the answers of a run and voting on them: asked once, and kept in its journal soon after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import combinations, groupby
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
import pandas as pd

from workbench.compare._answers import Journalled
from workbench.compare._book import Book, Given, Scoring, decode_scores, encode_scores, seen
from workbench.compare._candidate import Candidate, Recorded
from workbench.compare._identity import digest, said_key
from workbench.compare._journal import KeptScorer
from workbench.compare._plan import Cell, Plan
from workbench.compare._result import Results
from workbench.compare._score import Row, Score, Scorer
from workbench.compare._values import as_unicode
from workbench.connections import Model
from workbench.engines import part_thoughts
from workbench.errors import JournalError, UsageError
from workbench.messages import Reply

if TYPE_CHECKING:
    from workbench.compare.scorers import Referee, Vote

_WAITS_S = 0.5

Kept = TypeVar("Kept")


class _Vote(msgspec.Struct):
    """A vote as it is kept: 0 for the first as winner, 1 for the second, None for neither."""

    winner: int | None
    reason: str
    swapped_agrees: bool | None


_encode = msgspec.json.Encoder().encode
_vote = msgspec.json.Decoder(_Vote).decode


class _Soon(Generic[Kept]):
    """What is said on its way into the journal: much in one transaction, none of which waits for long.

    A kernel that is killed thus loses what a judge said in the last half second. Inside `async with`; what still waits
    is kept at its end.

    Args:
        keep: Keeps several. What it raises comes out of `add` or the end, and what was given is tried again there.
    """

    def __init__(self, keep: Callable[[Sequence[Kept]], None]) -> None:
        self._keep = keep
        self._waiting: list[Kept] = []
        self._flushed_s = monotonic()
        self._later: asyncio.TimerHandle | None = None

    def add(self, one: Kept) -> None:
        """Have one kept."""
        self._waiting.append(one)
        if monotonic() - self._flushed_s >= _WAITS_S:
            self._flush()
        elif self._later is None:
            self._later = asyncio.get_running_loop().call_later(_WAITS_S, self._flush_later)

    async def __aenter__(self) -> _Soon[Kept]:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._later is not None:
            self._later.cancel()
        self._flush()

    def _flush_later(self) -> None:
        with suppress(JournalError):  # whoever adds the next, or ends, is told
            self._flush()

    def _flush(self) -> None:
        self._later, self._flushed_s = None, monotonic()
        if self._waiting:
            self._keep(self._waiting)
            self._waiting = []


class _Places:
    """The cells of a plan by the rows that scorers see."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._numbers = {candidate.label: number for number, candidate in enumerate(plan.candidates)}

    def cell(self, row: Row) -> Cell:
        return self._plan.cell(row.prompt_id, self._numbers[row.model], row.repeat)


def rows(plan: Plan, results: Results) -> Iterator[Row]:
    """Every whole answer, as scorers see it."""
    return (row for row, _ in _rows(plan, results))


def pairs(plan: Plan, results: Results) -> Iterator[tuple[Row, Row]]:
    """Every two answers to the same prompt and repeat that count in a verdict."""
    counted = (row for row, left_out in _rows(plan, results) if left_out is None)
    for _, of_prompt in groupby(counted, lambda row: row.prompt_id):
        by_repeat: dict[int, list[Row]] = {}
        for row in of_prompt:
            by_repeat.setdefault(row.repeat, []).append(row)
        for together in by_repeat.values():
            yield from combinations(together, 2)


def _rows(plan: Plan, results: Results) -> Iterator[tuple[Row, str | None]]:
    """Every whole answer, and why it does not count in a verdict."""
    given = Given(plan)
    for cell, result in zip(plan.cells(), results.several(range(len(plan))), strict=True):
        if result is not None and result.status == "answered" and result.reply is not None:
            candidate, asked = plan.candidates[cell.candidate], plan.prompts[cell.prompt]
            reply, *earlier = (_as_answer(one, candidate) for one in (result.reply, *result.earlier))
            row = Row(cell.prompt, asked, candidate.label, cell.repeat, reply, given.row(cell.prompt), tuple(earlier))
            yield row, result.left_out


def _as_answer(reply: Reply, candidate: Candidate) -> Reply:
    """A reply whose text is the answer alone: what an earlier version kept, or a function gave, may hold thoughts too.

    Not where the thoughts were to stay in the text.
    """
    if reply.reasoning or _keeps_thoughts(candidate):
        return reply
    answer, thoughts = part_thoughts(reply.text)
    return replace(reply, text=answer, reasoning=thoughts) if thoughts else reply


def _keeps_thoughts(candidate: Candidate) -> bool:
    asked = candidate.identity.get("options") if isinstance(candidate, Recorded) else candidate.options.asked()
    return isinstance(asked, Mapping) and asked.get("thoughts") == "text"


async def score(
    plan: Plan,
    results: Results,
    book: Book,
    scorers: Sequence[Scorer | Callable[[Row], Any]] | Scorer | Callable[[Row], Any],
    concurrency: int,
) -> None:
    """Score every whole answer and write it into the book; what the journal holds is not scored again.

    Raises UsageError for a scorer that is none, and JournalError where the scores cannot be kept.
    """
    from workbench.compare.scorers import named_apart, score_rows

    chosen = named_apart(scorers)
    places = _Places(plan)
    if isinstance(results, Journalled):
        found = await _score_what_is_new(plan, results, chosen, concurrency, places)
    else:
        found = await score_rows(rows(plan, results), chosen, concurrency=concurrency)
    said: dict[str, dict[int, dict[str, Score]]] = {scorer.name: {} for scorer in chosen}
    for row, scorer_name, name, one in found:
        said[scorer_name].setdefault(places.cell(row).index, {})[name] = one
    for scorer in chosen:
        book.pop(scorer.name, None)  # who scores last comes last
        book[scorer.name] = Scoring(scorer.name, scorer.better, said[scorer.name])


async def _score_what_is_new(
    plan: Plan, results: Journalled, chosen: Sequence[Scorer], concurrency: int, places: _Places
) -> list[tuple[Row, str, str, Score]]:
    from workbench.compare.scorers import score_rows

    # Only what is kept needs to know which version of a judge said it.
    digests = await results.digests(one.model for one in chosen)
    identities = {one.name: _with_version(one.identity, one.model, digests) for one in chosen}
    results.keep_scorers(KeptScorer(one.name, identities[one.name], one.better, one.columns) for one in chosen)

    def key(row: Row, scorer: Scorer) -> bytes:
        return said_key(scorer.name, identities[scorer.name], seen(row.given, scorer.columns))

    def known(row: Row, scorer: Scorer) -> Mapping[str, Score] | None:
        kept = results.score(places.cell(row), key(row, scorer))
        with results.understood():
            return None if kept is None else decode_scores(kept)

    async with _Soon(results.keep_scores) as soon:
        return await score_rows(
            rows(plan, results),
            chosen,
            concurrency=concurrency,
            known=known,
            keep=lambda row, scorer, said: soon.add((places.cell(row), key(row, scorer), encode_scores(said))),
        )


async def votes(plan: Plan, results: Results, referee: Referee, concurrency: int) -> pd.DataFrame:
    """What a referee says of every two answers; what the journal holds is not asked again.

    A pair at which the referee fails has no vote, and a warning counts these. Raises UsageError for a referee that is
    none, and JournalError where the votes cannot be kept.
    """
    from workbench.compare.scorers import Referee, Vote, pair_votes, vote_table

    if not isinstance(referee, Referee):
        raise UsageError(f"a {type(referee).__name__} is no referee", advice="make one with wb.scorers.referee(…)")
    both = pairs(plan, results)
    if not isinstance(results, Journalled):
        return vote_table(await pair_votes(referee, both, concurrency))
    digests = await results.digests([referee.model])
    identity = _with_version(referee.identity, referee.model, digests)
    places = _Places(plan)

    def key(first: Row) -> bytes:
        return said_key("", identity, seen(first.given, referee.columns))

    def known(first: Row, second: Row) -> Vote | None:
        # The other order too, as candidates may have been listed in it when they were voted on.
        for one, other in ((first, second), (second, first)):
            if (kept := results.vote(places.cell(one), places.cell(other), key(first))) is not None:
                with results.understood():
                    found = _vote(kept)
                    winner = None if found.winner is None else (one, other)[found.winner].model
                place = (one.prompt_id, one.repeat, one.model, other.model)
                return Vote(*place, winner, found.reason, found.swapped_agrees)
        return None

    def keep(first: Row, second: Row, vote: Vote) -> None:
        winner = None if vote.winner is None else (first.model, second.model).index(vote.winner)
        said = _encode(_Vote(winner, as_unicode(str(vote.reason)), vote.swapped_agrees))
        soon.add((places.cell(first), places.cell(second), key(first), said))

    async with _Soon(results.keep_votes) as soon:
        return vote_table(await pair_votes(referee, both, concurrency, known=known, keep=keep))


def _with_version(identity: str, model: Model | None, digests: Mapping[str, str]) -> str:
    """All that is said depends on besides what is judged: the version of the model that says it too."""
    return identity + (digest(model, digests) if model else "")
