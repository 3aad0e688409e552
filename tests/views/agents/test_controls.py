"""The controls of real sessions, with a recorder in the place of the page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from agents.calling import Done, deleting, once, session_of
from agents.teams import KINDS, agent, round_robin
from autogen_agentchat.agents import UserProxyAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from views.agents.scenes import TASK, office

from workbench import agents
from workbench.connections import model_names
from workbench.errors import UsageError
from workbench.notebook.agents._controls import controls
from workbench.notebook.agents._steered import Steered
from workbench.views.controls import ControlsView, Pending, control_words

HIDDEN = "/tmp/\u202egpj.exe"


class Recorded(ControlsView):
    """Controls that keep what they would send to the page, and a page that holds it."""

    def __init__(self, session: agents.Session, **options: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self.news = asyncio.Event()
        super().__init__(Steered(session), asyncio.get_running_loop(), **options)

    def send(self, content: dict[str, Any], buffers: object = None) -> None:
        self.sent.append(content)
        self.news.set()

    async def until(self, happened: Callable[[], object]) -> None:
        """Wait until something was sent, which may be late on a busy machine."""
        async with asyncio.timeout(20):
            while not happened():
                self.news.clear()
                await self.news.wait()

    async def says(self, **content: Any) -> None:
        """Have the page say something, and what it begins come to its end."""
        self._handle_custom_msg({"page": "p", **content}, [])
        await asyncio.sleep(0)
        while self._work:
            await asyncio.gather(*self._work)
            await asyncio.sleep(0)

    @property
    def parts(self) -> dict[str, Any]:
        """What a page holds that was there from the beginning."""
        return {name: value for one in self.sent for name, value in one.get("parts", {}).items()}

    @property
    def problem(self) -> str:
        return [one["problem"] for one in self.sent if "problem" in one][-1]


async def opened(session: agents.Session) -> Recorded:
    view = Recorded(session)
    await view.says(have=0)
    return view


def talk() -> agents.Session:
    return agents.session(round_robin(), "Prüfe.")


async def test_only_what_is_new_is_sent() -> None:
    view = await opened(talk())
    assert view.parts["rows"] == []
    await view.says(do="step")
    assert view.parts["rows"] == ["0.1", "1.1"]
    count = len(view.sent)
    await view.says(do="step")
    later = {name for one in view.sent[count:] for name in one.get("parts", {}) if name.startswith("row ")}
    assert later == {"row 2.1"}
    await view.says(have=0, page="q")  # a page that came later gets all
    assert {"row 0.1", "row 1.1", "row 2.1", "state"} <= view.sent[-1]["parts"].keys()
    assert view.sent[-1]["after"] == 0


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_team_is_steered_to_its_end(kind: str) -> None:
    session = agents.session(KINDS[kind](), "Prüfe.", approve="allow")
    view = await opened(session)
    for _ in range(40):
        if session.finished:
            break
        if view.parts["person"]:
            await view.says(do="answer", text="Ja.")
        await view.says(do="step" if session.turns < 3 else "run", hold=True)
        assert view.problem == ""
        held = view.parts["held"]
        if held and view.parts["state"]["deliver"]:
            await view.says(do="deliver")
            assert view.problem == ""
    assert view.parts["state"]["kind"] == "ended"
    assert len(view.parts["rows"]) == session.turns + 1


async def test_what_happens_in_a_cell_is_seen_while_a_page_looks() -> None:
    session = talk()
    view, other = await opened(session), await opened(session)
    await session.step()
    for one in (view, other):
        await one.until(lambda one=one: one.parts["rows"] == ["0.1", "1.1"])
    await view.says(left="p")
    other.close()
    assert not view.watches
    assert session._play.shared.watchers == []
    await session.step()
    await asyncio.sleep(0.3)
    assert view.parts["rows"] == ["0.1", "1.1"]


async def test_a_turn_is_seen_while_it_is_taken() -> None:
    clerk = agent("clerk", once(("slowly", {})), tools=[agents.read_only(slowly)], max_tool_iterations=2)
    session = agents.session(RoundRobinGroupChat([clerk], max_turns=1), "Los.")
    view = await opened(session)
    task = asyncio.create_task(session.run())
    await view.until(lambda: "row 1.1" in view.parts)
    assert view.parts["state"]["kind"] == "busy"
    assert "at work" in view.parts["row 1.1"]["html"]
    assert view.parts["row 1.1"]["number"] is None
    await view.says(do="stop")
    await task
    assert session.halt is not None
    assert session.halt.why == "stop"


async def slowly() -> str:
    """Wait."""
    await asyncio.sleep(60)
    return "waited"


async def test_what_was_said_waits_and_is_changed() -> None:
    session = talk()
    view = await opened(session)
    await view.says(do="step", hold=True)
    (held,) = view.parts["held"]
    assert (held["who"], held["to"]) == ("a", "b, c")
    await view.says(do="edit", member="a", text="Bonn")
    await view.says(do="redirect", member="a", to="c")
    assert [(one["text"], one["to"]) for one in view.parts["held"]] == [("Bonn", "c")]
    assert view.parts["state"]["deliver"]
    await view.says(do="deliver")
    assert view.parts["held"] == []
    assert view.parts["state"]["next"] == session.next_agent == "b"
    await view.says(do="deliver")
    assert view.problem == "nothing waits to be delivered: take a step with deliver=False first"


async def test_a_call_is_approved_as_it_was_seen_and_with_nothing_hidden() -> None:
    done: Done = []
    session = session_of(once(("delete", {"path": HIDDEN})), deleting(done))
    view = await opened(session)
    await view.says(do="run")
    (call,) = view.parts["calls"]
    assert call["arguments"] == [["path", '"/tmp/\\u202egpj.exe"']]
    assert "\u202e" not in call["editable"]
    assert call["why"] == "it is not marked as read-only"
    await view.says(do="approve", key="another")
    assert view.problem.startswith("this call does not wait any more")
    await view.says(do="approve", key=call["key"], arguments='{"path": ')
    assert view.problem.startswith("these arguments are not JSON")
    await view.says(do="approve", key=call["key"], arguments="[1]")
    assert view.problem.startswith("these arguments are not a JSON object")
    await view.says(do="approve", key=call["key"], arguments='{"path": "/tmp/x"}', always=True)
    assert view.parts["calls"] == []
    assert view.parts["state"]["step"]
    await view.says(do="run")
    assert done == [{"path": "/tmp/x"}]
    assert view.parts["standing"] == [["clerk", "delete", "delete"]]
    await view.says(do="revoke", tool="delete")
    assert view.parts["standing"] == []


async def test_a_call_is_rejected_with_a_message() -> None:
    done: Done = []
    session = session_of(once(("delete", {"path": "/"})), deleting(done))
    view = await opened(session)
    await view.says(do="run")
    await view.says(do="reject", key=view.parts["calls"][0]["key"], text="ask the archive first")
    await view.says(do="run")
    assert done == []
    assert session.approvals.iloc[-1]["reason"] == "ask the archive first"


async def test_another_call_has_another_key() -> None:
    keys = set()
    for path in ("/a", "/b"):
        session = session_of(once(("delete", {"path": path})), deleting([]))
        await session.run()
        (call,) = Steered(session).situation().calls
        assert isinstance(call, Pending)
        keys.add(call.key)
    assert len(keys) == 2


async def test_a_person_is_asked_and_answers() -> None:
    team = RoundRobinGroupChat([agent("clerk"), UserProxyAgent("citizen")], max_turns=2)
    view = await opened(agents.session(team, "Frage."))
    await view.says(do="run")
    assert view.parts["person"] == "citizen"
    assert not view.parts["state"]["step"]
    await view.says(do="answer", text="Ja, am Montag.")
    assert view.parts["person"] == ""
    await view.says(do="run")
    assert view.parts["state"]["kind"] == "ended"
    assert "Ja, am Montag." in view.parts["row 2.1"]["html"]


async def test_limits_are_changed_and_end_a_run() -> None:
    session = talk()
    view = await opened(session)
    await view.says(do="limit", limits={"turns": 1, "calls": None, "tokens": None, "seconds": None}, why="careful")
    assert session.changes[["limit", "after", "who", "why"]].to_numpy().tolist() == [
        ["turns", 1.0, "controls", "careful"]
    ]
    await view.says(do="run")
    assert view.parts["state"]["line"] == "halted: the limit of turns (1) is reached · b is next"
    await view.says(do="limit", limits={"turns": -1})
    assert view.problem == "the limit of turns must be a number above 0, or None, not -1"


async def test_rewinding_and_forking_from_a_turn() -> None:
    session = talk()
    view = await opened(session)
    for _ in range(3):
        await view.says(do="step")
    await view.says(do="fork", turn=1, text="Bonn")
    assert view.parts["state"]["branch"] == "0.1"
    assert view.parts["held"][0]["text"] == "Bonn"
    assert [name for name, _, _ in view.parts["branches"]] == ["0", "0.1"]
    assert "<img" in view.parts["tree"]
    await view.says(do="branch", name="0")
    assert len(view.parts["rows"]) == 4
    await view.says(do="rewind", turn=1)
    assert len(view.parts["rows"]) == 2
    assert session.turns == 1


async def test_a_branch_in_which_nothing_is_changed_says_so() -> None:
    view = await opened(talk())
    await view.says(do="step")
    said = view._controls.changeable(1).said
    assert said.startswith("said ")
    await view.says(do="fork", turn=1, text=said)
    assert view.parts["branches"][1] == ["0.1", "", True]


async def test_a_branch_changes_models_system_messages_and_results_of_tools() -> None:
    session = agents.session(office(), TASK)
    view = await opened(session)
    await view.says(do="step")
    await asyncio.to_thread(model_names, 10)  # servers say their names in time of their own
    await view.says(look=1)
    may = view.sent[-1]["fork"]
    assert [(name, now) for name, _, now in may["systems"]][:1] == [("clerk", "You are a clerk.")]
    assert [name for name, _, _ in may["models"]] == ["clerk", "reviewer", "sender"]
    assert [(name, now) for name, _, now in may["results"]] == [("find_rule", "no such topic")]
    assert "embedded/smollm2-135m-instruct" in may["names"]
    await view.says(do="fork", turn=1, text=may["said"], system_of="clerk", system="You are strict.")
    await view.says(do="branch", name="0")
    await view.says(do="fork", turn=1, text=may["said"], model_of="*", model="embedded")
    await view.says(do="branch", name="0")
    await view.says(do="fork", turn=1, result_of="find_rule", result="§ 9 WoGG")
    assert view.parts["branches"][1:] == [
        ["0.1", "clerk: another system message", False],
        ["0.2", "clerk: embedded; reviewer: embedded; sender: embedded", False],
        ["0.3", "find_rule: another result", True],
    ]
    assert view.parts["state"]["counts"].startswith("branch 0.3 (find_rule: another result) · 0 turns")
    await view.says(do="step")
    row = view.parts["row 1.1"]["html"]
    assert "§ 9 WoGG" in row
    own, there = row.split("differs from branch 0, where it was")
    assert "no such topic" not in own
    assert "no such topic" in there


async def test_a_form_in_which_all_is_as_it_was_changes_nothing() -> None:
    view = await opened(agents.session(office(), TASK))
    await view.says(do="step")
    may = view._controls.changeable(1)
    same = {"text": may.said, "system_of": "clerk", "system": dict(may.systems)["clerk"]}
    await view.says(do="fork", turn=1, **same, result_of="find_rule", result=dict(may.results)["find_rule"])
    assert view.parts["branches"][1] == ["0.1", "", True]


async def test_what_cannot_be_changed_is_not_offered_and_refused() -> None:
    team = RoundRobinGroupChat([agent("clerk"), UserProxyAgent("citizen")], max_turns=2)
    view = await opened(agents.session(team, "Frage."))
    await view.says(do="step")
    may = view._controls.changeable(0)
    assert (may.said, may.results) == ("Frage.", [])
    assert [name for name, _ in (*may.models, *may.systems)] == ["clerk", "clerk"]
    for given, match in [
        ({"model_of": "citizen", "model": "embedded"}, "'citizen' asks no model"),
        ({"model_of": "clerk", "model": " "}, "the other model has no name"),
        ({"model_of": "clerk", "model": "nowhere/x"}, "no connection 'nowhere'"),
        ({"result_of": "find_rule", "result": "x"}, "find_rule was not called in this turn or later"),
    ]:
        await view.says(do="fork", turn=1, **given)
        assert view.problem.startswith(match)
    assert len(view.parts["branches"]) == 1


async def test_an_edited_turn_stands_beside_what_was_said_in_the_original() -> None:
    view = await opened(talk())
    await view.says(do="step")
    said = view._controls.changeable(1).said
    await view.says(do="fork", turn=1, text="Bonn")
    assert said in view.parts["row 1.1"]["html"].split("differs from branch 0")[1]
    await view.says(do="branch", name="0")
    assert "differs from branch" not in view.parts["row 1.1"]["html"]


async def test_a_message_is_sent_and_somebody_else_speaks_next() -> None:
    session = talk()
    view = await opened(session)
    await view.says(do="send", text="Kürzer, bitte.")
    assert view.problem.startswith("nothing has begun yet")
    assert {"done": "send", "page": "p"} not in view.sent  # so that the page keeps what was written
    await view.says(do="step")
    await view.says(do="send", text="Kürzer, bitte.", to="c")
    assert view.problem == ""
    assert {"done": "send", "page": "p"} in view.sent
    assert "Kürzer, bitte." in view.parts["row 1.1"]["html"]
    await view.says(do="let", to="c")
    assert session.next_agent == "c"


async def test_what_fails_is_told_in_one_line() -> None:
    session = talk()
    view = await opened(session)
    session.team._participants[0]._model_client.fails = True  # type: ignore[attr-defined]
    await view.says(do="step")
    assert view.problem == "ValueError: the model is gone"
    assert view.parts["state"]["step"]
    await view.says(do="dance")
    assert view.problem == "there is no 'dance' among the controls: load the page anew"
    await view.says(do="rewind")
    assert view.problem == "no turn was chosen: choose one of the timeline"


async def test_long_texts_are_cut_and_had_on_opening() -> None:
    clerk = agent("clerk", lambda *_: "wort " * 4000)
    view = await opened(agents.session(RoundRobinGroupChat([clerk], max_turns=1), "Los."))
    await view.says(do="step")
    row = view.parts["row 1.1"]
    assert row["cut"]
    assert len(row["html"]) < 6000
    await view.says(whole=1, row="1.1")
    assert len(view.sent[-1]["html"]) > 20_000
    await view.says(look=1)
    assert view.sent[-1]["looked"] == 1
    assert "What fills the context" in view.sent[-1]["html"]
    await view.says(look=9)
    assert view.problem == "there is no turn 9: turns are 0 to 1"


async def test_controls_need_a_language_and_a_loop() -> None:
    with pytest.raises(UsageError, match="language= must be 'en' or 'de', not 'fr'"):
        control_words("fr")
    assert control_words("de").keys() == control_words("en").keys()
    with pytest.raises(UsageError, match="nothing here would carry out"):
        await asyncio.to_thread(controls, talk())
