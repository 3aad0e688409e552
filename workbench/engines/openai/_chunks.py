"""What a compatible server sends of an answer, as types that are decoded fast; `_openai_dialects` reads the rest."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

# A field of type None may be there as long as it says nothing; an event in which it does is read as a dialect.
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Function(msgspec.Struct, gc=False):
    """The tool of a call, or a fragment of it."""

    name: str | None = None
    arguments: str | None = None


class Call(msgspec.Struct, gc=False):
    """A tool call, or a fragment of it."""

    function: Function
    index: int | None = None
    id: str | None = None


class Words(msgspec.Struct, gc=False):
    """A delta of a stream, or the message of a whole answer. vLLM says `reasoning`, others `reasoning_content`."""

    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[Call] | None = None
    refusal: str | None = None
    thinking: None = None
    thought: None = None
    thoughts: None = None
    thinking_blocks: None = None
    reasoning_details: None = None
    function_call: None = None
    audio: None = None
    images: None = None
    others: tuple[str, ...] = ()


class Alternative(msgspec.Struct, gc=False):
    """Another token that might have come."""

    token: str
    logprob: float


class Likely(msgspec.Struct, gc=False):
    """A token with how likely it was."""

    token: str
    logprob: float
    top_logprobs: list[Alternative] | None = None


class Logprobs(msgspec.Struct, gc=False):
    """How likely the tokens of a piece were."""

    content: list[Likely] | None = None
    tokens: None = None


class Choice(msgspec.Struct, gc=False):
    """One of the answers that a server may give at once."""

    delta: Words | None = None
    message: Words | None = None
    logprobs: Logprobs | None = None
    finish_reason: str | None = None
    index: int = 0
    text: None = None
    error: Any = None


class Details(msgspec.Struct, gc=False):
    """What is told of the prompt's tokens."""

    cached_tokens: Count | None = None


class Used(msgspec.Struct, gc=False):
    """The tokens as the server counted them."""

    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    prompt_tokens_details: Details | None = None
    input_tokens: None = None
    output_tokens: None = None


class Body(msgspec.Struct, gc=False):
    """An event of a stream, or a whole answer: only the fields that are needed are decoded."""

    choices: list[Choice] | None = None
    usage: Used | None = None
    model: str | None = None
    error: Any = None


class PlainDelta(msgspec.Struct, gc=False):
    """Text, or thoughts, or the last of these with the first of those."""

    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    tool_calls: None = None
    refusal: None = None
    thinking: None = None
    thought: None = None
    thoughts: None = None
    thinking_blocks: None = None
    reasoning_details: None = None
    function_call: None = None
    audio: None = None
    images: None = None


class _PlainChoice(msgspec.Struct, gc=False):
    delta: PlainDelta
    finish_reason: None = None
    index: Literal[0] = 0
    logprobs: None = None
    message: None = None
    text: None = None
    error: None = None


class PlainEvent(msgspec.Struct, gc=False):
    """An event that carries words of the only answer and nothing else, as nearly all of a stream do."""

    choices: tuple[_PlainChoice]
    usage: None = None
    error: None = None


# Raises msgspec.DecodeError for every other event.
decode_plain = msgspec.json.Decoder(PlainEvent).decode
decode = msgspec.json.Decoder(Body).decode
