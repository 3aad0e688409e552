"""Where a run stops, what it may cost, and what persons say in between."""

from __future__ import annotations

import asyncio

import pytest
from agents.teams import KINDS, Said, agent, clients
from agents.test_kinds_of_teams import TASK, shown
from autogen_agentchat.agents import UserProxyAgent
from autogen_agentchat.conditions import MaxMessageTermination, TimeoutTermination
from autogen_agentchat.teams import RoundRobinGroupChat

from workbench import agents, errors
from workbench.agents import Limits, Until
from workbench.agents.session import watch


def begun(kind: str = "round_robin") -> agents.Session:
    return agents.session(KINDS[kind](), TASK, approve="allow")


@pytest.mark.parametrize(
    ("until", "turns"),
    [
        (Until(agent="c"), 2),
        (Until(agent="a"), 3),
        (Until(messages=3), 2),
        (Until(kind="TextMessage"), 1),
        (Until(agent="c", messages=2), 1),
        (Until(text="SAID"), 1),
        (Until(text="nie gesagt"), 6),
        (Until(tool="keines"), 6),
    ],
)
async def test_a_run_stops_where_it_is_told(until: Until, turns: int) -> None:
    session = await begun().run(until)
    assert session.turns == turns
    assert session.halted == (repr(until) if turns < 6 else None)
    await session.run()
    assert session.finished
    assert session.halted is None


async def test_a_run_stops_after_a_tool() -> None:
    session = await begun("tools_in_a_turn").run(Until(tool="now"))
    assert session.turns == 1
    assert session.halted == "after a call of now"


async def test_a_run_stops_at_each_breakpoint() -> None:
    session = begun()
    session.breakpoints.append(Until(agent="b"))
    stops = []
    while not session.finished:
        await session.run()
        stops.append((session.turns, session.next_agent))
    assert stops == [(1, "b"), (4, "b"), (6, None)]


def test_a_place_to_stop_must_be_one() -> None:
    with pytest.raises(errors.UsageError, match="empty"):
        Until()


async def test_the_next_agent_is_known_and_can_be_another() -> None:
    session = begun()
    assert session.next_agent is None
    await session.step()
    assert session.next_agent == "b"
    session.let("c")
    assert session.next_agent == "c"
    await session.step()
    assert list(session.events["source"]) == ["user", "a", "c"]
    with pytest.raises(errors.UsageError, match="no member 'd'"):
        session.let("d")


async def test_why_it_halted_is_a_value_too() -> None:
    session = agents.session(RoundRobinGroupChat([UserProxyAgent("citizen")]), TASK, limits=Limits(turns=1))
    why = []
    for _ in range(2):
        await session.run()
        assert session.halt is not None
        assert session.halt.text == session.halted
        why.append(session.halt.why)
        session.answer("Ja.")
        await session.step()
    assert why == ["person", "limit"]
    await begun().run()
    assert begun().halt is None


async def test_pause_ends_a_run_after_the_turn_under_way() -> None:
    session = begun()
    for one in clients(session.team):
        one.seconds = 0.05
    running = asyncio.ensure_future(session.run())
    await asyncio.sleep(0.02)
    session.pause()
    await running
    assert (session.turns, session.halted) == (1, "paused")
    await session.run()
    assert session.finished


async def test_whoever_holds_the_same_branch_pauses_its_run() -> None:
    session = begun()
    for one in clients(session.team):
        one.seconds = 0.05
    running = asyncio.ensure_future(session.run())
    await asyncio.sleep(0.02)
    session.branch("0").pause()
    await running
    assert (session.turns, session.halted) == (1, "paused")


async def test_who_watches_hears_of_turns_and_changes_until_it_ends() -> None:
    session = begun()
    heard: list[bool] = []
    end = watch(session, lambda: heard.append(session._play.busy))
    await session.step(deliver=False)
    assert heard[0] is True
    assert heard[-1] is False
    for change in (lambda: session.queue.edit("Bonn"), session.pause, lambda: session.fork(at=0)):
        heard.clear()
        change()
        assert heard
    heard.clear()
    end()
    end()
    await session.step()
    assert heard == []


async def test_what_waits_is_delivered_without_a_turn() -> None:
    session = begun()
    await session.step(deliver=False)
    assert session.next_agent is None
    await session.queue.deliver()
    assert (len(session.queue), session.turns, session.next_agent) == (0, 1, "b")
    with pytest.raises(errors.UsageError, match="nothing waits to be delivered"):
        await session.queue.deliver()


