"""Sessions of real teams as the notebook's door turns them into pictures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from agents.teams import KINDS, agent
from autogen_agentchat.agents import AssistantAgent, UserProxyAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from views.agents.scenes import TASK, at_work, branched, office
from views.agents.test_timeline import Reader

import workbench as wb
from workbench import agents
from workbench.notebook.agents._pictures import conversation, session_html, turn_html
from workbench.views.agents import Link, Part, Turn, Way


async def taken(kind: str, turns: int) -> agents.Session:
    session = agents.session(KINDS[kind](), "Prüfe.", approve="allow")
    while not session.finished and session.turns < turns:
        await session.step()
    return session


def parts(turn: Turn, kind: str) -> list[Part]:
    return [part for part in turn.parts if part.kind == kind]


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_team_is_shown(kind: str) -> None:
    session = await taken(kind, 4)
    told = conversation(session)
    assert {link.source for link in told.links} | {link.target for link in told.links} <= set(told.agents)
    assert [turn.number for turn in told.turns] == list(range(session.turns + 1))
    text = "".join(Reader(session_html(session)).texts)
    events = session.events
    for content in events["content"][events["kind"] == "TextMessage"]:
        assert content.strip().splitlines()[0] in text


async def test_a_session_that_waits_says_for_what() -> None:
    session = await at_work()
    told = conversation(session)
    assert told.agents == ("user", "clerk", "reviewer", "sender")
    assert told.state == "halted"
    assert told.ways == (Way("approve", "sender: send_letter"),)
    assert told.turns[-1].who == "sender"
    assert [turn.waits for turn in told.turns] == [False, False, False, True]
    (call,) = told.turns[-1].parts
    assert (call.tool, call.marks) == ("send_letter", ("waiting",))
    assert "Frau Öztürk" in call.text


async def test_calls_stand_with_their_results() -> None:
    told = conversation(await at_work())
    rule, unknown = parts(told.turns[1], "call")
    assert (rule.text, rule.result, rule.marks) == ('topic = "Wohngeld"', "§ 3 WoGG regelt Wohngeld.", ())
    assert (unknown.result, unknown.marks) == ("no such topic", ("failed",))
    assert (told.turns[1].tokens, told.turns[1].asked) == (24, 4)


async def test_a_message_that_was_edited_says_what_the_model_answered() -> None:
    told = conversation(await at_work())
    (said,) = parts(told.turns[2], "said")
    assert said.marks == ("changed",)
    assert said.text.endswith("die Begründung fehlt.")
    assert said.before == "Der Bescheid nennt keine Frist."
    assert parts(told.turns[1], "said")[0].marks == ()


async def test_recorded_answers_are_marked_and_cost_nothing() -> None:
    session = agents.session(office(), TASK)
    await session.step()
    again = await session.fork(at=0).run(agents.Until(agent="reviewer"))
    turn = conversation(again).turns[1]
    assert (turn.asked, turn.recorded, turn.tokens) == (0, 4, None)
    assert [part.marks for part in parts(turn, "call")] == [("recorded",), ("failed", "recorded")]
    assert "⏺ recorded" in turn_html(again.turn(1))


async def test_branches_are_those_of_the_table() -> None:
    session = await branched()
    told = conversation(session)
    assert [branch.name for branch in told.branches] == list(session.branches["branch"])
    assert [branch.name for branch in told.branches if branch.shown] == ["0"]
    assert told.branches[2].change == "turn 1 edited"
    assert told.ways == (Way("ended"),)


async def test_a_turn_that_was_taken_back_stands_before_its_repetition() -> None:
    class Careless(AssistantAgent):
        async def on_messages_stream(self, messages: object, cancellation_token: object) -> object:  # type: ignore[override]
            yield agents.autogen._events.ToolCallExecutionEvent(content=[], source=self.name)
            raise KeyError("forgotten")

    clerk = Careless("clerk", agent("x")._model_client)
    session = agents.session(RoundRobinGroupChat([clerk], max_turns=2), TASK)
    with pytest.raises(RuntimeError):
        await session.step()
    Careless.on_messages_stream = AssistantAgent.on_messages_stream  # type: ignore[method-assign]
    await session.step()
    assert [(turn.number, turn.undone) for turn in conversation(session).turns] == [(0, False), (1, True), (1, False)]


async def test_a_person_who_is_asked_is_named() -> None:
    team = RoundRobinGroupChat([UserProxyAgent("citizen"), agent("clerk")], max_turns=2)
    session = await agents.session(team, TASK).run()
    assert conversation(session).ways == (Way("answer", "citizen"),)
    session.answer("Ja.")
    await session.run()
    said = parts(conversation(session).turns[1], "said")
    assert [(part.text, part.marks) for part in said] == [("Ja.", ())]


async def test_a_limit_that_is_reached_and_what_nobody_has_heard() -> None:
    session = agents.session(KINDS["round_robin"](), TASK, limits=agents.Limits(turns=1))
    assert conversation(session).state == "not begun"
    assert conversation(session).ways == (Way("step"),)
    await session.run()
    assert conversation(session).ways == (Way("limit"),)
    session.limit(turns=None)
    await session.step(deliver=False)
    assert conversation(session).ways == (Way("queue"), Way("step"))


@pytest.mark.parametrize(
    ("kind", "links"),
    [
        ("round_robin", {Link("user", "a", "speaks", 1), Link("a", "b", "speaks", 2), Link("c", "a", "speaks", 1)}),
        ("graph_parallel", {Link("a", "c", "speaks", 1), Link("b", "d", "speaks", 1), Link("c", "d", "speaks", 1)}),
        ("swarm", {Link("user", "a", "speaks", 1), Link("a", "c", "hands", 3), Link("c", "a", "hands", 2)}),
        ("agent_tool", {Link("a", "helper", "delegates", 1), Link("a", "b", "speaks", 2)}),
        ("nested", {Link("a", "inner", "speaks", 2), Link("inner", "x", "delegates", 1), Link("x", "y", "speaks", 1)}),
        ("magentic", {Link("user", "MagenticOneOrchestrator", "speaks", 1)}),
    ],
)
async def test_who_speaks_to_whom(kind: str, links: set[Link]) -> None:
    assert links <= set(conversation(await taken(kind, 5)).links)


async def test_parallel_members_are_no_links() -> None:
    told = conversation(await taken("graph_parallel", 5))
    assert not any((link.source, link.target) == ("b", "c") for link in told.links)


async def test_a_turn_shows_exactly_what_was_asked() -> None:
    session = await at_work()
    text = "".join(Reader(turn_html(session.turn(1))).texts)
    for words in (
        "You are a clerk.",
        TASK,
        "find_rule",
        '"topic"',
        "§ 3 WoGG regelt Wohngeld.",
        "as the server counted",
    ):
        assert words in text


async def test_parts_are_had_alone_for_papers() -> None:
    session = await branched()
    assert wb.speakers(session).svg.startswith("<svg")
    assert "0.2: leaves 0 after turn 1" in wb.branch_tree(session).text


def test_a_cell_that_ends_in_a_session_shows_its_picture() -> None:
    program = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
import workbench as wb
import sys
assert "workbench.notebook" not in sys.modules and "autogen_core" not in sys.modules
from agents.teams import KINDS
from workbench.connections import wait
session = wb.agents.session(KINDS["round_robin"](), "Los.")
wait(session.run())
for shown in (session, session.turn(1)):
    data, _ = shell.display_formatter.format(shown)
    print(data["text/html"][:22], data["text/plain"][:12])
"""
    search = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=search)
    wanted = ['<div class="wb-session Session of a', '<div class="wb-session turn 1: a, 1']
    assert found.stdout.splitlines() == wanted


async def test_no_time_is_told_while_answers_are_recorded_or_played(tmp_path: Path) -> None:
    session = await taken("round_robin", 2)
    assert all(turn.seconds is not None for turn in conversation(session).turns)
    with wb.cassette(tmp_path / "lesson", mode="record"):
        assert [turn.seconds for turn in conversation(session).turns] == [None, None, None]
        assert " s " not in "".join(Reader(session_html(session)).texts).rpartition("Cost")[2]
