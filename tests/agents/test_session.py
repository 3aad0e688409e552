import asyncio
import logging
import traceback
from collections.abc import Sequence
from typing import Any

import pytest
from agents.conftest import STOPPED_WITHIN_S, MakeTeam, until_busy
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import TerminationCondition
from autogen_agentchat.conditions import MaxMessageTermination, TextMentionTermination
from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage, TextMessage, ToolCallExecutionEvent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import SingleThreadedAgentRuntime
from embedded_slots import is_idle
from engine_requests import SECRET
from faulty import faulty_server

from workbench import agents, errors
from workbench.connections import Model, connect, model
from workbench.model_info import Capabilities

TASK = "Schreibe der Bürgerin, dass ihr Ausweis abgeholt werden kann."


# Two tokens an answer: a prompt that is partly in the server's cache is computed in other portions, and so, once in
# a while, a near tie between two tokens ends otherwise. The prompt's tokens tell that the whole history is the same.
Row = tuple[str, str, str, int]


def spoken(messages: Sequence[BaseAgentEvent | BaseChatMessage]) -> list[Row]:
    return [
        (
            message.source,
            type(message).__name__,
            message.to_text(),
            message.models_usage.prompt_tokens if message.models_usage else 0,
        )
        for message in messages
    ]


def shown(session: agents.Session) -> list[Row]:
    rows = session.events.fillna({"prompt_tokens": 0})[["source", "kind", "content", "prompt_tokens"]]
    return list(rows.itertuples(index=False, name=None))


async def test_two_agents_take_turns_on_every_engine(each: Model, make_team: MakeTeam) -> None:
    session = await agents.session(make_team(each, MaxMessageTermination(4)), TASK).run()
    events = session.events
    assert list(events["source"]) == ["user", "clerk", "reviewer", "clerk"]
    assert list(events["turn"]) == [0, 1, 2, 3]
    assert list(events["kind"]) == ["TextMessage"] * 4
    assert events.loc[0, "content"] == TASK
    assert events["time"].is_monotonic_increasing
    assert list(events["completion_tokens"].isna()) == [True, False, False, False]
    assert (events["completion_tokens"][1:] == 8).all()
    assert (events["prompt_tokens"][1:] > 8).all()
    assert session.finished
    assert "Maximum number of messages 4" in str(session.stop_reason)


async def test_steps_and_a_run_say_what_autogen_says(embedded: Model, make_team: MakeTeam) -> None:
    plain = await make_team(embedded, MaxMessageTermination(5), tokens=2).run(task=TASK)
    whole = await agents.session(make_team(embedded, MaxMessageTermination(5), tokens=2), TASK).run()
    stepped = agents.session(make_team(embedded, MaxMessageTermination(5), tokens=2), TASK)
    first = await stepped.step()
    assert list(first["source"]) == ["user", "clerk"]
    second = await stepped.step()
    assert list(second["source"]) == ["reviewer"]
    while not stepped.finished:
        assert len(await stepped.step()) == 1
    assert shown(stepped) == shown(whole) == spoken(plain.messages)
    assert stepped.stop_reason == whole.stop_reason == plain.stop_reason


@pytest.mark.parametrize(
    ("condition", "max_turns", "turns"),
    [
        (None, 3, 3),
        (MaxMessageTermination(3), None, 2),
        (MaxMessageTermination(3), 9, 2),
        (MaxMessageTermination(9), 3, 3),
        (MaxMessageTermination(3) | TextMentionTermination("nie und nimmer"), None, 2),
        (TextMentionTermination("Bürgerin"), None, 0),
    ],
)
async def test_the_teams_own_end_holds_over_steps(
    embedded: Model, make_team: MakeTeam, condition: TerminationCondition | None, max_turns: int | None, turns: int
) -> None:
    team = make_team(embedded, condition, max_turns, tokens=1)
    session = agents.session(team, TASK)
    while not session.finished:
        await session.step()
    assert session.turns == turns
    if condition is not None:
        assert not condition.terminated
    plain = await make_team(embedded, condition, max_turns, tokens=1).run(task=TASK)
    assert session.stop_reason == plain.stop_reason
    assert shown(session) == spoken(plain.messages)
    with pytest.raises(errors.UsageError, match="has ended"):
        await session.step()
    assert await session.run() is session


