"""What a branch changes, what it takes from its original, and what it asks anew."""

from __future__ import annotations

import json

import pytest
from agents.teams import KINDS, Hashing, Said, agent, clients
from agents.test_kinds_of_teams import TASK, shown
from autogen_agentchat.messages import StructuredMessage
from autogen_agentchat.teams import RoundRobinGroupChat, SelectorGroupChat
from pydantic import BaseModel

from workbench import agents, errors


async def ended(kind: str = "round_robin") -> agents.Session:
    return await agents.session(KINDS[kind](), TASK, approve="allow").run()


def asked(session: agents.Session) -> int:
    return sum(client.asked for client in clients(session.team))


async def test_an_edited_message_is_what_the_others_hear_and_what_its_agent_has_said() -> None:
    session = await ended()
    branch = session.fork(at=2, edit="Der Antrag ist unvollständig.")
    assert shown(branch) == [*shown(session)[:2], ("b", "TextMessage", "Der Antrag ist unvollständig.")]
    await branch.run()
    spoken = [
        str(message.content) for turn in (3, 5) for one in branch.turn(turn).asked for message in one.request.messages
    ]
    assert any("unvollständig" in text for text in spoken)
    assert not any(shown(session)[2][2] in text for text in spoken)
    row = branch.branches.iloc[-1]
    assert (row["branch"], row["parent"], row["at"], row["change"]) == ("0.1", "0", 2, "turn 2 edited")
    assert row["differs_at"] == 3
    assert shown(session) == shown(await ended())


async def test_an_edit_lets_the_manager_choose_anew() -> None:
    def chosen(prompt: str, number: int, tools: list[str]) -> Said:
        return "b" if "an b" in prompt else "a"

    team = SelectorGroupChat([agent("a"), agent("b")], Hashing(chosen), max_turns=3, allow_repeated_speaker=True)
    session = await agents.session(team, TASK).run()
    assert list(session.events["source"]) == ["user", "a", "a", "a"]
    branch = await session.fork(at=1, edit="Das geht an b.").run()
    assert list(branch.events["source"]) == ["user", "a", "b", "b"]


async def test_another_task() -> None:
    session = await ended()
    branch = session.fork(at=0, edit="Lehne den Antrag ab.")
    assert branch.turns == 0
    await branch.run()
    assert shown(branch)[0] == ("user", "TextMessage", "Lehne den Antrag ab.")
    assert session.branches.iloc[-1]["change"] == "another task"
    assert shown(branch) == shown(await agents.session(KINDS["round_robin"](), "Lehne den Antrag ab.").run())


async def test_another_model_is_asked_in_the_place_of_one_agents_own() -> None:
    session = await ended()
    other = Hashing(lambda prompt, number, tools: f"other {number:x}")
    before = asked(session)
    branch = await session.fork(at=1, models={"b": other}).run()
    said = {source for source, _, text in shown(branch)[2:] if text.startswith("other")}
    assert said == {"b"}
    assert other.asked == 2
    assert asked(session) > before  # the others have heard something else
    usage = branch.usage.set_index("agent")
    assert usage.loc["b", "calls"] == 2
    await session.rewind(0).run()
    assert not any(text.startswith("other") for _, _, text in shown(session))


async def test_a_teams_own_model_can_be_another() -> None:
    session = await ended("selector")
    only_a = Hashing(lambda prompt, number, tools: "a" if "a" in prompt.rsplit("['", 1)[-1] else "b")
    branch = await session.fork(at=0, models={"manager": only_a}).run()
    assert only_a.asked > 0
    assert branch.finished


async def test_another_system_message_holds_for_the_branch_alone() -> None:
    session = await ended()
    branch = await session.fork(at=1, system={"b": "Antworte nur mit Ja."}).run()
    systems = [one.request.messages[0].content for one in branch.turn(2).asked]
    assert systems == ["Antworte nur mit Ja."]
    assert session.branches.iloc[-1]["change"] == "b: another system message"
    session.rewind(1)
    await session.step()
    assert "Ja" not in session.turn(2).asked[0].request.messages[0].content


def counting() -> tuple[RoundRobinGroupChat, list[str]]:
    """A clerk that books what it is told, and a list of what was booked."""
    booked: list[str] = []

    def book(what: str) -> str:
        """Book something."""
        booked.append(what)
        return f"booked {what}"

    def call(prompt: str, number: int, tools: list[str]) -> Said:
        return (
            f"done {number:x}" if "booked" in prompt.rsplit("\n", 1)[-1] else [("book", json.dumps({"what": "Akte"}))]
        )

    clerk = agent("clerk", call, tools=[book], max_tool_iterations=2)
    return RoundRobinGroupChat([agent("a"), clerk], max_turns=4), booked


async def test_what_a_tool_did_is_not_done_twice() -> None:
    team, booked = counting()
    session = await agents.session(team, TASK, approve="allow").run()
    assert len(booked) == 2
    branch = await session.fork(at=0).run()
    assert shown(branch) == shown(session)
    assert list(branch.tools["recorded"]) == [True, True]
    again = await session.fork(at=0, answers="live").run()
    assert list(again.tools["recorded"]) == [True, True]
    await session.rewind(0).run()
    assert list(session.tools["recorded"]) == [True, True]
    assert len(booked) == 2


