"""What waits for a person's word, what a person says, and what comes of it."""

import asyncio
import json
from typing import Any

import pytest
from agents.calling import Done, again, deleting, once, session_of
from agents.teams import agent, clients
from autogen_agentchat.agents import SocietyOfMindAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_agentchat.tools import AgentTool, TeamTool

from workbench import agents, errors
from workbench.agents import Call, Verdict

WITHIN_S = 20.0


@pytest.fixture
def done() -> Done:
    return []


async def test_a_call_waits_and_runs_once_without_asking_the_model_again(done: Done) -> None:
    session = session_of(once(("delete", {"path": "/tmp/ä"})), deleting(done))
    await asyncio.wait_for(session.run(), WITHIN_S)
    assert session.halted == "clerk wants to call delete(path='/tmp/ä'): approve or reject it"
    assert repr(session.waiting) == "[clerk: delete(path='/tmp/ä'), as it is not marked as read-only]"
    assert (session.turns, done) == (0, [])
    await session.run()
    assert (len(session.waiting), done) == (1, [])
    session.approve(reason="alt")
    assert session.waiting == []
    await session.run()
    assert session.finished
    assert done == [{"path": "/tmp/ä"}]
    assert clients(session.team)[0].asked == 1
    row = session.approvals.iloc[0]
    assert tuple(row[1:]) == (1, "clerk", "delete", '{"path": "/tmp/ä"}', "approved", "person", "alt")
    assert session.tools[["tool", "arguments", "result", "failed"]].values.tolist() == [
        ["delete", '{"path": "/tmp/ä"}', "deleted /tmp/ä", False]
    ]


async def test_edited_arguments_are_those_that_run(done: Done) -> None:
    session = await session_of(once(("delete", {"path": "/"})), deleting(done)).run()
    session.approve(arguments={"path": "/tmp/x"})
    await session.run()
    assert done == [{"path": "/tmp/x"}]
    assert session.approvals.loc[0, ["arguments", "decision"]].tolist() == ['{"path": "/tmp/x"}', "edited"]
    assert "run with other arguments" in session.tools.loc[0, "result"]


@pytest.mark.parametrize("given", [["/"], {"path": object()}, {"path": float("nan")}, {1: "x"}])
async def test_edited_arguments_that_are_none_are_refused(done: Done, given: Any) -> None:
    session = await session_of(once(("delete", {"path": "/"})), deleting(done)).run()
    with pytest.raises(errors.UsageError, match="not a JSON object"):
        session.approve(arguments=given)
    assert len(session.waiting) == 1


async def test_a_rejection_is_told_to_the_model(done: Done) -> None:
    session = await session_of(once(("delete", {"path": "/"})), deleting(done)).run()
    session.reject("nicht die Wurzel")
    await session.run()
    assert done == []
    assert session.tools.loc[0, "result"] == "This call was not run: nicht die Wurzel."
    assert session.approvals.loc[0, ["decision", "reason"]].tolist() == ["rejected", "nicht die Wurzel"]


async def test_approved_for_the_run_is_listed_and_can_be_revoked(done: Done) -> None:
    session = await session_of(again(("delete", {"path": "/tmp"})), deleting(done), turns=4).run()
    session.approve(always=True)
    assert session.standing.values.tolist() == [["clerk", "delete"]]
    await session.step()
    await session.step()
    assert len(done) == 2
    session.revoke("delete")
    await session.run()
    assert len(done) == 2
    assert len(session.waiting) == 1
    assert session.standing.empty
    assert list(session.approvals["decision"]) == ["approved", "approved", "revoked"]
    with pytest.raises(errors.UsageError, match="nothing is approved for delete"):
        session.revoke("delete")


async def test_what_was_approved_for_the_run_can_be_revoked_before_it_runs(done: Done) -> None:
    session = await session_of(again(("delete", {"path": "/tmp"})), deleting(done)).run()
    session.approve(always=True)
    session.revoke("delete")
    await session.run()
    assert (len(session.waiting), done) == (1, [])


async def test_parallel_calls_are_asked_one_by_one_and_none_runs_before(done: Done) -> None:
    calls = [("delete", {"path": path}) for path in ("/1", "/2", "/3")]
    session = await session_of(once(*calls), deleting(done)).run()
    for path in ("/1", "/2", "/3"):
        assert [json.loads(call.arguments)["path"] for call in session.waiting] == [path]
        assert done == []
        session.reject() if path == "/2" else session.approve()
        await session.run()
    assert done == [{"path": "/1"}, {"path": "/3"}]
    assert list(session.approvals["decision"]) == ["approved", "rejected", "approved"]
    assert session.halted is None


