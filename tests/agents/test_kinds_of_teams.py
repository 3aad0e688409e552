"""Every kind of team can be stepped, rewound, forked, broken off and repeated, and says what it would have said."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence

import pytest
from agents.teams import KINDS, Hashing, agent, alone, clients
from autogen_agentchat.agents import AssistantAgent, BaseChatAgent
from autogen_agentchat.base import Response, TaskResult
from autogen_agentchat.conditions import ExternalTermination
from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage, ModelClientStreamingChunkEvent, TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_agentchat.teams._group_chat._base_group_chat import BaseGroupChat
from autogen_core import CancellationToken
from autogen_core.memory import ListMemory, MemoryContent

from workbench import agents
from workbench.agents.autogen._holders import STATE, holders

TASK = "Prüfe den Antrag."
MOST = 40

Row = tuple[str, str, str]
Make = Callable[[], BaseGroupChat]
each_kind = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


def shown(session: agents.Session) -> list[Row]:
    events = session.events
    kept = events[~events["undone"]]
    return [(a, b, without_ids(c)) for a, b, c in kept[["source", "kind", "content"]].itertuples(index=False)]


def without_ids(text: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "id", text)


async def in_one_go(team: BaseGroupChat) -> tuple[list[BaseAgentEvent | BaseChatMessage], str | None]:
    """What AutoGen itself makes of a team."""
    came: list[BaseAgentEvent | BaseChatMessage] = []
    async for event in team.run_stream(task=TASK):
        if isinstance(event, TaskResult):
            return came, event.stop_reason
        if not isinstance(event, ModelClientStreamingChunkEvent):
            came.append(event)
    raise AssertionError("the team did not end")


async def stepped(session: agents.Session) -> agents.Session:
    while not session.finished and session.turns < MOST:
        await session.step()
    return session


def begun(make: Make) -> agents.Session:
    return agents.session(make(), TASK, approve="allow")


@each_kind
async def test_steps_say_what_autogen_says_in_one_go(make: Make) -> None:
    came, reason = await in_one_go(make())
    session = await stepped(begun(make))
    wanted = agents.autogen.as_frame([agents.autogen.Entry(0, event) for event in came])
    rows = [(a, b, without_ids(c)) for a, b, c in wanted[["source", "kind", "content"]].itertuples(index=False)]
    assert shown(session) == rows
    assert session.stop_reason == reason
    assert session.turns > 1


@each_kind
async def test_a_team_that_was_rewound_says_the_same_again(make: Make) -> None:
    session = await stepped(begun(make))
    wanted, reason = shown(session), session.stop_reason
    for turn in range(session.turns, -1, -1):
        await stepped(session.rewind(turn, tools="live"))
        assert shown(session) == wanted
        assert session.stop_reason == reason


@each_kind
async def test_a_branch_in_which_nothing_was_changed_asks_nobody(make: Make) -> None:
    session = await stepped(begun(make))
    wanted = shown(session)
    for turn in range(session.turns + 1):
        branch = await stepped(session.fork(at=turn))
        assert shown(branch) == wanted
        row = session.branches.iloc[-1]
        assert (row["asked"], row["note"]) == (0, "")
        assert row.isna()["differs_at"]
    assert shown(session) == wanted
    assert session.finished


@each_kind
@pytest.mark.parametrize("how", ["error", "cancel"])
async def test_a_turn_that_breaks_off_is_repeated_alike(make: Make, how: str) -> None:
    wanted = shown(await stepped(begun(make)))
    session = begun(make)
    asked = clients(session.team)
    broken = 0
    while not session.finished and session.turns < MOST:
        for one in asked:
            one.fails, one.seconds = how == "error", 0.1 if how == "cancel" else 0.0
        step = asyncio.ensure_future(session.step())
        if how == "cancel":
            await asyncio.sleep(0.02)
            step.cancel()
        try:
            await step
        except (RuntimeError, asyncio.CancelledError):
            broken += 1
        for one in asked:
            one.fails, one.seconds = False, 0.0
        if not session.finished:
            await session.step()
    assert shown(session) == wanted
    assert broken > 0


async def test_autogen_has_the_state_that_is_reached_for() -> None:
    """Every attribute is there in some team, so that another AutoGen would be noticed here."""
    more = RoundRobinGroupChat([agent("a", memory=[ListMemory()])], termination_condition=ExternalTermination())
    found = [one for team in [*(make() for make in KINDS.values()), more] for one in await holders(team)]
    for kind, names in STATE.items():
        having = [one for one in found if isinstance(one.owner, kind)]
        assert {name for one in having for name in one.names} >= set(names), kind


async def test_an_agent_alone_speaks_once_and_can_be_told_more() -> None:
    session = await agents.session(alone(), TASK).run()
    assert [source for source, _, _ in shown(session)] == ["user", "a"]
    await session.send("Kürzer, bitte.")
    await session.run()
    assert [source for source, _, _ in shown(session)] == ["user", "a", "user", "a"]
    assert session.finished


class Counting(BaseChatAgent):
    """An agent of somebody's own, that counts and saves nothing."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "counts")
        self.count = 0
        self.heard: list[str] = []

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return (TextMessage,)

    async def on_messages(self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken) -> Response:
        self.count += 1
        self.heard += [message.to_text() for message in messages]
        return Response(chat_message=TextMessage(content=f"{self.count} after {len(self.heard)}", source=self.name))

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        self.count = 0


