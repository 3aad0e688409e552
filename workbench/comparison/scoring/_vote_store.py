"""Where the votes on the answers of a run are: nowhere, or beside its answers in a journal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import MappingProxyType
from typing import NamedTuple, Protocol

import msgspec

from workbench.comparison.journal._journal import Journal
from workbench.comparison.journal._keys import Keys, said_key
from workbench.comparison.plan._plan import Plan
from workbench.comparison.scoring._batches import Batches
from workbench.comparison.scoring._run_rows import Places, seen
from workbench.comparison.scoring._scorer import Row
from workbench.comparison.scoring._versions import versioned_identities
from workbench.comparison.scoring._votes import Referee, Vote
from workbench.texts import as_unicode


class VoteMemory(NamedTuple):
    """What `pair_votes` uses so that no pair is voted on twice; None where nothing is remembered from pair to pair."""

    known: Callable[[Row, Row], Vote | None] | None = None
    keep: Callable[[Row, Row, Vote], None] | None = None


class KeptVotes(NamedTuple):
    """All votes of a run, to be kept elsewhere.

    Attributes:
        votes: For each the indices of both cells, the referee's key and the vote, encoded.
        digests: Fingerprints of the models that judge, by "connection/model".
    """

    votes: Sequence[tuple[int, int, bytes, bytes]] = ()
    digests: Mapping[str, str] = MappingProxyType({})


class VoteStore(Protocol):
    """The votes on the answers of one run, wherever they are."""

    def voting(self, referee: Referee) -> AbstractAsyncContextManager[VoteMemory]:
        """Inside it the referee is asked; at its end all its votes are kept. Raises JournalError."""

    def all_votes(self) -> KeptVotes:
        """All votes that are kept of this run. Raises JournalError."""


class UnkeptVotes:
    """Votes that nobody keeps: a referee that comes again is asked again."""

    @asynccontextmanager
    async def voting(self, referee: Referee) -> AsyncIterator[VoteMemory]:
        """Inside it the referee is asked of every pair."""
        yield VoteMemory()

    def all_votes(self) -> KeptVotes:
        """None."""
        return KeptVotes()


class JournalVotes:
    """Votes in the journal of a run: a pair whose vote it holds is not voted on again.

    Args:
        plan: The plan.
        keys: The keys of the cells.
        journal: The journal.
    """

    def __init__(self, plan: Plan, keys: Keys, journal: Journal) -> None:
        self._plan = plan
        self._keys = keys
        self._journal = journal

    @asynccontextmanager
    async def voting(self, referee: Referee) -> AsyncIterator[VoteMemory]:
        """Inside it the referee is asked of pairs on which it has not voted. Raises JournalError."""
        (identity,) = await versioned_identities(self._journal, [referee])
        places = Places(self._plan)

        def key(first: Row, second: Row) -> tuple[bytes, bytes, bytes]:
            said_by = said_key("", identity, seen(first.given, referee.columns))
            return self._keys[places.cell(first)], self._keys[places.cell(second)], said_by

        def known(first: Row, second: Row) -> Vote | None:
            # The other order too, as candidates may have been listed in it when they were voted on.
            for one, other in ((first, second), (second, first)):
                if (kept := self._journal.vote(*key(one, other))) is not None:
                    with self._journal.understood():
                        return _decoded(kept, one, other)
            return None

        def keep(first: Row, second: Row, vote: Vote) -> None:
            soon.add((*key(first, second), _encoded(vote, first, second)))

        async with Batches(self._journal.keep_votes) as soon:
            yield VoteMemory(known, keep)

    def all_votes(self) -> KeptVotes:
        """All votes on cells of the plan. Raises JournalError."""
        rows = self._journal.votes()
        cells = {self._keys[cell]: cell.index for cell in self._plan.cells()} if rows else {}
        votes = [
            (cells[first], cells[second], referee, vote)
            for first, second, referee, vote in rows
            if first in cells and second in cells
        ]
        return KeptVotes(votes, self._journal.digests())


class _KeptVote(msgspec.Struct):
    """A vote as it is kept: 0 for the first as winner, 1 for the second, None for neither."""

    winner: int | None
    reason: str
    swapped_agrees: bool | None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_KeptVote).decode


def _encoded(vote: Vote, first: Row, second: Row) -> bytes:
    winner = None if vote.winner is None else (first.model, second.model).index(vote.winner)
    return _encode(_KeptVote(winner, as_unicode(str(vote.reason)), vote.swapped_agrees))


def _decoded(kept: bytes, first: Row, second: Row) -> Vote:
    found = _decode(kept)
    winner = None if found.winner is None else (first, second)[found.winner].model
    place = (first.prompt_id, first.repeat, first.model, second.model)
    return Vote(*place, winner, found.reason, found.swapped_agrees)
