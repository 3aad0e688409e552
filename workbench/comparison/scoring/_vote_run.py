"""Voting on the answers of a run: asked once, and kept in its journal soon after."""

from __future__ import annotations

import msgspec
import pandas as pd

from workbench.comparison.journal._keys import said_key
from workbench.comparison.journal._results import JournalResults
from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._results import Results
from workbench.comparison.scoring._batches import Batches
from workbench.comparison.scoring._run_rows import Places, pairs, seen, with_version
from workbench.comparison.scoring._scorer import Row
from workbench.comparison.scoring._votes import Referee, Vote, pair_votes, vote_table
from workbench.errors import UsageError
from workbench.texts import as_unicode


class _Vote(msgspec.Struct):
    """A vote as it is kept: 0 for the first as winner, 1 for the second, None for neither."""

    winner: int | None
    reason: str
    swapped_agrees: bool | None


_encode = msgspec.json.Encoder().encode
_vote = msgspec.json.Decoder(_Vote).decode


async def votes(plan: Plan, results: Results, referee: Referee, concurrency: int) -> pd.DataFrame:
    """What a referee says of every two answers; what the journal holds is not asked again.

    A pair at which the referee fails has no vote, and a warning counts these. Raises UsageError for a referee that is
    none, and JournalError where the votes cannot be kept.
    """
    if not isinstance(referee, Referee):
        raise UsageError(f"{type(referee).__name__} is not a referee", advice="make one with wb.scorers.referee(…)")
    both = pairs(plan, results)
    if not isinstance(results, JournalResults):
        return vote_table(await pair_votes(referee, both, concurrency))
    digests = await results.digests([referee.model])
    identity = with_version(referee.identity, referee.model, digests)
    places = Places(plan)

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

    async with Batches(results.keep_votes) as soon:
        return vote_table(await pair_votes(referee, both, concurrency, known=known, keep=keep))
