"""Arguments of tools that a model wrote: none makes an agent hang, and a faulty one can be mended by the model."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import FunctionCall
from autogen_core.models import AssistantMessage, CreateResult, RequestUsage, UserMessage
from autogen_core.tools import FunctionTool
from scripted_model import ScriptedEngine

from workbench import agents, errors
from workbench.agents._translate import as_messages
from workbench.connections import Model
from workbench.messages import Finish, Piece, Reply, Request, ToolCall, Usage

WITHIN_S = 60.0


class AskedEngine(ScriptedEngine):
    """A scripted engine that is asked for whole answers."""

    async def ask(self, request: Request) -> Reply:
        *_, last = [piece async for piece in self.stream(request)]
        assert last.reply is not None
        return last.reply


def answering(answer: Callable[[Request], Reply]) -> Model:
    async def script(request: Request) -> AsyncGenerator[Piece, None]:
        yield Piece(reply=answer(request))

    return Model("x/1", "x/1", AskedEngine("x", script, 1), 1)


def calling(arguments: str) -> Callable[[Request], Reply]:
    calls = (ToolCall("c1", "find_office", arguments),)
    return lambda request: Reply(text="", finish="tool_calls", tool_calls=calls, model="x/1")


def find_office(city: str = "", rooms: float = 0) -> str:
    return f"Am Markt 1, {city} {rooms}"


def clerk(model: Model) -> AssistantAgent:
    tool = FunctionTool(find_office, description="Find an office.")
    return AssistantAgent("clerk", agents.client(model), tools=[tool])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ('{"city":' * 100_000, "nested too deeply"),
        (f'{{"rooms": {"9" * 5000}}}', "a number that is too long"),
        ('{"rooms": NaN}', "it holds NaN"),
        ('{"rooms": -Infinity}', "it holds -Infinity"),
        ('{"rooms": 1e999}', "a number that is too large"),
        ('{"city": "Bonn", "city": "Ulm"}', "it names 'city' twice"),
    ],
    ids=range(7),
)
async def test_arguments_beyond_the_limits_end_the_turn_with_an_error(arguments: str, said: str) -> None:
    session = agents.session(RoundRobinGroupChat([clerk(answering(calling(arguments)))], max_turns=2), task="Wo?")
    with pytest.raises(errors.ToolCallError, match=said) as caught:
        await asyncio.wait_for(session.step(), WITHIN_S)
    assert caught.value.reply is not None
    assert caught.value.reply.tool_calls[0].arguments == arguments
    assert len(str(caught.value)) < 300
    streaming = agents.client(answering(calling(arguments))).create_stream([UserMessage(content="Wo?", source="user")])
    with pytest.raises(errors.ToolCallError, match=said):
        [part async for part in streaming]


async def test_faulty_arguments_are_asked_for_anew_under_the_schema_of_the_tool() -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Reply:
        asked.append(request)
        if request.options.schema is not None:
            text = '"find_office"' if "enum" in request.options.schema else '{"city": "Bonn", "rooms": 2}'
            return Reply(text=text, finish="stop", model="x/1", usage=Usage(5, 3))
        faulty = (ToolCall("c1", "find_office", '{"city": Bonn}'), ToolCall("c2", "find_office", '{"city": "Ulm"}'))
        calls = (*faulty, ToolCall("c3", "find_bureau", "{}"), ToolCall("c4", "find_office", '{"rooms": "two"}'))
        return Reply(text="", finish="tool_calls", tool_calls=calls, model="x/1", usage=Usage(9, 4))

    tool = FunctionTool(find_office, description="Find an office.")
    result = await agents.client(answering(answer)).create([UserMessage(content="Wo?", source="user")], tools=[tool])
    assert isinstance(result.content, list)
    assert [json.loads(call.arguments).get("city") for call in result.content] == ["Bonn", "Ulm", "Bonn", "Bonn"]
    assert {call.name for call in result.content} == {"find_office"}
    assert [call.id for call in result.content] == ["c1", "c2", "c3", "c4"]
    assert len(asked) == 4  # one tool only: there was nothing to choose
    assert result.usage == RequestUsage(9 + 3 * 5, 4 + 3 * 3)


async def test_a_call_that_had_to_be_made_and_was_not_is_imposed() -> None:
    def answer(request: Request) -> Reply:
        text = '{"city": "Bonn"}' if request.options.schema is not None else "In Bonn."
        return Reply(text=text, finish="stop", model="x/1", reasoning="Hm.")

    tool = FunctionTool(find_office, description="Find an office.")
    history = [UserMessage(content="Wo?", source="user")]
    stream = agents.client(answering(answer)).create_stream(history, tools=[tool], tool_choice="required")
    parts = [part async for part in stream]
    assert len(parts) == 1
    assert isinstance(parts[0], CreateResult)
    assert isinstance(parts[0].content, list)
    assert parts[0].content[0].arguments == '{"city": "Bonn"}'
    assert parts[0].thought == "Hm.\nHm."


@pytest.mark.parametrize("finish", ["length", "stop"])
async def test_arguments_that_stay_faulty_are_an_error_and_no_call(finish: Finish) -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Reply:
        asked.append(request)
        return Reply(text='{"city": 5', finish="stop" if request.options.tools else finish, model="x/1")

    tool = FunctionTool(find_office, description="Find an office.")
    engine = answering(answer)
    with pytest.raises(errors.ToolCallError, match="no arguments of 'find_office' came") as caught:
        await agents.client(engine).create(
            [UserMessage(content="Wo?", source="user")], tools=[tool], tool_choice="required"
        )
    assert caught.value.reply is not None
    native, first, second = asked
    assert native.options.tools
    said = [message.content for message in second.messages[len(first.messages) :]]
    assert said == ([] if finish == "length" else ['{"city": 5', "These arguments are not valid. Write them again."])


def test_a_conversation_with_unreadable_arguments_can_be_sent_again() -> None:
    made = FunctionCall(id="1", name="find_office", arguments='{"city": Bonn}')
    (message,) = as_messages([AssistantMessage(content=[made], source="clerk")])
    assert json.loads(message.tool_calls[0].arguments) == {"unreadable": '{"city": Bonn}'}


async def test_an_agent_that_says_nothing_leaves_no_turn_to_answer() -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Reply:
        asked.append(request)
        return Reply(text="", finish="stop", model="x/1")

    both = [AssistantAgent(name, agents.client(answering(answer))) for name in ("clerk", "reviewer")]
    await agents.session(RoundRobinGroupChat(list(both), max_turns=2), task="Wo?").run()
    assert [message.content for message in asked[1].messages if message.role == "user"] == ["Wo?"]


async def test_faulty_arguments_are_shown_as_they_were_written() -> None:
    from autogen_agentchat.messages import ToolCallRequestEvent

    from workbench.agents.autogen import Entry, as_frame

    for written in ("[" * 50_000, '{"rooms": NaN}', "Bonn"):
        call = FunctionCall(id="1", name="now", arguments=written)
        frame = as_frame([Entry(1, ToolCallRequestEvent(content=[call], source="clerk"))])
        assert frame.loc[0, "content"] == f"now({written})"


async def test_a_tool_whose_schema_refers_to_the_outside_is_refused_before_asking() -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Reply:
        asked.append(request)
        return Reply(text="Ja", finish="stop", model="x/1")

    outside = {"name": "now", "description": "The time.", "parameters": {"$ref": "http://127.0.0.1:9/"}}
    history = [UserMessage(content="Wie spät?", source="user")]
    with pytest.raises(errors.UsageError, match="the schema of tool 'now' refers to"):
        await agents.client(answering(answer)).create(history, tools=[outside])  # type: ignore[list-item]
    assert not asked
