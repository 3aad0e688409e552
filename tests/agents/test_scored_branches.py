"""A score for each branch, in its row and in the picture, as long as it is of the branch's end."""

from __future__ import annotations

import asyncio

import pandas as pd
from agents.teams import KINDS

import workbench as wb
from workbench import agents
from workbench.notebook.agents._pictures import session_html

TASK = "Los."


def by_last_digit(text: str) -> float:
    return int(text[-1], 16) / 15


async def test_each_branch_has_the_score_of_its_end() -> None:
    session = await agents.session(KINDS["round_robin"](), TASK).run()
    assert "score" not in session.branches
    other = await session.fork(at=2, system={"c": "Neu."}).run()
    session.fork(at=1)
    scored = await agents.score_branches(session, by_last_digit)
    ends = [one.events["content"].iloc[-1] for one in (session, other)]
    assert scored["score"].tolist()[:2] == [by_last_digit(one) for one in ends]
    assert scored["score"].isna().tolist() == [False, False, True]  # the last one has not ended
    assert session.branches.equals(scored)
    assert other.branches.equals(scored)


async def test_a_score_is_of_the_end_that_was_scored() -> None:
    session = await agents.session(KINDS["round_robin"](), TASK).run()
    await agents.score_branches(session, lambda text: True)
    assert session.branches["score"].tolist() == [1.0]
    session.rewind(2)
    assert "score" not in session.branches
    unscored = await agents.score_branches(session, lambda text: True)
    assert unscored["score"].isna().tolist()[0]


async def test_scorers_may_be_async_and_the_pictures_tell_the_score() -> None:
    async def scorer(text: str) -> float:
        await asyncio.sleep(0)
        return 0.25

    session = await agents.session(KINDS["round_robin"](), TASK).run()
    assert "score" not in wb.branch_tree(session).text
    await agents.score_branches(session, scorer)
    await session.fork(at=2).run()
    drawing = wb.branch_tree(session)
    assert "· score 0.25" in drawing.text
    assert drawing.svg.count("score 0.25") >= 2  # in its words, and beside the branch
    assert session_html(session).count("score 0.25") >= 2
    assert session.branches["score"].isna().tolist() == [False, True]
    assert isinstance(session.branches["score"].dtype, pd.Float64Dtype)


async def test_nothing_that_has_ended_has_no_score() -> None:
    session = agents.session(KINDS["round_robin"](), TASK)
    assert (await agents.score_branches(session, by_last_digit))["score"].isna().all()
