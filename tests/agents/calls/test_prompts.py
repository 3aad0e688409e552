"""A turn as a prompt: the messages that its model was handed, put to others."""

from __future__ import annotations

import pytest
from agents.calling import once, session_of
from agents.conftest import MakeTeam
from agents.teams import KINDS, agent
from autogen_agentchat.agents import AssistantAgent, UserProxyAgent
from autogen_agentchat.teams import RoundRobinGroupChat

import workbench as wb
from workbench import agents
from workbench.errors import UsageError
from workbench.messages import Message

TASK = "Ist der Antrag vollständig?"


async def test_a_turn_is_compared_on_other_models(make_team: MakeTeam) -> None:
    """The model that was asked in the turn says in the comparison what it said there: nothing of the prompt is lost."""
    asked = wb.model("embedded")
    session = agents.session(make_team(asked, max_turns=2), TASK)
    await session.run()
    prompt = session.turn(2).as_prompt()
    assert [one.role for one in prompt] == ["system", "user", "user"]
    assert prompt[0].content == "You check letters."
    assert prompt[1].content == TASK
    models = [asked.using(label="same"), asked.using(label="short", max_tokens=2)]
    run = await wb.compare([prompt], models, temperature=0, seed=1, max_tokens=8)
    said = session.turn(2).entries[-1].event.to_text()
    assert run.frame["answer"][0] == said
    assert len(run.frame) == 2


async def test_the_system_message_of_a_client_is_part_of_it() -> None:
    client = agents.client("embedded", system="Antworte kurz.", max_tokens=3, temperature=0)
    team = RoundRobinGroupChat([AssistantAgent("clerk", client, system_message=None)], max_turns=1)
    session = await agents.session(team, TASK).run()
    assert session.turn(1).as_prompt() == [Message("system", "Antworte kurz."), Message("user", TASK)]


async def test_calls_of_tools_and_their_results_are_part_of_it() -> None:
    def find(city: str) -> str:
        """Find an office."""
        return f"Amt von {city}"

    session = session_of(once(("find", {"city": "Bonn"})), find, approve="allow", reflect_on_tool_use=True)
    await session.run()
    turn = session.turn(1)
    assert [one.role for one in turn.as_prompt(0)] == ["system", "user"]
    last = turn.as_prompt()
    assert [one.role for one in last] == ["system", "user", "assistant", "tool"]
    assert last[2].tool_calls[0].parsed == {"city": "Bonn"}
    assert last[3].content == "Amt von Bonn"
    with pytest.raises(UsageError, match="turn 1 has no call 2: its calls are 0 to 1"):
        turn.as_prompt(2)


async def test_of_a_team_inside_the_members_own_call_is_taken() -> None:
    session = await agents.session(KINDS["society_of_mind"](), TASK).run()
    turn = session.turn(2)
    calls = [one for one in turn.asked if one.kind == "model"]
    assert [one.where for one in calls][-1] == "mind/"
    assert turn.as_prompt() == turn.as_prompt(len(calls) - 1)
    assert turn.as_prompt(0) != turn.as_prompt()


async def test_a_turn_that_asks_no_model_is_no_prompt() -> None:
    team = RoundRobinGroupChat([UserProxyAgent("citizen", input_func=lambda _: "Ja."), agent("a")], max_turns=1)
    session = await agents.session(team, TASK).run()
    with pytest.raises(UsageError, match="turn 1 asked no model"):
        session.turn(1).as_prompt()
    with pytest.raises(UsageError, match="turn 0 asked no model"):
        session.turn(0).as_test()