async def test_the_team_is_the_users_own_afterwards(embedded: Model, make_team: MakeTeam) -> None:
    team = make_team(embedded, MaxMessageTermination(3), tokens=2)
    await agents.session(team, TASK).run()
    result = await team.run(task="Noch einmal.")
    assert [message.source for message in result.messages] == ["user", "clerk", "reviewer"]
    again = await agents.session(team, "Und noch einmal.").run()
    assert list(again.events["source"]) == ["user", "clerk", "reviewer"]
    assert list(again.events["turn"]) == [0, 1, 2]


async def test_nothing_would_end_this_team(embedded: Model, make_team: MakeTeam) -> None:
    session = agents.session(make_team(embedded, tokens=1), TASK)
    with pytest.raises(errors.UsageError, match="nothing would end this team"):
        await session.run()
    assert len(await session.step()) == 2


async def test_a_tool_is_seen_in_the_events(embedded: Model) -> None:
    def find_office(city: str) -> str:
        """Find an office."""
        return "Rathausplatz 1"

    client = agents.client(embedded, temperature=0, max_tokens=100)
    clerk = AssistantAgent("clerk", client, tools=[find_office], system_message="Call find_office.")
    session = await agents.session(
        RoundRobinGroupChat([clerk], max_turns=1), "Call find_office for Bonn.", approve="allow"
    ).run()
    kinds = list(session.events["kind"])
    assert kinds[0] == "TextMessage"
    if len(kinds) > 2:  # the model decides whether it calls
        assert kinds[1:] == ["ToolCallRequestEvent", "ToolCallExecutionEvent", "ToolCallSummaryMessage"]
        assert session.events.loc[1, "content"].startswith("find_office(city=")
        assert session.events.loc[2, "content"] == "find_office: Rathausplatz 1"


