"""A conversation that is kept in a file goes on from there, wherever it was, with all that was changed in it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from agents.teams import KINDS, Hashing, Said, agent, clients
from agents.test_kinds_of_teams import TASK, Counting, Make, Remembering, each_kind, shown, stepped
from autogen_agentchat.agents import AssistantAgent, UserProxyAgent
from autogen_agentchat.messages import MultiModalMessage, StructuredMessage
from autogen_agentchat.teams import RoundRobinGroupChat, SelectorGroupChat
from autogen_agentchat.teams._group_chat._base_group_chat import BaseGroupChat
from autogen_core import Image
from PIL import Image as Picture
from pydantic import BaseModel

import workbench as wb
from workbench import agents
from workbench.agents.session._session import Session
from workbench.errors import SessionFileError, UsageError

# The session that wrote a file tells once that another goes on with it.
pytestmark = pytest.mark.filterwarnings("ignore:the conversation goes on, but is not kept")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "antrag.session"


def begun(make: Make, file: Path, **more: Any) -> Session:
    return agents.session(make(), TASK, approve="allow", file=file, **more)


def asked(team: BaseGroupChat) -> int:
    return sum(client.asked for client in clients(team))


def deciding(prompt: str, number: int, tools: list[str]) -> Said:
    last = prompt.rsplit("\n", 1)[-1]
    return [("decide", '{"case": 7}')] if not last.startswith("FunctionExecution") else f"said {number:08x}"


def with_a_tool(ran: list[int]) -> BaseGroupChat:
    def decide(case: int) -> str:
        """Decide a case."""
        ran.append(case)
        return f"case {case} decided"

    return RoundRobinGroupChat([agent("a", deciding, tools=[decide], reflect_on_tool_use=True)], max_turns=2)


@each_kind
async def test_a_team_goes_on_from_every_turn(make: Make, file: Path, tmp_path: Path) -> None:
    """Also when the file ends in the middle of the next line, as it does when a process is killed."""
    session = await stepped(begun(make, file))
    wanted, header, *lines = shown(session), *file.read_bytes().splitlines(keepends=True)
    assert len(lines) == session.turns
    for number in range(1, len(lines) + 1):
        cut = tmp_path / f"{number}.session"
        rest = lines[number] if number < len(lines) else b""
        cut.write_bytes(b"".join([header, *lines[:number], rest[: len(rest) // 2]]))
        loaded = agents.load(cut, make(), approve="allow")
        assert loaded.turns == number
        assert bool(loaded.halted) == bool(rest)
        await stepped(loaded)
        assert shown(loaded) == wanted
        assert loaded.stop_reason == session.stop_reason
        again = agents.load(cut, make())
        assert shown(again) == wanted


@each_kind
async def test_a_branch_in_which_nothing_is_changed_asks_nobody_after_loading(make: Make, file: Path) -> None:
    wanted = shown(await stepped(begun(make, file)))
    session = agents.load(file, make())
    for turn in range(session.turns + 1):
        branch = await stepped(session.fork(at=turn))
        assert shown(branch) == wanted
    assert set(session.branches["asked"].iloc[1:]) == {0}
    assert asked(session.team) == 0
    again = agents.load(file, make())
    assert again.branches.equals(session.branches)
    assert asked(again.team) == 0


@pytest.mark.parametrize("kind", ["round_robin", "selector", "graph_loop", "magentic", "nested"])
async def test_branches_and_what_was_left_are_there_again(kind: str, file: Path) -> None:
    make = KINDS[kind]
    session = await stepped(begun(make, file))
    branch = await stepped(session.fork(at=1, system={"a": "Du bist neu."}))
    session.rewind(2)
    await session.step()
    names = list(session.branches["branch"])
    loaded = agents.load(file, make(), approve="allow")
    assert loaded.branches.equals(session.branches)
    assert list(loaded.branches["branch"]) == names
    for name, wanted in [("0", session), (branch.name, branch)]:
        one = loaded.branch(name)
        assert (one.name, shown(one), one.events.equals(wanted.events)) == (name, shown(wanted), True)
        assert one.tools.equals(wanted.tools)
        assert one.usage.equals(wanted.usage)
    assert shown(await stepped(loaded)) == shown(await stepped(session))
    with pytest.raises(UsageError, match="no branch '7'"):
        loaded.branch("7")


async def test_changes_between_turns_are_kept(file: Path) -> None:
    make = KINDS["round_robin"]
    session = begun(make, file, limits=agents.Limits(turns=20))
    await session.step()
    await session.send("Kürzer, bitte.", to="b")
    session.let("c")
    await session.step(deliver=False)
    session.queue.edit("Anders gesagt.")
    session.queue.redirect("a")
    session.limit(turns=30, who="Kim", why="mehr Zeit")
    loaded = agents.load(file, make(), approve="allow")
    assert loaded.queue.frame.equals(session.queue.frame)
    assert list(loaded.queue.frame["to"]) == ["a"]
    assert loaded.limits == agents.Limits(turns=30)
    assert loaded.changes.equals(session.changes)
    assert loaded.events.equals(session.events)
    loaded.queue.drop()
    dropped = agents.load(file, make(), approve="allow")
    session.queue.drop()
    assert shown(await stepped(dropped)) == shown(await stepped(session))


async def test_what_was_answered_in_a_turn_that_broke_off_is_not_asked_again(file: Path) -> None:
    make = KINDS["society_of_mind"]
    wanted = shown(await stepped(agents.session(make(), TASK)))
    session = begun(make, file)
    await session.step()
    clients(session.team)[1].fails = True
    with pytest.raises(RuntimeError, match="the model is gone"):
        await session.step()
    loaded = agents.load(file, make())
    assert loaded.events.equals(session.events)
    assert loaded.events["undone"].any()
    await loaded.step()
    assert asked(loaded.team) == 1  # only what failed: the inner team's answers were kept
    assert shown(await stepped(loaded)) == wanted


async def test_an_ended_conversation_that_was_told_more_goes_on(file: Path) -> None:
    session = await stepped(begun(KINDS["round_robin_and"], file))
    await session.send("Noch etwas.")
    loaded = agents.load(file, KINDS["round_robin_and"]())
    assert not loaded.finished
    assert shown(await stepped(loaded)) == shown(await stepped(session))


@pytest.mark.parametrize("trusted", [False, True])
async def test_what_was_approved_counts_only_where_the_file_is_trusted(trusted: bool, file: Path) -> None:
    ran: list[int] = []
    session = agents.session(with_a_tool(ran), TASK, file=file)
    await session.step()
    assert [call.tool for call in session.waiting] == ["decide"]
    session.approve(always=True, reason="geprüft")
    loaded = agents.load(file, with_a_tool(ran), trusted=trusted)
    await loaded.step()
    assert (ran, len(loaded.standing)) == (([7], 1) if trusted else ([], 0))
    if not trusted:
        loaded.approve(reason="nochmals geprüft")
        await loaded.step()
        assert ran == [7]
    again = agents.load(file, with_a_tool(ran))
    assert again.approvals.equals(loaded.approvals)
    assert again.tools.equals(loaded.tools)
    assert list(again.approvals["by"]) == ["person"]


async def test_what_a_person_said_is_kept(file: Path) -> None:
    def make() -> BaseGroupChat:
        return RoundRobinGroupChat([agent("a"), UserProxyAgent("citizen")], max_turns=3)

    session = begun(make, file)
    await session.step()
    await session.step()
    assert session.halted
    session.answer("Ja, gern.")
    loaded = await stepped(agents.load(file, make()))
    assert "Ja, gern." in list(loaded.events["content"])


@pytest.mark.parametrize("own", [Counting, Remembering])
async def test_agents_of_somebodys_own_go_on(own: type[Counting], file: Path) -> None:
    def make() -> BaseGroupChat:
        return RoundRobinGroupChat([own("counts"), agent("a")], max_turns=5)

    session = begun(make, file)
    for _ in range(3):
        await session.step()
    loaded = agents.load(file, make())
    assert len(shown(await stepped(loaded))) == 6
    assert loaded.events["content"].iloc[-1].startswith("3 after")
    first_line, last_line = file.read_bytes().splitlines()[1], file.read_bytes().splitlines()[-1]
    assert len(last_line) < len(first_line)  # what it has heard is written once


class Decision(BaseModel):
    case: int
    granted: bool


async def test_messages_of_a_form_of_their_own_and_images_are_there_again(file: Path) -> None:
    def make() -> BaseGroupChat:
        decides = agent("a", lambda *_: '{"case": 7, "granted": true}', output_content_type=Decision)
        known = [StructuredMessage[Decision]]
        return RoundRobinGroupChat([decides, agent("b")], max_turns=3, custom_message_types=known)

    picture = MultiModalMessage(content=["Das Formular", Image(Picture.new("RGB", (4, 4)))], source="user")
    session = agents.session(make(), picture, file=file)
    for client in clients(session.team):
        client.model_info["vision"] = True  # type: ignore[typeddict-item]
    await stepped(session)
    loaded = agents.load(file, make())
    event = loaded.turn(1).entries[0].event
    assert isinstance(event, StructuredMessage)
    assert event.content == Decision(case=7, granted=True)
    assert shown(await stepped(loaded.fork(at=0))) == shown(session)
    assert asked(loaded.team) == 0


async def test_a_branch_with_another_model_is_there_and_asks_nobody_whom_the_file_names(file: Path) -> None:
    make = KINDS["round_robin"]
    session = await stepped(begun(make, file))
    branch = session.fork(at=2, models={"a": Hashing(lambda *_: "another")})
    for _ in range(2):
        await branch.step()
    loaded = agents.load(file, make()).branch(branch.name)
    assert shown(loaded) == shown(branch)
    loaded.rewind(2)
    with pytest.raises((UsageError, RuntimeError), match="a file does not bring with it"):
        await stepped(loaded)
    with_model = loaded.fork(models={"a": Hashing(lambda *_: "another")})
    assert shown(await stepped(with_model)) == shown(await stepped(branch))


async def test_a_saved_copy_goes_on_by_itself(file: Path, tmp_path: Path) -> None:
    make = KINDS["swarm"]
    session = begun(make, file)
    with pytest.raises(UsageError, match="nothing has begun"):
        session.save(file)
    await session.step()
    await session.step()
    session.fork(at=1)
    with pytest.raises(UsageError, match="kept in this file already"):
        session.save(file)
    copy = session.save(tmp_path / "copy.session")
    before = copy.read_bytes()
    await stepped(session)
    assert copy.read_bytes() == before
    loaded = agents.load(copy, make(), approve="allow")
    assert loaded.turns == 2
    assert list(loaded.branches["branch"]) == ["0", "0.1"]
    assert shown(await stepped(loaded)) == shown(session)
    assert agents.session(make(), TASK).team is not session.team
    assert not [one for one in tmp_path.iterdir() if one.name.startswith(".")]


async def test_each_message_is_written_once_and_turns_take_as_much_at_the_end_as_at_first(file: Path) -> None:
    session = begun(lambda: RoundRobinGroupChat([agent("a"), agent("b"), agent("c")], max_turns=60), file)
    await stepped_to(session, 60)
    sizes = [len(line) for line in file.read_bytes().splitlines()[1:]]
    assert max(sizes[-10:]) < 1.1 * max(sizes[5:15])
    text = file.read_text("utf-8")
    said = session.events["content"].iloc[30]
    assert text.count(said) <= 4  # what was said, the model's answer, and what the agent and the others remember


async def stepped_to(session: Session, turns: int) -> None:
    while not session.finished and session.turns < turns:
        await session.step()


async def test_a_prompt_that_tells_all_again_takes_what_is_new_in_it(file: Path) -> None:
    def make() -> BaseGroupChat:
        members = [agent(name, lambda prompt, number, tools: f"said {number:08x} {'Wort ' * 100}") for name in "abc"]
        choosing = Hashing(lambda prompt, number, tools: "abc"[number % 3])
        return SelectorGroupChat(list(members), choosing, max_turns=40, allow_repeated_speaker=True)

    session = begun(make, file)
    await stepped_to(session, 40)
    sizes = [len(line) for line in file.read_bytes().splitlines()[1:]]
    assert sum(sizes[-10:]) < 1.3 * sum(sizes[5:15])
    branch = await stepped(agents.load(file, make()).fork(at=0))
    assert shown(branch) == shown(session)
    assert asked(branch.team) == 0


async def test_no_key_is_written(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "geheim-4711-äöü"
    monkeypatch.setenv("LOCKED_KEY", key)
    wb.connect("locked", "http://127.0.0.1:9/v1", key="env:LOCKED_KEY")

    class Known(Hashing):
        pass

    told = AssistantAgent("a", Known(lambda *_: f"The key is {key}"))
    asking = AssistantAgent("b", agents.client("locked/m"))
    session = agents.session(RoundRobinGroupChat([told, asking], max_turns=2), f"Nimm {key}", file=file)
    await session.step()
    text = file.read_text("utf-8")
    assert "The key is [key]" in text
    assert key not in text
    assert json.dumps(key)[1:-1] not in text


async def test_another_team_is_told(file: Path) -> None:
    await begun(KINDS["round_robin"], file).step()
    for kind, told in [("swarm", "is a"), ("round_robin_and", ""), ("nested", "")]:
        with pytest.raises(SessionFileError, match=f"of another team: .*{told}") as raised:
            agents.load(file, KINDS[kind]())
        assert "\n" not in str(raised.value)


async def test_a_file_is_written_by_one_session_at_a_time(file: Path) -> None:
    session = begun(KINDS["round_robin"], file)
    await session.step()
    with pytest.raises(SessionFileError, match="a file of this name already"):
        begun(KINDS["round_robin"], file)
    loaded = agents.load(file, KINDS["round_robin"]())
    with pytest.warns(UserWarning, match="was loaded again"):
        await session.step()
    await session.step()  # the warning comes once
    assert session.turns == 3
    await loaded.step()
    assert agents.load(file, KINDS["round_robin"]()).turns == 2


async def test_a_conversation_in_which_nothing_happened_leaves_its_name_free(file: Path) -> None:
    begun(KINDS["round_robin"], file)
    with pytest.raises(SessionFileError, match="first line"):
        agents.load(file, KINDS["round_robin"]())
    session = begun(KINDS["round_robin"], file)
    await asyncio.gather(session.step())
    assert agents.load(file, KINDS["round_robin"]()).turns == 1


async def test_a_file_that_cannot_be_written_is_told_before_anybody_is_asked(tmp_path: Path) -> None:
    with pytest.raises(SessionFileError, match="cannot be written"):
        begun(KINDS["round_robin"], Path(__file__) / "antrag.session")
    with pytest.raises(SessionFileError, match="cannot be read"):
        agents.load(tmp_path / "none", KINDS["round_robin"]())
