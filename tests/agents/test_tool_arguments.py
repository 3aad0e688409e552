"""Arguments of tools that a model wrote: none makes an agent hang, and a faulty one can be mended by the model."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core.models import UserMessage
from autogen_core.tools import FunctionTool
from scripted_model import ScriptedEngine

from workbench import agents, errors
from workbench.agents._imposed_tools import cut_answer, impose
from workbench.connections import Model
from workbench.messages import Message, Piece, Reply, Request, Tool, ToolCall

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


async def test_a_model_is_told_of_arguments_that_are_no_json_and_asked_again() -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Reply:
        asked.append(request)
        if len(asked) == 1:
            return calling('{"city": Bonn}')(request)
        return Reply(text="Am Markt 1", finish="stop", model="x/1")

    team = RoundRobinGroupChat([clerk(answering(answer))], max_turns=2)
    session = await agents.session(team, task="Wo?").run()
    assert "Error: Expecting value" in " ".join(session.events["content"])
    *_, called, result = asked[1].messages[:4]
    assert json.loads(called.tool_calls[0].arguments) == {"unreadable": '{"city": Bonn}'}
    assert result.tool_call_id == called.tool_calls[0].id


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
    from autogen_core import FunctionCall

    from workbench.agents.autogen import Entry, as_frame

    for written in ("[" * 50_000, '{"rooms": NaN}', "Bonn"):
        call = FunctionCall(id="1", name="now", arguments=written)
        frame = as_frame([Entry(1, ToolCallRequestEvent(content=[call], source="clerk"))])
        assert frame.loc[0, "content"] == f"now({written})"


@pytest.mark.parametrize("text", ["Das ist", "[" * 50_000, '{"answer": NaN', "", "}"])
def test_a_cut_answer_that_is_no_json_is_none(text: str) -> None:
    assert cut_answer(Reply(text=text, finish="length")) is None


def test_imposed_tools_take_their_definitions_along() -> None:
    city = {"definitions": {"city": {"type": "string"}}, "properties": {"city": {"$ref": "#/definitions/city"}}}
    tree = {"type": "object", "properties": {"inner": {"$ref": "#"}, "other": {"$ref": "#/properties/inner"}}}
    tools = [Tool("find", "Find.", city), Tool("nest", "Nest.", tree)]
    model = answering(calling("{}"))
    imposed = impose([Message("user", "Wo?")], tools)
    schema = model.using(schema=imposed.schema).schema
    assert schema == imposed.schema
    from workbench.connections import first_fault

    assert first_fault(imposed.schema, {"tool": "find", "arguments": {"city": "Bonn"}}) is None
    assert first_fault(imposed.schema, {"tool": "find", "arguments": {"city": 5}}) is not None
    assert first_fault(imposed.schema, {"tool": "nest", "arguments": {"inner": {"other": {}}}}) is None
    assert first_fault(imposed.schema, {"tool": "nest", "arguments": {"inner": {"other": 5}}}) is not None


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