async def test_a_failing_server_is_told_by_its_class_and_the_turn_repeated(
    embedded: Model, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("FAULTY_KEY", SECRET)
    working = agents.client(embedded, temperature=0, max_tokens=3)
    with faulty_server() as faulty:
        connect("faulty", f"{faulty.address}/v1", key="env:FAULTY_KEY")
        failing = agents.client("faulty/echo-key")
        failing._capabilities = Capabilities()  # this server lists no models
        reviewer = AssistantAgent("reviewer", failing)
        team = RoundRobinGroupChat([AssistantAgent("clerk", working), reviewer], max_turns=3)
        session = agents.session(team, TASK)
        with pytest.raises(errors.RequestRefusedError) as caught:
            await session.run()
    assert caught.value.__notes__ == ["Turn 2 was taken back; those before it are kept. The next step repeats it."]
    told = "".join([*traceback.format_exception(caught.value), repr(caught.value), caplog.text])
    assert "RequestRefusedError" in told
    assert SECRET not in told
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert list(session.events["source"]) == ["user", "clerk"]
    reviewer._model_client = working  # the server is mended
    await session.run()
    assert list(session.events["source"]) == ["user", "clerk", "reviewer", "clerk"]
    assert session.stop_reason == "Maximum number of turns 3 reached."
    # The turn that was taken back left nothing behind: the reviewer has read each message once.
    read = [message.content for message in await reviewer.model_context.get_messages()]
    assert read == [TASK, *session.events["content"][1:3]]


async def test_a_server_that_is_gone_is_told_by_its_class(make_team: MakeTeam) -> None:
    connect("gone", "http://127.0.0.1:9/v1")
    session = agents.session(make_team(model("gone/any"), max_turns=2), TASK)
    for _ in range(2):
        with pytest.raises(errors.UnreachableError, match="no server answers"):
            await session.step()
    assert list(session.events["source"]) == ["user"]
    assert session.turns == 0


class Careless(AssistantAgent):
    """An agent with a mistake of its own, after it has called a tool."""

    async def on_messages_stream(self, messages: Any, cancellation_token: Any) -> Any:
        yield ToolCallExecutionEvent(content=[], source=self.name)
        raise KeyError("forgotten")


async def test_a_turn_that_broke_off_is_marked_in_the_events(embedded: Model) -> None:
    clerk = Careless("clerk", agents.client(embedded))
    session = agents.session(RoundRobinGroupChat([clerk], max_turns=1), TASK)
    with pytest.raises(RuntimeError, match="KeyError: 'forgotten'"):
        await session.step()
    assert list(session.events["undone"]) == [False, True]
    assert list(session.events["turn"]) == [0, 1]


async def test_a_cancelled_turn_stops_the_server_and_is_repeated(
    embedded: Model, make_team: MakeTeam, caplog: pytest.LogCaptureFixture
) -> None:
    team = make_team(embedded, max_turns=3, tokens=3000)
    session = agents.session(team, "Tell a very long story.")
    stepping = asyncio.create_task(session.step())
    await until_busy()
    stepping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stepping
    assert await is_idle(STOPPED_WITHIN_S)
    assert caplog.text == ""
    assert list(session.events["source"]) == ["user"]
    assert not session.finished
    short = agents.client(embedded, temperature=0, max_tokens=3)
    for member in team._participants:
        member._model_client = short  # type: ignore[union-attr]
    await session.run()
    assert list(session.events["source"]) == ["user", "clerk", "reviewer", "clerk"]


async def test_one_turn_at_a_time(embedded: Model, make_team: MakeTeam) -> None:
    session = agents.session(make_team(embedded, max_turns=1), TASK)
    stepping = asyncio.create_task(session.step())
    await asyncio.sleep(0)
    with pytest.raises(errors.UsageError, match="a turn is being taken already"):
        await session.step()
    assert len(await stepping) == 2


async def test_a_running_team_takes_no_step(embedded: Model, make_team: MakeTeam) -> None:
    team = make_team(embedded, max_turns=1)
    running = asyncio.create_task(team.run(task=TASK))
    await asyncio.sleep(0)
    with pytest.raises(errors.UsageError, match="running already"):
        await agents.session(team, TASK).step()
    assert len((await running).messages) == 2


def test_a_team_on_a_runtime_of_its_own_is_refused(embedded: Model) -> None:
    clerk = AssistantAgent("clerk", model_client=agents.client(embedded))
    own = RoundRobinGroupChat([clerk], runtime=SingleThreadedAgentRuntime())
    with pytest.raises(errors.UnsupportedError, match="runtime"):
        agents.session(own, TASK)


@pytest.mark.parametrize("task", ["", " ", []])
def test_an_empty_task_is_refused(embedded: Model, make_team: MakeTeam, task: str) -> None:
    with pytest.raises(errors.PromptError):
        agents.session(make_team(embedded), task)


async def test_a_task_can_be_messages(embedded: Model, make_team: MakeTeam) -> None:
    task = [TextMessage(content="Guten Tag.", source="citizen"), TextMessage(content=TASK, source="head")]
    session = await agents.session(make_team(embedded, max_turns=1), task).run()
    assert list(session.events["source"]) == ["citizen", "head", "clerk"]
    assert list(session.events["turn"]) == [0, 0, 1]


def test_a_session_shows_where_it_is(embedded: Model, make_team: MakeTeam) -> None:
    session = agents.session(make_team(embedded), TASK)
    assert repr(session) == "Session of clerk, reviewer: 0 turns, 0 events, goes on"
    assert session.events.empty
    assert list(session.events.columns)[:5] == ["turn", "time", "source", "kind", "content"]
