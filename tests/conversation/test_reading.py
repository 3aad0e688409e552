"""Conversations in every form in which users keep them, and what is refused with the number of its message."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import ollama
import pandas as pd
import pytest
from advised import says_what_to_do
from openai.types.chat import ChatCompletionMessage

from workbench.conversation import as_image, as_messages
from workbench.errors import PromptError
from workbench.messages import Image, Message, Reply, ToolCall

CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Bonn"}'}}
PARTS = [{"type": "text", "text": "Wo"}, {"type": "text", "text": "ist das?"}]
FLAT = {"id": "c1", "name": "weather", "args": {"city": "Bonn"}}
OF_VALUES = {"id": "c1", "function": {"name": "weather", "arguments": {"city": "Bonn"}}}
GIF, BIG = b"GIF89a", b"GIF89a" * (1 << 20)
ASKED = {"role": "user", "content": "Wetter?"}


@dataclass
class Turn:
    role: str
    content: str


def last(turn: Any, *before: Any) -> Message:
    return as_messages([*before, turn])[-1]


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        ({"role": "developer", "content": "Kurz."}, Message("system", "Kurz.")),
        ({"role": "user", "content": PARTS}, Message("user", "Wo\nist das?")),
        ({"role": "user", "content": ["Wo", {"type": "input_text", "text": "?"}]}, Message("user", "Wo\n?")),
        ({"role": "assistant", "content": None, "refusal": "Nein."}, Message("assistant", "Nein.")),
        ({"role": "assistant", "content": [{"type": "refusal", "refusal": "Nein."}]}, Message("assistant", "Nein.")),
        ({"role": "user", "content": "Wo?", "name": "Ada"}, Message("user", "Wo?", name="Ada")),
        ({"role": np.str_("user"), "content": np.str_("Wo?")}, Message("user", "Wo?")),
        (Turn("user", "Wo?"), Message("user", "Wo?")),
        (SimpleNamespace(role="user", content="Wo?"), Message("user", "Wo?")),
        (ollama.Message(role="user", content="Wo?"), Message("user", "Wo?")),
        (ChatCompletionMessage(role="assistant", content="Hier."), Message("assistant", "Hier.")),
        (Reply(text="Hier.", finish="stop", reasoning="Hm."), Message("assistant", "Hier.")),
    ],
)  # fmt: skip
def test_a_message_is_read_in_every_form(turn: Any, message: Message) -> None:
    assert last(turn, ASKED) == message


@pytest.mark.parametrize(
    "turn",
    [
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "assistant", "content": "", "tool_calls": [CALL], "function_call": None, "refusal": None},
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "assistant", "content": float("nan"), "tool_calls": [CALL]},
        {"role": "assistant", "content": None, "tool_calls": [FLAT]},
        {"role": "assistant", "content": None, "tool_calls": [OF_VALUES]},
        ChatCompletionMessage.model_validate({"role": "assistant", "content": None, "tool_calls": [CALL]}),
        Message("assistant", "", (ToolCall("c1", "weather", '{"city": "Bonn"}'),)),
        Reply(text="", finish="tool_calls", tool_calls=(ToolCall("c1", "weather", '{"city": "Bonn"}'),)),
    ],
)  # fmt: skip
def test_a_turn_of_tool_calls_keeps_them(turn: Any) -> None:
    result = {"role": "tool", "tool_call_id": "c1", "content": "Regen"}
    messages = as_messages([ASKED, turn, result])
    assert messages[1] == Message("assistant", "", (ToolCall("c1", "weather", '{"city": "Bonn"}'),))
    assert messages[2] == Message("tool", "Regen", tool_call_id="c1")


def test_calls_and_results_of_the_older_form_belong_together() -> None:
    called = {"role": "assistant", "content": None, "function_call": {"name": "weather", "arguments": "{}"}}
    messages = as_messages([ASKED, called, {"role": "function", "name": "weather", "content": "Regen"}])
    assert messages[1].tool_calls[0].id
    assert messages[2] == Message("tool", "Regen", tool_call_id=messages[1].tool_calls[0].id, name="weather")


def test_calls_without_ids_get_some_and_their_results_find_them() -> None:
    called = ollama.Message.model_validate(
        {
            "role": "assistant",
            "tool_calls": [{"function": {"name": name, "arguments": {"a": 1}}} for name in ("one", "two")],
        }
    )
    results = [ollama.Message(role="tool", content="2", tool_name="two"), {"role": "tool", "content": "1"}]
    messages = as_messages([ASKED, called, *results])
    one, two = messages[1].tool_calls
    assert one.id != two.id
    assert one.arguments == '{"a": 1}'
    assert [message.tool_call_id for message in messages[2:]] == [two.id, one.id]


def test_a_call_without_arguments_has_an_empty_object() -> None:
    for nothing in ("", None):
        call = {"id": "c1", "function": {"name": "now", "arguments": nothing}}
        assert last({"role": "assistant", "content": None, "tool_calls": [call]}, ASKED).tool_calls[0].arguments == "{}"


def test_a_tool_may_say_nothing() -> None:
    assert last({"role": "tool", "tool_call_id": "c1", "content": ""}, ASKED).content == ""


@pytest.mark.parametrize(
    "several",
    [
        (ASKED,),
        (turn for turn in [ASKED]),
        pd.Series([ASKED]),
        np.array([ASKED], dtype=object),
    ],
)
def test_a_conversation_may_be_any_list(several: Any) -> None:
    assert as_messages(several) == (Message("user", "Wetter?"),)


@pytest.mark.parametrize("text", [np.str_("Wo?"), np.array("Wo?"), "Wo?"])
def test_a_text_may_be_of_numpy(text: Any) -> None:
    (message,) = as_messages(text)
    assert type(message.content) is str


def called(arguments: object) -> list[Any]:
    call = {"id": "c1", "function": {"name": "x", "arguments": arguments}}
    return [ASKED, {"role": "assistant", "content": None, "tool_calls": [call]}]


CUSTOM = {"id": "c1", "type": "custom", "custom": {"name": "x", "input": "y"}}


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        (None, "the prompt is missing"),
        (pd.NA, "the prompt is missing"),
        (float("nan"), "the prompt is missing"),
        (" \n", "the prompt is empty"),
        ([], "not an empty list"),
        (5, "must be a text or a list of messages, not int"),
        ({"Wo?"}, "must be a text or a list of messages, not set"),
        (b"Wo?", "must be a text or a list of messages, not bytes"),
        (ASKED, "a message alone is not a prompt"),
        (Message("user", "Wo?"), "a message alone is not a prompt"),
        ("Wo \ud83d?", "not valid Unicode"),
        (["Wo?"], "message 1 is not a message"),
        ([ASKED, {"role": "boss", "content": "x"}], "message 2 is not a message"),
        ([{"role": ["user"], "content": "x"}], "message 1 is not a message"),
        ([{"role": None, "content": "x"}], "message 1 is not a message"),
        ([{"role": "user", "content": None}], "message 1 has no content"),
        ([{"role": "user"}], "message 1 has no content"),
        ([{"role": "user", "content": pd.NA}], "message 1 has no content"),
        ([{"role": "user", "content": 5}], "the content of message 1 must be a text, not 5"),
        ([ASKED, {"role": "user", "content": "Wo \udc4b?"}], "message 2 is not valid Unicode"),
        ([{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}], "holds 'input_audio'"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}], "image 1 of message 1"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], "holds 'image_url'"),
        ([{"role": "user", "content": "x", "images": ["aGk="]}], "is not an image in PNG, JPEG, GIF or WebP"),
        ([{"role": "user", "content": "x", "images": ["https://a.example/b.png"]}], "which the server would fetch"),
        ([{"role": "user", "content": "x", "images": "aGk="}], "has no list of images"),
        ([{"role": "user", "content": "x", "images": [BIG, BIG]}], "the images of message 1 have more than 8 MiB"),
        ([ASKED, {"role": "assistant", "content": "x", "images": [GIF]}], "message 2 holds an image"),
        ([ASKED, {"role": "user", "content": "", "images": []}], "the last message is empty"),
        ([{"role": "user", "content": [{"type": "text", "text": None}]}], "holds 'text'"),
        ([{"role": "user", "content": [None]}], "the content of message 1 must be a text, not None"),
        ([ASKED, {"role": "user", "content": "  "}], "the last message is empty"),
        ([ASKED, {"role": "assistant", "tool_calls": "weather"}], "no list of tool calls"),
        ([ASKED, {"role": "assistant", "tool_calls": [CUSTOM]}], "tool call 1 of message 2"),
        (called("{"), "'x' in message 2 are not JSON"),
        (called("[" * 9999), "nested too deeply"),
        (called({"a": {1}}), "which is not JSON"),
        ([{"role": "user", "content": "x", "name": 5}], "the name in message 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_told_with_its_message(prompt: Any, said: str) -> None:
    with pytest.raises(PromptError) as caught:
        as_messages(prompt)
    assert said in str(caught.value)
    assert says_what_to_do(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "turn",
    [
        Message("user", "Was?", images=(as_image(GIF),)),
        {"role": "user", "content": "Was?", "images": [GIF]},
        {"role": "user", "content": "Was?", "images": ["R0lGODlh"]},
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,R0lGODlh"}},
                {"type": "text", "text": "Was?"},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Was?"},
                {"type": "input_image", "image_url": "data:;base64,R0lGODlh"},
            ],
        },
    ],
)
def test_images_are_taken_in_every_form_and_told_by_what_they_are(turn: object) -> None:
    assert as_messages([turn]) == (Message("user", "Was?", images=(Image("image/gif", "R0lGODlh"),)),)


def test_an_image_alone_is_a_prompt() -> None:
    assert as_messages([{"role": "user", "images": [GIF]}])[0].content == ""