async def test_what_waits_is_not_delivered_before_those_who_speak_at_the_same_time() -> None:
    session = agents.session(KINDS["graph_parallel"](), "Los.")
    await session.step()
    await session.step(deliver=False)
    with pytest.raises(errors.UsageError, match="c is to speak before anybody hears"):
        await session.queue.deliver()


async def test_stop_takes_the_turn_under_way_back() -> None:
    session = begun()
    await session.step()
    for one in clients(session.team):
        one.seconds = 5
    running = asyncio.ensure_future(session.run())
    await asyncio.sleep(0.05)
    session.stop()
    await asyncio.wait_for(running, 1)
    assert (session.turns, session.halted) == (1, "stopped; the turn was taken back")
    for one in clients(session.team):
        one.seconds = 0
    wanted = shown(await begun().run())
    assert shown(await session.run()) == wanted


@pytest.mark.parametrize(
    ("limits", "halted", "turns"),
    [
        (Limits(turns=2), "the limit of turns (2) is reached", 2),
        (Limits(calls=3), "the limit of calls (3) is reached", 3),
        (Limits(tokens=30), "the limit of tokens (30) is reached", 3),
    ],
)
async def test_a_limit_ends_a_run_cleanly_and_can_be_raised(limits: Limits, halted: str, turns: int) -> None:
    session = await agents.session(KINDS["round_robin"](), TASK, limits=limits).run()
    assert (session.turns, session.halted) == (turns, halted)
    (name,) = (name for name in ("turns", "calls", "tokens") if getattr(limits, name) is not None)
    session.limit(**{name: 1000}, who="Meier", why="The notice is nearly there.")
    await session.run()
    assert shown(session) == shown(await begun().run())
    row = session.changes.iloc[0]
    assert (row["limit"], row["after"], row["who"], row["why"]) == (name, 1000, "Meier", "The notice is nearly there.")


async def test_the_limit_of_seconds_ends_a_turn_that_takes_too_long() -> None:
    session = agents.session(KINDS["round_robin"](), TASK, limits=Limits(seconds=0.2))
    for one in clients(session.team):
        one.seconds = 5
    await asyncio.wait_for(session.run(), 2)
    assert session.halted == "the limit of seconds is reached in this turn, which was taken back"
    assert session.turns == 0
    session.limit(seconds=None)
    for one in clients(session.team):
        one.seconds = 0
    assert (await session.run()).finished


async def test_a_limit_of_calls_holds_inside_a_turn() -> None:
    session = await agents.session(KINDS["tools_in_a_turn"](), TASK, approve="allow", limits=Limits(calls=1)).run()
    assert session.halted == "the limit of calls (1) is reached"
    assert sum(client.asked for client in clients(session.team)) == 1
    session.limit(calls=50)
    await session.run()
    assert shown(session) == shown(await begun("tools_in_a_turn").run())
    assert sum(client.asked for client in clients(session.team)) == session.usage["calls"].sum()


@pytest.mark.parametrize("value", [0, -1, True, "5"])
def test_a_limit_must_be_one(value: object) -> None:
    with pytest.raises(errors.UsageError, match="the limit of"):
        Limits(turns=value)  # type: ignore[arg-type]
    with pytest.raises(errors.UsageError, match="there is no limit of money"):
        begun().limit(money=5)


async def test_a_person_is_waited_for_without_blocking_and_without_a_time_limit() -> None:
    citizen = UserProxyAgent("citizen")
    team = RoundRobinGroupChat(
        [agent("a"), citizen], max_turns=4, termination_condition=TimeoutTermination(0.3) | MaxMessageTermination(50)
    )
    session = await agents.session(team, TASK).run()
    assert session.turns == 1
    assert session.halted == "citizen is asked, and has not said anything yet: answer with session.answer(…)"
    await asyncio.sleep(0.4)  # the person thinks
    session.answer("Ja, gern.")
    await session.run()
    assert session.turns == 3
    session.answer("Danke.", "citizen")
    await session.run()
    assert [text for source, kind, text in shown(session) if (source, kind) == ("citizen", "TextMessage")] == [
        "Ja, gern.",
        "Danke.",
    ]
    assert session.stop_reason == "Maximum number of turns 4 reached."
    with pytest.raises(errors.UsageError, match="a waits for no person"):
        session.answer("x", "a")


