"""Voting on the answers of a run: a referee on every two answers to the same prompt."""

from __future__ import annotations

import pandas as pd

from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._results import Results
from workbench.comparison.scoring._run_rows import pairs
from workbench.comparison.scoring._vote_store import VoteStore
from workbench.comparison.scoring._votes import Referee, pair_votes, vote_table
from workbench.errors import UsageError


async def votes(plan: Plan, results: Results, store: VoteStore, referee: Referee, concurrency: int) -> pd.DataFrame:
    """What a referee says of every two answers; what the store knows is not asked again.

    A pair at which the referee fails has no vote, and a warning counts these. Raises UsageError for what is not
    a referee, and JournalError where the votes cannot be kept.
    """
    if not isinstance(referee, Referee):
        raise UsageError(f"{type(referee).__name__} is not a referee", advice="make one with wb.scorers.referee(…)")
    async with store.voting(referee) as (known, keep):
        return vote_table(await pair_votes(referee, pairs(plan, results), concurrency, known=known, keep=keep))
