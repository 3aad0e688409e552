"""Tools through the client, on every engine: each call is valid by its tool's schema, whoever makes it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal

import pytest
from agents.conftest import STOPPED_WITHIN_S, until_busy
from autogen_agentchat.agents import AssistantAgent
from autogen_core import CancellationToken, FunctionCall
from autogen_core.models import (
    AssistantMessage,
    CreateResult,
    FunctionExecutionResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    SystemMessage,
    UserMessage,
)
from autogen_core.tools import FunctionTool
from conftest import Server
from embedded_slots import is_idle
from pydantic import BaseModel

from workbench import agents, errors
from workbench.connections import Model, connect, first_fault, model, tools_seen, wait
from workbench.connections.asking import _records


def find_office(city: Literal["Bonn", "Ulm"]) -> str:
    return f"Rathausplatz 1, {city}"


def opening_hours(day: Literal["Montag", "Dienstag"]) -> str:
    return "8 bis 12 Uhr"


class Person(BaseModel):
    name: str
    age: int


def register(
    person: Person,
    day: date,
    fee: float,
    urgent: bool,
    rooms: list[int],
    office: Literal["tax", "registry"],
    remark: str | None = None,
) -> str:
    return "ok"


TOOLS = [
    FunctionTool(find_office, description="Find the citizens' office of a city."),
    FunctionTool(opening_hours, description="Opening hours on a day."),
]
REGISTER = FunctionTool(register, description="Register a person in an office on a day.")
QUESTION: list[LLMMessage] = [
    SystemMessage(content="You help citizens."),
    UserMessage(content="Where is the office of Bonn?", source="user"),
]
STORY: list[LLMMessage] = [UserMessage(content="Tell a very long story.", source="user")]


class Office(BaseModel):
    city: Literal["Bonn", "Ulm"]
    floor: int


def calls_of(result: CreateResult) -> Sequence[FunctionCall]:
    assert isinstance(result.content, list)
    assert result.finish_reason == "function_calls"
    return result.content


def check(call: FunctionCall, *tools: FunctionTool) -> None:
    tool = next(tool for tool in tools if tool.name == call.name)
    arguments = json.loads(call.arguments)
    assert first_fault(tool.schema["parameters"], arguments) is None  # type: ignore[typeddict-item]
    tool.args_type().model_validate(arguments)


async def drained(stream: AsyncIterator[str | CreateResult]) -> list[str | CreateResult]:
    return [part async for part in stream]


async def test_a_tool_is_called_by_name_by_force_or_not_at_all_on_every_engine(each: Model) -> None:
    client = agents.client(each, temperature=0, max_tokens=60)
    (named,) = calls_of(await client.create(QUESTION, tools=TOOLS, tool_choice=TOOLS[1]))
    assert named.name == "opening_hours"
    (forced,) = calls_of(await client.create(QUESTION, tools=TOOLS, tool_choice="required"))
    for call in (named, forced):
        check(call, *TOOLS)
    assert named.id != forced.id
    answered = await client.create(QUESTION, tools=TOOLS, tool_choice="none")
    assert isinstance(answered.content, str)
    assert not answered.content.startswith("{")
    free = await client.create(QUESTION, tools=TOOLS)
    if not isinstance(free.content, str):
        check(calls_of(free)[0], *TOOLS)


async def test_arguments_of_all_types_are_valid_on_every_engine(each: Model) -> None:
    task = "Register Eva Braun (34) in the tax office on 2027-05-14, rooms 3 and 4, fee 12.5, it is urgent."
    client = agents.client(each, temperature=0, max_tokens=160)
    asked = [UserMessage(content=task, source="user")]
    (call,) = calls_of(await client.create(asked, tools=[REGISTER], tool_choice="required"))
    check(call, REGISTER)


async def test_the_tokens_of_both_steps_are_counted_in_a_stream_too(each: Model) -> None:
    client = agents.client(each, temperature=0, max_tokens=60)
    *texts, last = await drained(client.create_stream(QUESTION, tools=TOOLS, tool_choice="required"))
    assert isinstance(last, CreateResult)
    check(calls_of(last)[0], *TOOLS)
    assert texts == []
    alone = await client.create(QUESTION, tools=TOOLS, tool_choice=TOOLS[0])
    assert last.usage.prompt_tokens > alone.usage.prompt_tokens + 40
    assert last.usage.completion_tokens > 4
    assert client.total_usage().prompt_tokens == last.usage.prompt_tokens + alone.usage.prompt_tokens


async def test_a_template_that_drops_the_tools_is_found_once(on_vllm: Model) -> None:
    assert await tools_seen(on_vllm) is False
    client = agents.client(on_vllm, temperature=0, max_tokens=60)
    (call,) = calls_of(await client.create(QUESTION, tools=TOOLS, tool_choice="required"))
    check(call, *TOOLS)
    assert _records.tools_seen_before(on_vllm.engine, on_vllm.name.partition("/")[2]) == (False,)


async def test_a_template_that_shows_the_tools_is_asked_natively(each_ollama: Server) -> None:
    connect("ollama", each_ollama.url, kind="ollama")
    assert await tools_seen(model("ollama/smollm2-tools")) is True
    client = agents.client("ollama/smollm2-tools", temperature=0, max_tokens=8)
    without = await client.create(QUESTION)
    offered = await client.create(QUESTION, tools=TOOLS)
    assert offered.usage.prompt_tokens > without.usage.prompt_tokens + 50
    # Ollama has no word for a call that must be made.
    roomy = agents.client("ollama/smollm2-tools", temperature=0, max_tokens=60)
    (call,) = calls_of(await roomy.create(QUESTION, tools=TOOLS, tool_choice=TOOLS[1]))
    check(call, TOOLS[1])


@pytest.fixture
def native(on_vllm: Model) -> Model:
    """A vLLM as if its template showed the tools: it holds forced calls to their schemas all the same."""
    known = replace(wait(on_vllm.capabilities()), tools=True, tools_seen=True, forced_tools=True)
    _records.remember(on_vllm.engine, on_vllm.name.partition("/")[2], known)
    return on_vllm


async def test_native_calls_are_valid_and_each_has_an_id_of_its_own(native: Model) -> None:
    client = agents.client(native, temperature=0, max_tokens=100)
    calls = calls_of(await client.create(QUESTION, tools=TOOLS, tool_choice="required"))
    for call in calls:
        check(call, *TOOLS)
    assert len({call.id for call in calls}) == len(calls)
    (named,) = calls_of(await client.create(QUESTION, tools=TOOLS, tool_choice=TOOLS[1], json_output=Office))
    check(named, TOOLS[1])


async def test_a_native_call_that_was_cut_is_an_error(native: Model) -> None:
    client = agents.client(native, temperature=0, max_tokens=3)
    with pytest.raises(errors.SchemaError, match="raise max_tokens"):
        await client.create(QUESTION, tools=TOOLS, tool_choice="required")
    with pytest.raises(errors.SchemaError, match="raise max_tokens"):
        await drained(client.create_stream(QUESTION, tools=TOOLS, tool_choice="required"))


async def test_results_of_tools_go_back_on_every_engine(each: Model) -> None:
    client = agents.client(each, temperature=0, max_tokens=60)
    assert (await client.create(with_results(), tools=TOOLS)).usage.prompt_tokens > 100
    assert isinstance((await client.create(with_results())).content, str)


async def test_results_of_native_tools_go_back(each_ollama: Server) -> None:
    connect("ollama", each_ollama.url, kind="ollama")
    client = agents.client("ollama/smollm2-tools", temperature=0, max_tokens=60)
    assert (await client.create(with_results(), tools=TOOLS)).usage.prompt_tokens > 100


def with_results() -> list[LLMMessage]:
    made = [
        FunctionCall(id="1", name="find_office", arguments='{"city": "Bonn"}'),
        FunctionCall(id="2", name="opening_hours", arguments='{"day": "Montag"}'),
    ]
    results = [
        FunctionExecutionResult(content="Rathausplatz 1", name="find_office", call_id="1"),
        FunctionExecutionResult(content="8 bis 12 Uhr", name="opening_hours", call_id="2"),
    ]
    return [
        *QUESTION,
        AssistantMessage(content=made, source="clerk", thought="I look it up."),
        FunctionExecutionResultMessage(content=results),
    ]


async def test_a_schema_for_the_answer_leaves_the_tools_their_own(each: Model) -> None:
    client = agents.client(each, temperature=0, max_tokens=80)
    for choice in ("auto", "required"):
        result = await client.create(QUESTION, tools=TOOLS, json_output=Office, tool_choice=choice)  # type: ignore[arg-type]
        if isinstance(result.content, str):
            assert choice == "auto"
            assert Office.model_validate_json(result.content)
        else:
            check(result.content[0], *TOOLS)


class Visit(BaseModel):
    office: Office
    before: "Visit | None" = None


async def test_definitions_within_a_tool_are_found_though_they_lead_back(each: Model) -> None:
    tool = {"name": "plan_visit", "description": "Plan a visit.", "parameters": Visit.model_json_schema()}
    client = agents.client(each, temperature=0, max_tokens=200)
    called = calls_of(await client.create(QUESTION, tools=[tool], tool_choice="required"))  # type: ignore[list-item]
    assert Visit.model_validate_json(called[0].arguments)


async def test_an_answer_beside_imposed_tools_streams_and_may_be_cut(embedded: Model) -> None:
    client = agents.client(embedded, temperature=0, max_tokens=20)
    asked = [UserMessage(content="Answer in words, without any tool.", source="user")]
    *texts, last = await drained(client.create_stream(asked, tools=TOOLS))
    assert isinstance(last, CreateResult)
    assert last.finish_reason == "length"
    assert "".join(map(str, texts)) == last.content
    assert len(texts) > 3
    assert last.usage.completion_tokens > 20
    assert (await client.create(asked, tools=TOOLS)).content == last.content


async def test_a_cut_call_is_an_error(each: Model) -> None:
    client = agents.client(each, temperature=0, max_tokens=3)
    with pytest.raises(errors.ToolCallError, match="raise max_tokens"):
        await client.create(QUESTION, tools=TOOLS, tool_choice="required")


async def test_stop_texts_and_the_system_message_of_the_client_do_not_spoil_a_call(embedded: Model) -> None:
    client = agents.client(embedded, temperature=0, max_tokens=60, stop=["o"], system="You help citizens.")
    (call,) = calls_of(await client.create(QUESTION[1:], tools=TOOLS, tool_choice="required"))
    check(call, *TOOLS)
    plain = agents.client(embedded, temperature=0, max_tokens=60)
    (same,) = calls_of(await plain.create(QUESTION, tools=TOOLS, tool_choice="required"))
    assert (call.name, call.arguments) == (same.name, same.arguments)


async def test_an_agent_calls_a_tool_that_is_imposed(each: Model) -> None:
    client = agents.client(each, temperature=0, max_tokens=40)
    clerk = AssistantAgent("clerk", client, tools=TOOLS[:1], reflect_on_tool_use=True)
    result = await clerk.run(task="Find the citizens' office of Ulm.")
    kinds = [type(message).__name__ for message in result.messages]
    assert kinds == ["TextMessage", "ToolCallRequestEvent", "ToolCallExecutionEvent", "TextMessage"]


async def test_a_token_stops_the_server_while_arguments_are_written(embedded: Model) -> None:
    def write(letter: str) -> str:
        return letter

    tool = FunctionTool(write, description="Write a very long letter.")
    client, token = agents.client(embedded, temperature=1.5, seed=1), CancellationToken()
    calling = client.create(STORY, tools=[tool], tool_choice="required", cancellation_token=token)
    working = asyncio.create_task(calling)
    await until_busy()
    token.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert await is_idle(STOPPED_WITHIN_S)


@pytest.mark.parametrize("way", ["cancelled", "closed"])
async def test_an_answer_after_the_choice_stops_with_its_stream(embedded: Model, way: str) -> None:
    token = CancellationToken()
    client = agents.client(embedded, temperature=0, max_tokens=3000)
    asked = [UserMessage(content="Answer in words, without any tool.", source="user")]
    stream = client.create_stream(asked, tools=TOOLS, cancellation_token=token)
    assert await anext(stream)
    if way == "closed":
        await stream.aclose()
    else:
        token.cancel()
        with pytest.raises(asyncio.CancelledError):
            await drained(stream)
    assert await is_idle(STOPPED_WITHIN_S)


async def test_a_client_may_say_that_tools_are_to_be_called(embedded: Model) -> None:
    def weather(city: str) -> str:
        return city

    tool = FunctionTool(weather, "Tell the weather of a city.")
    forced = agents.client(embedded, tool_choice="required", temperature=0, max_tokens=40)
    greeting = [UserMessage(content="Hello!", source="user")]
    result = await forced.create(greeting, tools=[tool])
    assert [call.name for call in result.content] == ["weather"]
    assert isinstance((await forced.create(greeting)).content, str)
    assert agents.ModelClient.load_component(forced.dump_component()).tool_choice == "required"
    with pytest.raises(errors.UsageError, match="tool_choice="):
        agents.client(embedded, tool_choice="always")
