"""The turn that broke a conversation is found by continuing it from every turn on."""

from __future__ import annotations

import random

import pytest
from agents.teams import Said, agent
from autogen_agentchat.teams import RoundRobinGroupChat

from workbench import agents, errors
from workbench.agents.session._blame import found

NAMES = ["intake", "completeness", "law", "notice"]
SAMPLES = 20


def team(spoilt: str, drawn: random.Random) -> RoundRobinGroupChat:
    """Four agents, of whom one is told something that lets it go wrong half of the time; the last sums up."""

    def work(name: str) -> agents.ModelClient:
        def said(prompt: str, number: int, tools: list[str]) -> Said:
            wrong = drawn.random() < (0.5 if name == spoilt else 0.02)
            if name == NAMES[-1]:
                return "refused" if wrong or "WRONG" in prompt else "granted"
            return f"WRONG {drawn.random()}" if wrong else f"fine {drawn.random()}"

        return agent(name, said)  # type: ignore[return-value]

    return RoundRobinGroupChat([work(name) for name in NAMES], max_turns=len(NAMES))  # type: ignore[misc]


def granted(text: str) -> bool:
    return text == "granted"


async def failed(spoilt: str, drawn: random.Random) -> agents.Session:
    while True:
        session = await agents.session(team(spoilt, drawn), "Prüfe den Antrag.").run()
        if not granted(session.events["content"].iloc[-1]):
            return session


async def test_a_planted_fault_is_found_in_at_least_eight_of_ten_conversations() -> None:
    drawn = random.Random(7)
    right = 0
    for number in range(10):
        spoilt = NAMES[number % len(NAMES)]
        session = await failed(spoilt, drawn)
        foretold = session.blame_calls(SAMPLES)
        blame = await session.blame(granted, SAMPLES)
        assert blame.calls == foretold == SAMPLES * (4 + 3 + 2 + 1)
        assert len(session.branches) == 1
        right += blame.turn == NAMES.index(spoilt) + 1
    assert right >= 8


async def test_where_nothing_is_lost_nobody_is_blamed() -> None:
    session = await agents.session(team("", random.Random(1)), "Prüfe den Antrag.").run()
    blame = await session.blame(lambda text: True, 3)
    assert blame.turn is None
    assert repr(blame).startswith("no turn is surely to blame")
    assert list(blame.frame["success"]) == [1.0] * 5


def test_the_table_says_how_sure_it_is() -> None:
    class One:
        def __init__(self, number: int, agent: str) -> None:
            self.number, self.agent = number, agent

    turns = [One(number, name) for number, name in enumerate(["", "a", "b"])]
    blame = found(turns, [[1, 1, 1, 0] * 5, [1, 1, 1, 1] * 5, [0] * 20], 60)  # type: ignore[arg-type]
    assert blame.turn == 2
    row = blame.frame.iloc[2]
    assert (row["success"], row["drop"], row["samples"]) == (0, 1, 20)
    assert row["low"] == 0
    assert 0.15 < row["high"] < 0.17
    assert repr(blame) == "turn 2 (b) is to blame: success fell by 100% (60 calls)"
    few = found(turns, [[1, 0], [1, 1], [0, 1]], 6)  # type: ignore[arg-type]
    assert few.turn is None


async def test_what_has_not_ended_cannot_be_blamed() -> None:
    session = agents.session(team("", random.Random(1)), "Prüfe den Antrag.")
    await session.step()
    with pytest.raises(errors.UsageError, match="has not ended"):
        await session.blame(granted)
