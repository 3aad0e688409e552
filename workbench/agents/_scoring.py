"""How the branches of a session compare: a score for each."""

from __future__ import annotations

import pandas as pd

from workbench.agents.session import Scorer, Session, score_all


async def score_branches(session: Session, scorer: Scorer) -> pd.DataFrame:
    """Score how each branch of a session has ended; `session.branches` and the tree of branches tell it from then on.

    Args:
        session: The session; any of its branches.
        scorer: As for `session.blame`: from the last message to 1 or True for success, 0 or False for none, or between;
            it may be async.

    Returns:
        `session.branches` with the column `score`, which is missing where a branch has not ended, or went on since.
    """
    await score_all(session._tree, scorer)
    branches = session.branches
    return branches if "score" in branches else branches.assign(score=pd.array([None] * len(branches), "Float64"))