async def test_a_branch_that_wants_to_do_something_else_has_to_ask() -> None:
    team, booked = counting()
    session = await agents.session(team, TASK, approve="allow").run()
    branch = session.fork(at=0, edit="Buche etwas anderes.", tools="live")
    await branch.run()
    assert len(booked) == 4
    other = Hashing(lambda prompt, number, tools: [("book", '{"what": "anderes"}')] if tools else "done")
    asking = await session.fork(at=1, models={"clerk": other}).run()
    assert [call.tool for call in asking.waiting] == ["book"]
    assert asking.halted == "clerk wants to call book(what='anderes'): approve or reject it"
    dry = session.fork(at=1, models={"clerk": other}, tools="dry")
    await dry.step()
    assert "runs dry" in dry.events["content"].iloc[-1]
    assert len(booked) == 4


async def test_another_result_of_a_tool() -> None:
    team, booked = counting()
    session = await agents.session(team, TASK, approve="allow").run()
    branch = session.fork(at=2, tool_result={"book": "not booked: the file is locked"})
    assert branch.turns == 1
    await branch.step()
    rows = branch.tools
    assert list(rows["result"])[:1] == ["not booked: the file is locked"]
    assert len(booked) == 2
    assert session.branches.iloc[-1]["change"] == "book: another result"
    with pytest.raises(errors.UsageError, match="erase was not called"):
        session.fork(at=2, tool_result={"erase": "x"})
    with pytest.raises(errors.UsageError, match="cannot be other while it is taken again"):
        session.fork(at=2, edit="Bonn", tool_result={"book": "not booked"})
    assert len(session.branches) == 2


async def test_noise_is_called_noise() -> None:
    class Restless(Hashing):
        pass

    count = iter(range(100))
    restless = Restless(lambda prompt, number, tools: f"said {next(count)}")
    team = RoundRobinGroupChat([agent("a"), agent("b")], max_turns=4)
    team._participants[1]._model_client = restless  # type: ignore[union-attr]
    session = await agents.session(team, TASK).run()
    branch = await session.fork(at=0, answers="live").run()
    row = session.branches.iloc[-1]
    assert row["differs_at"] == 2
    assert row["note"] == f"asked {row['asked']} anew though nothing was changed: what differs is noise"
    assert row["asked"] == 4
    assert branch.usage["calls"].sum() == 4


async def test_what_was_rewound_stays_as_a_branch() -> None:
    session = await ended()
    wanted = shown(session)
    session.rewind(2)
    assert shown(session) == wanted[:3]
    assert session.turns == 2
    assert list(session.branches["branch"]) == ["0", "0.1"]
    assert session.branches.iloc[-1]["turns"] == 6
    assert session.branches.iloc[-1]["change"] == "left when it was rewound"
    await session.step()
    assert session.turns == 3


async def test_two_sessions_of_a_branch_stay_together() -> None:
    session = await ended()
    other = session.branch("0")
    session.rewind(2)
    assert other.turns == 2
    await other.step()
    assert shown(other) == shown(session)
    assert session.turns == 3


async def test_branches_of_branches_are_named_by_their_way() -> None:
    session = await ended()
    first = session.fork(at=2, edit="Anders")
    await first.step()
    second = first.fork(edit="Noch anders")
    assert (first.name, second.name, session.fork(at=1).name) == ("0.1", "0.1.1", "0.2")
    assert shown(second)[-1][2] == "Noch anders"


class Notice(BaseModel):
    granted: bool


async def test_a_message_of_a_form_of_its_own_is_edited_in_that_form() -> None:
    judge = agent("judge", lambda prompt, number, tools: '{"granted": true}', output_content_type=Notice)
    session = agents.session(
        RoundRobinGroupChat([judge, agent("a")], max_turns=2, custom_message_types=[StructuredMessage[Notice]]), TASK
    )
    await session.step()
    branch = session.fork(at=1, edit='{"granted": false}')
    message = branch.turn(1).entries[-1].event
    assert isinstance(message, StructuredMessage)
    assert message.content == Notice(granted=False)
    with pytest.raises(errors.UsageError, match="not a Notice"):
        session.fork(at=1, edit="vielleicht")


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"at": 9}, "there is no turn 9"),
        ({"at": -1}, "there is no turn -1"),
        ({"models": {"nobody": Hashing()}}, "'nobody' asks no model"),
        ({"system": {"nobody": "x"}}, "'nobody' asks no model"),
        ({"answers": "old"}, "not 'old'"),
        ({"tools": "all"}, "not 'all'"),
        ({"models": {"manager": Hashing()}}, "'manager' asks no model"),
    ],
)
async def test_what_cannot_be_a_branch_is_told(more: dict[str, object], match: str) -> None:
    session = await ended()
    with pytest.raises(errors.UsageError, match=match):
        session.fork(**more)  # type: ignore[arg-type]
    assert len(session.branches) == 1