async def test_a_later_call_of_a_turn_does_not_ask_for_the_earlier_again(done: Done) -> None:
    def steps(prompt: str, number: int, tools: list[str]) -> Any:
        count = prompt.count("FunctionExecutionResultMessage")
        return "done" if count == 2 else [("delete", json.dumps({"path": f"/{count}"}))]

    session = await session_of(steps, deleting(done), max_tool_iterations=5).run()
    session.reject()
    await session.run()
    assert [call.arguments for call in session.waiting] == ['{"path": "/1"}']
    session.approve()
    await session.run()
    assert session.finished
    assert done == [{"path": "/1"}]
    assert list(session.approvals["decision"]) == ["rejected", "approved"]


async def test_three_rejections_in_a_row_end_the_run(done: Done) -> None:
    session = await session_of(again(("delete", {"path": "/"})), deleting(done), turns=9, approve="deny").run()
    assert session.halted == "3 calls in a row were rejected"
    assert (session.turns, done) == (3, [])


@pytest.mark.parametrize("how", ["agent tool", "team tool", "society of mind", "inner team"])
async def test_a_call_inside_waits_too_and_nothing_blocks(done: Done, how: str) -> None:
    caller = agent("x", once(("delete", {"path": "/"})), tools=[deleting(done)])
    inner = RoundRobinGroupChat([caller], max_turns=1, name="inner")
    members = {
        "agent tool": lambda: agent("a", once(("x", {"task": "Los."})), tools=[AgentTool(caller)]),
        "team tool": lambda: agent("a", once(("t", {"task": "Los."})), tools=[TeamTool(inner, "t", "A team.")]),
        "society of mind": lambda: SocietyOfMindAgent("mind", inner, agent("m")._model_client),
        "inner team": lambda: inner,
    }
    session = agents.session(RoundRobinGroupChat([members[how]()], max_turns=1), "Los.")
    await asyncio.wait_for(session.run(), WITHIN_S)
    assert ([call.tool for call in session.waiting], done) == (["delete"], [])
    session.approve()
    await asyncio.wait_for(session.run(), WITHIN_S)
    assert session.finished
    assert done == [{"path": "/"}]


async def test_a_tool_beside_one_that_waits_inside_is_not_cut_off(done: Done) -> None:
    async def slow() -> str:
        """Take some time."""
        await asyncio.sleep(0.3)
        done.append({"slow": True})
        return "ok"

    caller = agent("x", once(("delete", {"path": "/"})), tools=[deleting(done)])
    session = session_of(once(("x", {"task": "Los."}), ("slow", {})), AgentTool(caller), slow)
    await session.run()
    session.approve()
    await asyncio.wait_for(session.run(), WITHIN_S)
    assert (done, [call.tool for call in session.waiting]) == ([{"slow": True}], ["delete"])
    session.approve()
    await session.run()
    assert done == [{"slow": True}, {"path": "/"}]


async def _later(call: Call) -> bool:
    await asyncio.sleep(0)
    return call.tool == "delete"


async def _nothing(call: Call) -> None:
    await asyncio.sleep(0)


def _fails(call: Call) -> bool:
    raise RuntimeError("the form is closed")


async def _fails_later(call: Call) -> bool:
    raise RuntimeError("the form is closed")


@pytest.mark.parametrize(
    ("ask", "runs"),
    [
        (lambda call: True, True),
        (lambda call: Verdict(runs=True), True),
        (_later, True),
        (lambda call: None, False),
        (lambda call: False, False),
        (lambda call: "yes", False),
        (lambda call: 1, False),
        (lambda call: Verdict(runs="no"), False),  # type: ignore[arg-type]
        (lambda call: Verdict(runs=True, arguments="[1]"), False),
        (lambda call: Verdict(runs=True, arguments="{"), False),
        (_nothing, False),
        (_fails, False),
        (_fails_later, False),
    ],
)
async def test_a_function_is_asked_and_only_yes_means_yes(done: Done, ask: Any, runs: bool) -> None:
    session = await session_of(once(("delete", {"path": "/"})), deleting(done), approve=ask).run()
    assert session.finished
    assert bool(done) is runs
    assert session.approvals.loc[0, ["decision", "by"]].tolist() == ["approved" if runs else "rejected", "function"]


async def test_a_function_can_edit_and_is_told_why_it_is_asked(done: Done) -> None:
    seen: list[Call] = []

    def ask(call: Call) -> Verdict:
        seen.append(call)
        return Verdict(runs=True, arguments='{"path": "/tmp/y"}', message="kleiner")

    session = await session_of(once(("delete", {"path": "/"})), deleting(done), approve=ask).run()
    assert done == [{"path": "/tmp/y"}]
    assert seen[0].why == "it is not marked as read-only"
    assert session.approvals.loc[0, ["decision", "reason"]].tolist() == ["edited", "kleiner"]


async def test_a_call_that_is_named_wrongly_is_told_what_waits(done: Done) -> None:
    session = await session_of(once(("delete", {"path": "/"})), deleting(done)).run()
    other = Call("1", "clerk", "delete", "{}")
    with pytest.raises(errors.UsageError, match=r"waiting: delete\(path='/'\)"):
        session.approve(other)
    session.approve(session.waiting[0])
    with pytest.raises(errors.UsageError, match="waiting: none"):
        session.approve()
