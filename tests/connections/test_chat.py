"""A chat over several cells of a notebook, on every engine: replies are turns of the conversation that goes on."""

import pytest

from workbench.connections import Model, connect, model
from workbench.messages import Reply, Tool

OFFICE = Tool(
    "find_office",
    "Find the citizens' office of a city.",
    {"type": "object", "properties": {"city": {"enum": ["Bonn", "Ulm"]}}, "required": ["city"]},
)
ASKED = {"role": "user", "content": "Where is the office of Bonn?"}
CALL = {"id": "c1", "type": "function", "function": {"name": "find_office", "arguments": '{"city": "Bonn"}'}}
RESULT = {"role": "tool", "tool_call_id": "c1", "name": "find_office", "content": "Am Markt 1"}


@pytest.fixture(params=["embedded", "on_ollama", "on_vllm"])
def each(request: pytest.FixtureRequest) -> Model:
    """The packaged model on each of the three engines."""
    found: Model = request.getfixturevalue(request.param)
    return found


async def test_replies_of_earlier_cells_are_turns_of_a_chat(each: Model) -> None:
    brief = each.using(temperature=0, max_tokens=4)
    chat: list[object] = [{"role": "developer", "content": "Answer in English."}, {"role": "user", "content": "Hello!"}]
    first = await brief.ask(chat)
    chat += [first, {"role": "user", "content": [{"type": "text", "text": "And now?"}]}]
    second = await brief.ask(chat)
    chat += [second.message, {"role": "user", "content": "Thanks."}]
    *_, last = [piece.reply async for piece in brief.stream(chat)]
    assert isinstance(last, Reply)
    assert [(turn["role"], turn["content"]) for turn in last.sent["messages"]] == [
        ("system", "Answer in English."),
        ("user", "Hello!"),
        ("assistant", first.text),
        ("user", "And now?"),
        ("assistant", second.text),
        ("user", "Thanks."),
    ]


async def test_a_saved_history_with_a_tool_call_is_answered(each: Model) -> None:
    history = [ASKED, {"role": "assistant", "content": None, "tool_calls": [CALL]}, RESULT]
    reply = await each.ask(history, temperature=0, max_tokens=4)
    assert reply.text
    _, called, result = reply.sent["messages"]
    assert called["tool_calls"][0]["function"]["name"] == "find_office"
    assert result["tool_call_id"] == called["tool_calls"][0]["id"] == "c1"


async def test_a_call_that_a_model_made_is_answered_in_the_next_cell(on_vllm: Model) -> None:
    first = await on_vllm.ask([ASKED], tools=[OFFICE], tool_choice="find_office", temperature=0, max_tokens=60)
    assert first.tool_calls
    answered = {"role": "tool", "tool_call_id": first.tool_calls[0].id, "content": "Am Markt 1"}
    second = await on_vllm.ask([ASKED, first, answered], tools=[OFFICE], temperature=0, max_tokens=4)
    assert second.usage.prompt_tokens > first.usage.prompt_tokens  # type: ignore[operator]
    assert second.sent["messages"][1]["tool_calls"][0]["id"] == first.tool_calls[0].id


async def test_ollama_takes_a_history_with_tools(ollama: object) -> None:
    connect("ollama", ollama.url, kind="ollama")  # type: ignore[attr-defined]
    asked = model("ollama/smollm2-tools")
    history = [ASKED, {"role": "assistant", "content": None, "tool_calls": [CALL]}, RESULT]
    without = await asked.ask([ASKED], tools=[OFFICE], temperature=0, max_tokens=4)
    reply = await asked.ask(history, tools=[OFFICE], temperature=0, max_tokens=4)
    assert reply.usage.prompt_tokens > without.usage.prompt_tokens  # type: ignore[operator]
    assert reply.sent["messages"][2]["tool_name"] == "find_office"
