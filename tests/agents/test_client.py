import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Sequence
from typing import Literal

import pytest
from agents.conftest import STOPPED_WITHIN_S, until_busy
from autogen_agentchat.agents import AssistantAgent
from autogen_core import CancellationToken, FunctionCall, Image
from autogen_core.models import (
    AssistantMessage,
    ChatCompletionClient,
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
from workbench.connections import Model, connect, model, wait


def find_office(city: Literal["Bonn", "Ulm"]) -> str:
    return f"Rathausplatz 1, {city}"


def opening_hours(day: Literal["Montag", "Dienstag"]) -> str:
    return "8 bis 12 Uhr"


TOOLS = [
    FunctionTool(find_office, description="Find the citizens' office of a city."),
    FunctionTool(opening_hours, description="Opening hours on a day."),
]
QUESTION: list[LLMMessage] = [
    SystemMessage(content="You help citizens."),
    UserMessage(content="Where is the office of Bonn?", source="user"),
]
STORY: list[LLMMessage] = [UserMessage(content="Tell a very long story.", source="user")]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Office(BaseModel):
    city: Literal["Bonn", "Ulm"]
    floor: int


def calls_of(result: CreateResult) -> Sequence[FunctionCall]:
    assert isinstance(result.content, list)
    assert result.finish_reason == "function_calls"
    return result.content


async def test_create_answers_and_counts_on_every_engine(each: Model) -> None:
    client = agents.client(each, temperature=0, max_tokens=8)
    result = await client.create(QUESTION)
    assert isinstance(result.content, str)
    assert result.content
    assert result.finish_reason == "length"
    assert result.usage.completion_tokens == 8
    assert result.usage.prompt_tokens > 8
    await client.create(QUESTION)
    assert client.total_usage().completion_tokens == client.actual_usage().completion_tokens == 16


async def test_create_stream_ends_with_the_same_result_on_every_engine(each: Model) -> None:
    client = agents.client(each, temperature=0, max_tokens=8)
    *texts, last = await drained(client.create_stream(QUESTION))
    assert isinstance(last, CreateResult)
    assert len(texts) > 1
    assert "".join(map(str, texts)) == last.content
    assert last.usage.completion_tokens == 8
    assert client.total_usage() == last.usage


async def test_the_server_counts_what_was_estimated(each: Model) -> None:
    client = agents.client(each, temperature=0, max_tokens=1)
    before = client.count_tokens(QUESTION)
    assert before == -(-sum(len(str(message.content)) for message in QUESTION) // 3)
    counted = (await client.create(QUESTION)).usage.prompt_tokens
    assert client.count_tokens(QUESTION) == counted
    assert client.remaining_tokens(QUESTION) == wait(each.capabilities()).context - counted  # type: ignore[operator]


def test_model_info_comes_from_the_engine(each: Model) -> None:
    assert dict(agents.client(each).model_info) == {
        "vision": False,
        "function_calling": True,
        "json_output": True,
        "structured_output": True,
        "family": "unknown",
    }


async def test_a_required_tool_is_called_natively(on_vllm: Model) -> None:
    client = agents.client(on_vllm, temperature=0, max_tokens=100)
    calls = calls_of(await client.create(QUESTION, tools=TOOLS, tool_choice=TOOLS[1]))
    assert [call.name for call in calls] == ["opening_hours"]
    assert json.loads(calls[0].arguments)["day"] in ("Montag", "Dienstag")
    calls = calls_of(await client.create(QUESTION, tools=TOOLS, tool_choice="required"))
    assert {call.name for call in calls} <= {"find_office", "opening_hours"}
    assert len({call.id for call in calls}) == len(calls)


async def test_results_of_native_tools_go_back(on_vllm: Model, each_ollama: Server) -> None:
    connect("ollama", each_ollama.url, kind="ollama")
    for asked in (on_vllm, model("ollama/smollm2-tools")):
        client = agents.client(asked, temperature=0, max_tokens=8)
        assert (await client.create(with_results(), tools=TOOLS)).usage.prompt_tokens > 20


async def test_ollama_is_sent_the_tools(each_ollama: Server) -> None:
    connect("ollama", each_ollama.url, kind="ollama")
    client = agents.client("ollama/smollm2-tools", temperature=0, max_tokens=8)
    without = await client.create(QUESTION)
    offered = await client.create(QUESTION, tools=TOOLS)
    assert offered.usage.prompt_tokens > without.usage.prompt_tokens + 50
    with pytest.raises(errors.UnsupportedError, match="tool_choice"):
        await client.create(QUESTION, tools=TOOLS, tool_choice="required")


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


@pytest.fixture(params=["embedded", "on_ollama"])
def without_tools(request: pytest.FixtureRequest) -> Model:
    """A model that has no native tool calls, as its server says."""
    found: Model = request.getfixturevalue(request.param)
    assert wait(found.capabilities()).tools is False
    return found


async def test_tools_are_imposed_where_a_model_has_none(without_tools: Model) -> None:
    client = agents.client(without_tools, temperature=0, max_tokens=120)
    called = calls_of(await client.create(QUESTION, tools=TOOLS, tool_choice=TOOLS[0]))
    assert [call.name for call in called] == ["find_office"]
    assert json.loads(called[0].arguments)["city"] in ("Bonn", "Ulm")
    called = calls_of(await client.create(QUESTION, tools=TOOLS, tool_choice="required"))
    assert called[0].name in ("find_office", "opening_hours")
    answered = await client.create(QUESTION, tools=TOOLS, tool_choice="none")
    assert isinstance(answered.content, str)
    assert not answered.content.startswith("{")


async def test_imposed_tools_and_a_schema_go_together(embedded: Model) -> None:
    client = agents.client(embedded, temperature=0, max_tokens=120)
    result = await client.create(QUESTION, tools=TOOLS, json_output=Office)
    if isinstance(result.content, str):
        assert Office.model_validate_json(result.content)
    else:
        assert result.content[0].name in ("find_office", "opening_hours")


class Visit(BaseModel):
    office: Office


async def test_definitions_within_imposed_schemas_are_found(embedded: Model) -> None:
    tool = {"name": "plan_visit", "description": "Plan a visit.", "parameters": Visit.model_json_schema()}
    client = agents.client(embedded, temperature=0, max_tokens=200)
    called = calls_of(await client.create(QUESTION, tools=[tool], tool_choice="required", json_output=Visit))  # type: ignore[list-item]
    assert Visit.model_validate_json(called[0].arguments)


async def test_a_conversation_goes_on_after_imposed_tools(embedded: Model) -> None:
    client = agents.client(embedded, temperature=0, max_tokens=120)
    assert (await client.create(with_results(), tools=TOOLS)).usage.prompt_tokens > 100
    assert isinstance((await client.create(with_results())).content, str)


async def test_a_stream_with_imposed_tools_holds_no_json(embedded: Model) -> None:
    client = agents.client(embedded, temperature=0, max_tokens=120)
    *texts, last = await drained(client.create_stream(QUESTION, tools=TOOLS))
    assert isinstance(last, CreateResult)
    assert texts == ([last.content] if isinstance(last.content, str) else [])
    *texts, last = await drained(client.create_stream(QUESTION, tools=TOOLS, tool_choice="required"))
    assert isinstance(last, CreateResult)
    assert calls_of(last)
    assert texts == []


async def test_an_answer_beside_imposed_tools_may_be_cut(embedded: Model) -> None:
    client = agents.client(embedded, temperature=0, max_tokens=26)
    asked = [UserMessage(content="Write a long friendly greeting.", source="user")]
    whole = await client.create(asked, tools=TOOLS)
    assert isinstance(whole.content, str)
    assert whole.content
    assert "{" not in whole.content
    assert whole.finish_reason == "length"
    *texts, last = await drained(client.create_stream(asked, tools=TOOLS))
    assert isinstance(last, CreateResult)
    assert last.finish_reason == "length"
    assert texts == [last.content]
    assert client.total_usage().completion_tokens == 52


async def test_a_cut_call_is_an_error(embedded: Model) -> None:
    client = agents.client(embedded, temperature=0, max_tokens=8)
    with pytest.raises(errors.SchemaError, match="raise max_tokens"):
        await client.create(QUESTION, tools=TOOLS, tool_choice="required")


async def test_an_agent_calls_a_tool_that_is_imposed(embedded: Model) -> None:
    client = agents.client(embedded, temperature=0, max_tokens=120)
    clerk = AssistantAgent("clerk", client, tools=TOOLS[:1], reflect_on_tool_use=True)
    result = await clerk.run(task="Call find_office for Ulm.")
    kinds = [type(message).__name__ for message in result.messages]
    assert kinds in (
        ["TextMessage", "ToolCallRequestEvent", "ToolCallExecutionEvent", "TextMessage"],
        ["TextMessage", "TextMessage"],
    )


async def test_an_answer_is_held_to_a_pydantic_model(each: Model) -> None:
    result = await agents.client(each, temperature=0, max_tokens=60).create(QUESTION, json_output=Office)
    assert isinstance(result.content, str)
    assert Office.model_validate_json(result.content)


async def test_an_answer_can_be_any_json_object(embedded: Model) -> None:
    asked = UserMessage(content='Answer with {"city": "Bonn"}', source="user")
    result = await agents.client(embedded, temperature=0, max_tokens=200).create([asked], json_output=True)
    assert isinstance(json.loads(str(result.content)), dict)


async def test_a_cut_answer_is_no_answer_to_a_schema(embedded: Model) -> None:
    with pytest.raises(errors.SchemaError, match="raise max_tokens"):
        await agents.client(embedded, max_tokens=3).create(QUESTION, json_output=Office)


async def test_a_token_stops_the_server(embedded: Model) -> None:
    client, token = agents.client(embedded, temperature=0, max_tokens=3000), CancellationToken()
    working = asyncio.create_task(client.create(STORY, cancellation_token=token))
    await until_busy()
    token.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert await is_idle(STOPPED_WITHIN_S)


async def test_a_token_of_another_thread_stops_a_stream(embedded: Model) -> None:
    client, token = agents.client(embedded, temperature=0, max_tokens=3000), CancellationToken()
    stream = client.create_stream(STORY, cancellation_token=token)
    assert await anext(stream)
    await asyncio.to_thread(token.cancel)
    with pytest.raises(asyncio.CancelledError):
        await drained(stream)
    assert await is_idle(STOPPED_WITHIN_S)


async def drained(stream: AsyncIterator[str | CreateResult]) -> list[str | CreateResult]:
    return [part async for part in stream]


async def test_leaving_a_stream_stops_the_server(embedded: Model) -> None:
    stream = agents.client(embedded, temperature=0, max_tokens=3000).create_stream(STORY)
    assert await anext(stream)
    await stream.aclose()
    assert await is_idle(STOPPED_WITHIN_S)


async def test_a_token_stops_ollama(on_each_ollama: Model) -> None:
    token, client = CancellationToken(), agents.client(on_each_ollama, temperature=0, max_tokens=4000)
    stream = client.create_stream(STORY, cancellation_token=token)
    assert await anext(stream)
    token.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drained(stream)
    # It takes one request at a time: had it gone on with the story, this one would wait for thousands of tokens.
    before = time.monotonic()
    reply = await on_each_ollama.ask("Say yes.", max_tokens=1)
    assert reply.usage.completion_tokens == 1
    assert time.monotonic() - before < 3 * STOPPED_WITHIN_S


async def test_a_cancelled_token_asks_nothing(embedded: Model) -> None:
    client, token = agents.client(embedded), CancellationToken()
    token.cancel()
    with pytest.raises(asyncio.CancelledError):
        await client.create(STORY, cancellation_token=token)
    assert client.total_usage().prompt_tokens == 0


async def test_an_image_is_refused_in_words(each: Model) -> None:
    turn = UserMessage(content=["Look", Image.from_base64(PIXEL)], source="user")
    with pytest.raises(errors.UnsupportedError, match=f"image.*{each.name}"):
        await agents.client(each).create([turn])


async def test_texts_in_parts_are_one_text(embedded: Model) -> None:
    client = agents.client(embedded, temperature=0, max_tokens=5)
    parts = await client.create([UserMessage(content=["Guten", "Tag"], source="user")])
    whole = await client.create([UserMessage(content="Guten\nTag", source="user")])
    assert parts.usage.prompt_tokens == whole.usage.prompt_tokens


async def test_further_options_are_passed_on(embedded: Model) -> None:
    client = agents.client(embedded, temperature=0, max_tokens=50)
    assert (await client.create(QUESTION, extra_create_args={"max_tokens": 2})).usage.completion_tokens == 2
    with pytest.raises(errors.UsageError, match="did you mean max_tokens"):
        await client.create(QUESTION, extra_create_args={"max_token": 2})


@pytest.mark.parametrize("given", [{"schema": Office}, {"tool_choice": "auto"}])
def test_what_belongs_to_the_agent_is_refused(embedded: Model, given: dict[str, object]) -> None:
    with pytest.raises(errors.UsageError, match="give them to the agent"):
        agents.client(embedded, **given)


def test_what_is_written_down_holds_no_key_and_can_be_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPU_KEY", "geheim-4711")
    connect("gpu", "http://127.0.0.1:9/v1", key="env:GPU_KEY")
    written = agents.client("gpu/small", temperature=0, stop=["ENDE"]).dump_component()
    assert written.config == {"model": "gpu/small", "options": {"temperature": 0, "stop": ("ENDE",)}}
    assert os.environ["GPU_KEY"] not in written.model_dump_json()
    again = ChatCompletionClient.load_component(json.loads(written.model_dump_json()))
    assert isinstance(again, agents.ModelClient)
    assert again.dump_component() == written
