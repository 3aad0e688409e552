"""What a model writes, and what a broken turn or a branch leaves: none of it gets a tool run without a person's yes."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

import pytest
from agents.calling import Calling, Done, again, deleting, once, session_of
from agents.teams import Hashing, Said
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat

from workbench import agents, errors
from workbench.agents import Call

WITHIN_S = 20.0


@pytest.fixture
def done() -> Done:
    return []


def calling(done: Done, *answers: Sequence[tuple[str, str, str]], turns: int = 1, approve: Any = "ask") -> Any:
    clerk = AssistantAgent("clerk", Calling(*answers), tools=[deleting(done)])
    return agents.session(RoundRobinGroupChat([clerk], max_turns=turns), "Los.", approve=approve)


def delete(path: str, identity: str = "1") -> tuple[str, str, str]:
    """A call, in the order of `FunctionCall`: id, arguments, name."""
    return identity, json.dumps({"path": path}), "delete"


async def test_the_same_id_with_other_arguments(done: Done) -> None:
    session = await calling(done, [delete("/tmp/x"), delete("/etc")]).run()
    session.approve()
    await session.run()
    assert done == []
    assert json.loads(session.waiting[0].arguments) == {"path": "/etc"}


@pytest.mark.parametrize("identity", ["1", ""])
async def test_the_same_call_twice_in_one_answer(done: Done, identity: str) -> None:
    session = await calling(done, [delete("/tmp/x", identity), delete("/tmp/x", identity)]).run()
    session.approve()
    await session.run()
    assert (done, len(session.waiting)) == ([], 1)
    session.reject()
    await session.run()
    assert done == [{"path": "/tmp/x"}]


async def test_an_approval_is_replayed_in_the_next_turn(done: Done) -> None:
    session = await calling(done, [delete("/tmp/x")], [delete("/tmp/x")], turns=2).run()
    session.approve()
    await session.run()
    assert (len(done), len(session.waiting)) == (1, 1)


async def test_an_approval_that_was_not_used_is_of_no_use_to_a_later_turn(done: Done) -> None:
    first, second = (AssistantAgent(name, Calling([delete("/x")]), tools=[deleting(done)]) for name in ("a", "b"))
    session = agents.session(RoundRobinGroupChat([first, second], max_turns=4), "Los.")
    await session.run()
    session.approve()
    session.let("b")
    await session.run()
    assert (done, [call.agent for call in session.waiting]) == ([], ["b"])
    session.reject()
    await session.step()
    await session.run()
    assert done == []


async def test_an_approval_is_of_no_use_to_a_branch(done: Done) -> None:
    session = await session_of(again(("delete", {"path": "/x"})), deleting(done), turns=3).run()
    session.approve(always=True)
    await session.step()
    await session.run()
    assert len(done) == 3
    for tools in ("recorded", "live", "dry"):
        branch = session.fork(at=1, edit="anders", answers="live", tools=tools)
        assert branch.standing.empty
        branch._play.ahead = []  # nothing noted helps
        await branch.run()
        assert len(done) == 3
        assert len(branch.waiting) == (0 if tools == "dry" else 1)


async def test_nothing_is_done_twice_by_a_branch_under_a_policy_that_allows(done: Done) -> None:
    session = await session_of(again(("delete", {"path": "/x"})), deleting(done), turns=3, approve="allow").run()
    assert len(done) == 3
    branch = await session.fork(at=1).run()
    assert (branch.finished, len(done)) == (True, 3)
    assert list(branch.tools["recorded"]) == [False, True, True]
    dry = session.fork(at=1, tools="dry")
    dry._play.ahead = [one for one in dry._play.ahead if one.kind != "tool"]
    await dry.run()
    assert (dry.finished, len(done)) == (True, 3)
    assert set(dry.approvals["reason"]) == {"dry run"}
    live = await session.fork(at=1, tools="live").run()
    assert (live.finished, len(done)) == (True, 5)


@pytest.mark.parametrize(("tools", "waiting"), [("recorded", 1), ("dry", 0)])
async def test_nothing_is_done_twice_by_rewinding(done: Done, tools: Any, waiting: int) -> None:
    answers = [[delete("/1")], [delete("/2")], [delete("/2")], [delete("/3")]]
    session = await calling(done, *answers, turns=2, approve="allow").run()
    assert len(done) == 2
    session.rewind(1, tools=tools)
    await session.run()
    assert len(done) == 2
    session.rewind(1, tools=tools)
    session._play.ahead = []
    await session.run()
    assert (len(done), len(session.waiting)) == (2, waiting)


async def test_a_branch_takes_a_rejection_as_it_was_and_rewinding_asks_again(done: Done) -> None:
    session = await session_of(again(("delete", {"path": "/x"})), deleting(done)).run()
    session.reject("nein")
    await session.run()
    branch = await session.fork(at=0).run()
    assert branch.finished
    assert (branch.waiting, branch.tools.loc[0, "result"]) == ([], "This call was not run: nein.")
    session.rewind(0)
    await session.run()
    assert len(session.waiting) == 1
    assert list(session.approvals["decision"]) == ["rejected"]


async def test_what_waits_is_forgotten_by_rewinding(done: Done) -> None:
    session = await calling(done, [delete("/1")], [delete("/2")], turns=2, approve="ask").run()
    session.approve()
    await session.run()
    session.approve()
    session.rewind(1)
    assert session.waiting == []
    session._play.ahead = []
    session.team._participants[0]._model_client.answers = [[delete("/2")]]
    await session.run()
    assert (len(done), len(session.waiting)) == (1, 1)


@pytest.mark.parametrize(
    "arguments",
    [
        '{"path": "/tmp/x", "path": "/etc"}',
        '{"path": NaN}',
        f'{{"path": {"9" * 5000}}}',
        '{"path": 1e999}',
        '{"path": ' + "[" * 5000 + "]" * 5000 + "}",
    ],
    ids=["twice", "nan", "digits", "huge", "deep"],
)
@pytest.mark.parametrize("approve", ["ask", "allow"])
async def test_arguments_that_can_be_read_in_two_ways(done: Done, arguments: str, approve: str) -> None:
    session = calling(done, [("1", arguments, "delete")], approve=approve)
    with pytest.raises(errors.ToolCallError, match="the arguments of 'delete' are"):
        await asyncio.wait_for(session.run(), WITHIN_S)
    assert done == []


@pytest.mark.parametrize("arguments", ["[]", "[1]", '""', "0", "false", '"/tmp"', "{", ""])
@pytest.mark.parametrize("approve", ["ask", "allow"])
async def test_arguments_that_are_no_object(done: Done, arguments: str, approve: str) -> None:
    session = calling(done, [("1", arguments, "delete")], approve=approve)
    await asyncio.wait_for(session.run(), WITHIN_S)
    assert (session.finished, done) == (True, [])
    assert session.approvals.loc[0, ["decision", "by"]].tolist() == ["rejected", "policy"]


async def test_null_stands_for_no_arguments(done: Done) -> None:
    session = await calling(done, [("1", "null", "delete")]).run()
    assert session.waiting[0].arguments == "{}"
    session.approve()
    await session.run()
    assert done == [{"path": ""}]


@pytest.mark.parametrize("path", ["/tmp/\u202e", "/tmp/\u200b", "/tmp/\ud800", "/t\u043cp", "/tmp\x1b[2K", "\u3164"])
async def test_hidden_signs_are_seen_and_what_is_seen_runs(done: Done, path: str) -> None:
    session = await calling(done, [delete(path)]).run()
    shown = repr(session.waiting[0])
    assert path not in shown
    assert "\\" in shown
    session.approve()
    await session.run()
    assert done == [{"path": path}]
    for frame in (session.approvals, session.tools):
        assert path not in frame.loc[0, "arguments"]
        assert json.loads(frame.loc[0, "arguments"]) == {"path": path}


@pytest.mark.parametrize("name", ["d\u0435lete", "delete\u200b", "delete ", "Delete", "delete(path='/tmp')", ""])
async def test_names_that_look_like_a_tools(done: Done, name: str) -> None:
    session = await calling(done, [("1", '{"path": "/"}', name)], approve="allow").run()
    assert done == []
    assert session.approvals.loc[0, ["decision", "reason"]].tolist() == ["rejected", "unknown"]


async def test_a_call_that_was_cut_off_is_not_done_again_by_itself(done: Done) -> None:
    begun = asyncio.Event()

    async def send(to: str) -> str:
        """Send a letter."""
        done.append({"to": to})
        begun.set()
        await asyncio.sleep(60 if len(done) == 1 else 0)
        return "sent"

    session = session_of(once(("send", {"to": "Bonn"})), send, approve="allow")
    running = asyncio.ensure_future(session.run())
    await asyncio.wait_for(begun.wait(), WITHIN_S)
    session.stop()
    await asyncio.wait_for(running, WITHIN_S)
    await session.run()
    assert len(done) == 1
    assert session.waiting[0].why == "it was begun before and broken off, and may have been done"
    session.approve()
    await session.run()
    assert len(done) == 2


async def test_cancelled_between_approval_and_run(done: Done) -> None:
    asked = asyncio.Event()

    async def ask(call: Call) -> bool:
        asked.set()
        await asyncio.sleep(60)
        return True

    session = session_of(once(("delete", {"path": "/"})), deleting(done), approve=ask)
    running = asyncio.ensure_future(session.run())
    await asyncio.wait_for(asked.wait(), WITHIN_S)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert done == []
    assert session.approvals.empty


def looping(count: int) -> Callable[[str, int, list[str]], Said]:
    return lambda prompt, number, tools: [("delete", json.dumps({"path": f"/{number}"}))] * count


async def test_a_model_that_asks_many_times_over(done: Done) -> None:
    session = session_of(looping(5), deleting(done), turns=9, approve={"delete": "deny"})
    await session.run()
    assert done == []
    assert str(session.halted).startswith("3 calls in a row")


async def test_a_streaming_agent_waits_too(done: Done) -> None:
    class Streaming(Hashing):
        async def create_stream(self, messages: Sequence[Any], **more: Any) -> AsyncGenerator[Any, None]:
            yield "ich lösche"
            yield await self.create(messages, **more)

    clerk = AssistantAgent(
        "clerk", Streaming(once(("delete", {"path": "/"}))), tools=[deleting(done)], model_client_stream=True
    )
    session = await agents.session(RoundRobinGroupChat([clerk], max_turns=1), "Los.").run()
    assert (len(session.waiting), done) == (1, [])
    session.approve()
    await session.run()
    assert len(done) == 1
