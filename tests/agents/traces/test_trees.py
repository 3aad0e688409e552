"""The spans of real sessions: every part inside its whole, in id and in time, and nothing of what was said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from agents.calling import Done, again, deleting, once, session_of
from agents.teams import KINDS, agent, clients
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import Team
from autogen_agentchat.teams import RoundRobinGroupChat

from workbench import agents
from workbench.agents.session import Session
from workbench.agents.traces import Span, spans_of

TASK = "Streng geheime Aufgabe"


def spans(session: Session, *, content: bool = False) -> list[Span]:
    found = spans_of(session._tree, content=content)
    assert_a_tree(found)
    return found


def assert_a_tree(found: Sequence[Span]) -> None:
    by_id = {one.id: one for one in found}
    assert len(by_id) == len(found)
    assert [one.kind for one in found if not one.parent] == ["session"]
    for one in found:
        assert one.began <= one.ended
        if one.parent:
            above = by_id[one.parent]
            assert above.began <= one.began
            assert one.ended <= above.ended
            assert (above.kind, one.kind) in {
                ("session", "branch"), ("session", "step"), ("branch", "step"), ("step", "agent"), ("agent", "agent"),
                ("agent", "model"), ("agent", "tool"),
            }  # fmt: skip
        assert all(link in by_id for link in one.links)


def names(found: Sequence[Span], kind: str) -> list[str]:
    return [one.name for one in found if one.kind == kind]


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_team_is_a_tree_of_spans(kind: str) -> None:
    session = agents.session(KINDS[kind](), TASK, approve="allow")
    while not session.finished and session.turns < 6:
        await session.step()
    found = spans(session)
    assert names(found, "step") == [f"step {number}" for number in range(session.turns + 1)]
    asked = [one for number in range(session.turns + 1) for one in session.turn(number).asked]
    assert len(names(found, "model")) == sum(one.kind == "model" for one in asked)
    assert len(names(found, "tool")) == sum(one.kind == "tool" for one in asked)
    said = [entry.event.to_text() for number in range(session.turns + 1) for entry in session.turn(number).entries]
    told = json.dumps([(one.name, dict(one.attributes)) for one in found])
    assert "said" in "".join(said)
    assert not [text for text in (TASK, *said) if len(text) > 8 and text in told]


async def test_teams_inside_teams_are_spans_inside_spans() -> None:
    session = await agents.session(KINDS["nested"](), TASK).run()
    found = spans(session)
    by_id = {one.id: one for one in found}
    inside = [one for one in found if one.kind == "agent" and one.agent == "x"]
    assert {by_id[one.parent].name for one in inside} == {"invoke_agent inner"}
    (whole,) = [one for one in found if one.kind == "session"]
    assert whole.attributes["gen_ai.operation.name"] == "invoke_agent"


async def test_what_was_said_is_told_only_where_that_is_wanted() -> None:
    done: Done = []
    session = session_of(once(("delete", {"path": "/geheim"})), deleting(done), approve="allow")
    session = await session.run()
    (tool,) = [one for one in spans(session) if one.kind == "tool"]
    assert tool.attributes == {
        "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "delete", "gen_ai.tool.type": "function",
    }  # fmt: skip
    told = spans(session, content=True)
    (tool,) = [one for one in told if one.kind == "tool"]
    assert tool.attributes["gen_ai.tool.call.arguments"] == '{"path": "/geheim"}'
    assert tool.attributes["gen_ai.tool.call.result"] == "deleted /geheim"
    chat = next(one for one in told if one.kind == "model")
    assert json.loads(str(chat.attributes["gen_ai.input.messages"]))[0] == {
        "role": "user", "parts": [{"type": "text", "content": "Los."}],
    }  # fmt: skip
    (said,) = json.loads(str(chat.attributes["gen_ai.output.messages"]))
    assert said["parts"][0]["name"] == "delete"
    assert json.loads(str(chat.attributes["gen_ai.tool.definitions"]))[0]["name"] == "delete"
    assert "assistant" in str(chat.attributes["gen_ai.system_instructions"])
    plain = [one.id for one in spans(session)]
    assert plain == [one.id for one in told]


async def test_a_model_is_told_by_name_with_its_options_and_tokens() -> None:
    client = agents.client("embedded", temperature=0, max_tokens=3, seed=1)
    session = await agents.session(RoundRobinGroupChat([AssistantAgent("clerk", client)], max_turns=1), TASK).run()
    (chat,) = [one for one in spans(session) if one.kind == "model"]
    assert chat.name == "chat smollm2-135m-instruct"
    prompt = session.usage["prompt_tokens"][0]
    assert chat.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "llama.cpp",
        "gen_ai.request.model": "smollm2-135m-instruct",
        "gen_ai.request.temperature": 0,
        "gen_ai.request.max_tokens": 3,
        "gen_ai.request.seed": 1,
        "gen_ai.response.finish_reasons": ["length"],
        "gen_ai.usage.input_tokens": prompt,
        "gen_ai.usage.output_tokens": 3,
        "gen_ai.conversation.id": session._tree[0].play.shared.trace,
    }
    table = agents.spans(session)
    assert list(table["kind"]) == ["session", "step", "step", "agent", "model"]
    assert table["prompt_tokens"].to_list()[-1] == prompt
    assert (table["seconds"] >= 0).all()


async def test_a_failed_call_is_told_by_its_error_and_what_is_repeated_comes_after_it() -> None:
    session = agents.session(KINDS["society_of_mind"](), TASK)
    await session.step()
    clients(session.team)[1].fails = True
    with pytest.raises(RuntimeError):
        await session.step()
    clients(session.team)[1].fails = False
    await session.step()
    found = spans(session)
    steps = [one for one in found if one.name == "step 2"]
    assert [one.error for one in steps] == ["RuntimeError", ""]
    assert [one.error for one in found if one.kind == "model" and one.error] == ["ValueError"]
    first = [one for one in found if one.kind == "model" and steps[0].began <= one.began <= steps[0].ended]
    assert len(first) >= 2
    assert steps[1].attributes["workbench.recorded"] == len(first) - 1  # not asked again, and no span again


async def test_a_step_that_was_stopped_is_told_so() -> None:
    session = agents.session(RoundRobinGroupChat([agent("a")], max_turns=2), TASK)
    await session.step()
    (client,) = clients(session.team)
    client.seconds = 30
    step = asyncio.ensure_future(session.step())
    for _ in range(1000):
        await asyncio.sleep(0.01)
        if client.asked == 2:
            break
    session.stop()
    await step
    found = spans(session)
    (stopped,) = [one for one in found if one.attributes.get("workbench.halted")]
    assert (stopped.attributes["workbench.halted"], stopped.error) == ("stop", "CancelledError")
    assert [one.error for one in found if one.kind == "model"] == ["", "CancelledError"]


async def test_a_call_that_waited_is_told_where_it_was_asked() -> None:
    done: Done = []
    session = session_of(again(("delete", {"path": "a"})), deleting(done), turns=2)
    await session.step()
    session.approve()
    await session.step()
    await session.step()
    session.reject("Nein.")
    await session.step()
    found = spans(session)
    assert [one.attributes.get("workbench.halted") for one in found if one.kind == "step"] == [
        None, "call", None, "call", None,
    ]  # fmt: skip
    assert [one.error for one in found if one.kind == "tool"] == ["", "rejected"]
    assert len(names(found, "model")) == 2
    assert not [one for one in found if one.kind == "step" and one.error]


async def test_branches_are_spans_of_their_own_that_name_where_they_leave() -> None:
    session = await agents.session(KINDS["round_robin"](), TASK).run()
    same = await session.fork(at=2).run()
    other = await session.fork(at=2, system={"c": "Neu."}).run()
    session.rewind(1)
    await session.run()
    found = spans(session)
    by_name = {one.name: one for one in found if one.kind == "branch"}
    assert set(by_name) == {"branch 0.1", "branch 0.2", "branch 0.3"}
    left = {one.id: one.name for one in found}
    assert [left[by_name[f"branch {one.name}"].links[0]] for one in (same, other)] == ["step 2", "step 2"]
    unasked = [one for one in found if one.kind == "model" and one.began >= by_name["branch 0.1"].began]
    assert not [one for one in unasked if one.ended <= by_name["branch 0.1"].ended]  # a null fork asks nobody
    assert len({one.began for one in found if one.kind == "step"}) == len(names(found, "step"))


async def test_names_that_a_model_makes_up_are_told_short_and_on_one_line() -> None:
    session = session_of(once(("x\n\u202e" + "y" * 500, {})), approve="allow")
    await session.run()
    found = spans(session)
    assert all(one.name.isprintable() and len(one.name) < 120 for one in found)


def test_an_empty_session_has_no_spans() -> None:
    team: Team = KINDS["round_robin"]()
    session = agents.session(team, TASK)
    assert spans_of(session._tree) == []
    assert agents.spans(session).empty


async def test_a_session_that_was_loaded_has_the_same_spans_in_the_same_trace(tmp_path: Path) -> None:
    session = agents.session(KINDS["society_of_mind"](), TASK, file=tmp_path / "a.session")
    await session.step()
    clients(session.team)[1].fails = True
    with pytest.raises(RuntimeError):
        await session.step()
    loaded = agents.load(tmp_path / "a.session", KINDS["society_of_mind"]())
    trace = session._tree[0].play.shared.trace
    assert loaded._tree[0].play.shared.trace == trace
    assert len(trace) == 32
    assert trace != agents.session(KINDS["society_of_mind"](), TASK)._tree[0].play.shared.trace
    before = agents.spans(session)
    assert before.drop(columns=["began", "seconds"]).equals(agents.spans(loaded).drop(columns=["began", "seconds"]))
    await loaded.step()
    found = spans(loaded)
    assert {one.id for one in found} > set(before["span"])
    assert [one.error for one in found if one.name == "step 2"] == ["RuntimeError", ""]