async def test_what_a_person_said_is_not_asked_again_on_a_branch() -> None:
    session = agents.session(RoundRobinGroupChat([UserProxyAgent("citizen"), agent("a")], max_turns=2), TASK)
    session.answer("Ja.")
    await session.run()
    branch = await session.fork(at=0).run()
    assert shown(branch) == shown(session)
    other = await session.fork(at=0, edit="Anderes").run()
    assert shown(other)[2] == ("citizen", "TextMessage", "Ja.")


async def test_a_message_in_between_is_heard_by_those_it_is_for() -> None:
    session = begun()
    await session.step()
    await session.send("Nur für b.", to="b")
    await session.send("Für alle.")
    await session.step()
    await session.step()
    heard = {
        name: [str(message.content) for one in session.turn(number).asked for message in one.request.messages]
        for number, name in ((2, "b"), (3, "c"))
    }
    assert "Nur für b." in "".join(heard["b"])
    assert "Nur für b." not in "".join(heard["c"])
    assert all("Für alle." in "".join(texts) for texts in heard.values())
    assert list(session.events["source"]) == ["user", "a", "user", "user", "b", "c"]
    with pytest.raises(errors.UsageError, match="no member 'd'"):
        await session.send("x", to="d")
    with pytest.raises(errors.PromptError):
        await session.send(" ")


async def test_nothing_is_sent_before_it_has_begun() -> None:
    with pytest.raises(errors.UsageError, match="nothing has begun"):
        await begun().send("Hallo")


async def test_what_was_said_can_be_changed_before_it_is_heard() -> None:
    session = begun()
    await session.step(deliver=False)
    assert list(session.queue.frame["to"]) == ["b, c"]
    session.queue.edit("Bitte warten.")
    assert list(session.queue.frame["content"]) == ["Bitte warten."]
    assert shown(session)[1][2] == "Bitte warten."
    session.queue.redirect("c")
    assert list(session.queue.frame["to"]) == ["c"]
    assert "Bitte warten." in repr(session.queue)
    await session.run(Until(messages=4))
    texts = ["".join(str(one.request.messages) for one in session.turn(number).asked) for number in (2, 3)]
    assert ["Bitte warten." in text for text in texts] == [False, True]
    assert len(session.queue) == 0
    with pytest.raises(errors.UsageError, match="nothing waits"):
        session.queue.drop()


async def test_what_was_dropped_is_heard_by_nobody() -> None:
    session = begun()
    await session.step(deliver=False)
    session.queue.drop()
    await session.run(Until(messages=4))
    asked = [one for number in (2, 3) for one in session.turn(number).asked]
    heard = {getattr(message, "source", "") for one in asked for message in one.request.messages}
    assert heard == {"", "user", "b"}


async def test_parallel_branches_of_a_graph_wait_in_the_queue_for_each_other() -> None:
    session = begun("graph_parallel")
    await session.step()
    await session.step()
    assert (session.next_agent, list(session.queue.frame["agent"])) == ("c", ["b"])
    session.queue.edit("Anders als sonst.")
    await session.run()
    assert "Anders als sonst." in str(session.turn(4).asked[0].request.messages)


async def test_circles_are_named() -> None:
    def again(prompt: str, number: int, tools: list[str]) -> Said:
        return "Ich warte auf Unterlagen."

    session = agents.session(RoundRobinGroupChat([agent("a", again), agent("b")]), TASK, limits=Limits(turns=7))
    assert session.loops == []
    await session.run()
    assert session.loops == ["step repetition: a said 'ich warte auf unterlagen.' 4 times (turns 1, 3, 5, 7)"]
    both = agents.session(RoundRobinGroupChat([agent("a", again), agent("b", again)]), TASK, limits=Limits(turns=6))
    await both.run()
    assert both.loops[-1].startswith("unaware of termination conditions")


async def test_the_tables_of_a_session_have_their_types_when_empty() -> None:
    session = begun()
    for frame in (session.events, session.tools, session.usage, session.changes, session.approvals, session.standing):
        assert frame.empty
        assert "object" not in {str(kind) for kind in frame.dtypes}
    assert list(session.branches["state"]) == ["goes on"]