async def test_an_agent_of_somebodys_own_is_taken_back_too() -> None:
    counting = Counting("counts")
    session = await agents.session(RoundRobinGroupChat([counting, agent("a")], max_turns=5), TASK).run()
    wanted = shown(session)
    assert [content for source, _, content in wanted if source == "counts"] == ["1 after 1", "2 after 2", "3 after 3"]
    for turn in range(4, -1, -1):
        await session.rewind(turn).run()
        assert shown(session) == wanted


class Remembering(Counting):
    """An agent that says itself what its state is."""

    async def save_state(self) -> dict[str, int]:
        return {"count": self.count}

    async def load_state(self, state: object) -> None:
        assert isinstance(state, dict)
        self.count = state["count"]


async def test_an_agent_that_saves_itself_is_asked_to() -> None:
    remembering = Remembering("counts")
    session = await agents.session(RoundRobinGroupChat([remembering, agent("a")], max_turns=3), TASK).run()
    await session.rewind(1).run()
    assert remembering.count == 2
    assert len(remembering.heard) == 3  # it does not save what it has heard, so that is not taken back


async def test_a_memory_is_taken_back() -> None:
    memory = ListMemory()
    clerk = agent("a", memory=[memory])
    session = agents.session(RoundRobinGroupChat([clerk], max_turns=3), TASK)
    await session.step()
    await memory.add(MemoryContent(content="Amt 7", mime_type="text/plain"))
    await session.step()
    session.rewind(1)
    await session.step()
    assert memory.content == []


async def test_teams_of_two_sessions_do_not_disturb_each_other() -> None:
    shared = Hashing()
    first, second = (agents.session(KINDS["round_robin"](), TASK) for _ in range(2))
    await asyncio.gather(first.run(), second.run())
    assert shown(first) == shown(second)
    assert shared.asked == 0


async def test_branches_of_one_session_can_be_run_at_once() -> None:
    session = await agents.session(KINDS["round_robin"](), TASK).run()
    branches = [session.fork(at=2, edit=f"Anders {number}") for number in range(3)]
    await asyncio.gather(*(branch.run() for branch in branches))
    for number, branch in enumerate(branches):
        alone_ = await session.fork(at=2, edit=f"Anders {number}", answers="live").run()
        assert shown(branch) == shown(alone_)


async def test_agents_inside_of_agents_are_named_as_people_name_them() -> None:
    roles = {
        "agent_tool": ["a", "b", "a/helper"],
        "team_tool": ["a", "b", "a/team/x", "a/team/y"],
        "society_of_mind": ["a", "mind", "mind/inner/x", "mind/inner/y"],
        "message_filter": ["a", "f/f"],
    }
    for kind, names in roles.items():
        session = agents.session(KINDS[kind](), "Prüfe.", approve="allow")
        while not session.finished:
            await session.step()
        assert list(session._play.shared.stage.roles) == names
        assert set(session.usage["agent"]) <= set(names)
    branch = session.fork(at=0, system={"f/f": "Kurz."})
    assert branch.branches.iloc[-1]["change"] == "f/f: another system message"


async def test_two_agents_of_one_name_inside_an_agent_are_told_apart() -> None:
    class Pair(AssistantAgent):
        def __init__(self) -> None:
            super().__init__("pair", Hashing())
            self._first, self._second = agent("x"), agent("x")

    session = agents.session(RoundRobinGroupChat([Pair()], max_turns=1), "Prüfe.")
    await session.run()
    assert list(session._play.shared.stage.roles) == ["pair", "pair/x", "pair/x_2"]
    assert session._play.shared.stage.roles["pair/x_2"] == "pair/x_2/"
