"""The values that flow through every room: message, request, piece, reply and their parts. Pure data, no behaviour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from operator import attrgetter
from typing import Any, Literal

from workbench.errors import ToolCallError
from workbench.json_text import read_json
from workbench.reply_warnings import SEPARATOR

Role = Literal["system", "user", "assistant", "tool"]
Finish = Literal["stop", "length", "repetition", "tool_calls", "content_filter", "cancelled", "unknown"]
ToolChoice = Literal["auto", "none", "required"]
ThoughtsPlace = Literal["apart", "text"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's wish that a tool be called; data, until someone approves and runs it.

    Attributes:
        id: The server's name for this call, which the tool's result refers to.
        name: The tool's name.
        arguments: The arguments as JSON text, as the model wrote them.

    >>> ToolCall("1", "find_office", '{"city": "Bonn"}').parsed
    {'city': 'Bonn'}
    """

    id: str
    name: str
    arguments: str

    @property
    def parsed(self) -> Any:
        """The arguments as Python values. Raises ToolCallError where they are not JSON, or beyond its limits."""
        try:
            return read_json(self.arguments)
        except ValueError as error:
            raise ToolCallError(
                f"the arguments of {self.name!r} are {error}",
                advice="ask again, or take a stronger model; they are on the call as they were written",
            ) from None


@dataclass(frozen=True, slots=True)
class Image:
    """An image of a prompt; made with `workbench.conversation.as_image`, which checks it.

    Attributes:
        media_type: Its kind, such as "image/png".
        data: Its bytes in base64.
    """

    media_type: str
    data: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation.

    Attributes:
        role: Who speaks.
        content: What is said.
        tool_calls: For an assistant: the tool calls it made.
        tool_call_id: For a tool: the call that this answers.
        name: Who of several speaks in this role, or the tool that answers.
        images: For a user: what is shown with what is said.

    >>> Message("user", "Was ist Subsidiarität?").role
    'user'
    """

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    name: str | None = None
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that a model may ask for.

    Attributes:
        name: The tool's name.
        description: What it does, for the model to read.
        parameters: JSON schema of its arguments.

    >>> Tool("now", "The time.", {"type": "object", "properties": {}}).name
    'now'
    """

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How an answer is to be generated; None leaves it to the server.

    Attributes:
        temperature: 0 takes the likeliest token each time.
        top_p: Share of probability from which tokens are drawn.
        seed: Start of the random numbers, so that a repeat draws the same.
        max_tokens: Limit of the answer, in tokens; without it a model may write until its context is full.
        stop: Texts that end the answer.
        schema: JSON schema of the answer.
        tools: Tools that the model may ask for.
        tool_choice: "auto", "none" or "required", or the name of a tool.
        thinking: False switches reasoning off, True on; a text names its level, such as "high" or "max".
        context: Length of the context, in tokens (Ollama only: others fix it at start).
        choice: The answer is one of these texts, and nothing else.
        regex: The whole answer matches this regular expression.
        logprobs: Number of alternatives that are told for every token of the answer; 0 tells the tokens alone.
        stop_repeats: Whether an answer that goes round in circles is stopped, marked and left out of verdicts; False
            lets it go on, and count.
        thoughts: What becomes of thoughts that a server leaves in the text, such as `<think>…</think>` before the
            answer: "apart" (as is done where nothing is said) makes them the reply's `reasoning`, "text" leaves them.

    >>> Options(temperature=0).asked()
    {'temperature': 0}
    """

    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | str | None = None
    thinking: bool | str | None = None
    context: int | None = None
    choice: tuple[str, ...] = ()
    regex: str | None = None
    logprobs: int | None = None
    stop_repeats: bool = True
    thoughts: ThoughtsPlace | None = None

    def asked(self) -> dict[str, Any]:
        """Only what was set, by name."""
        names, read, unset = _unset_options()
        chosen = read(self)
        if chosen == unset:  # of most requests, and all are compared at once
            return {}
        return {name: value for name, value, default in zip(names, chosen, unset, strict=True) if value != default}


@cache
def _unset_options() -> tuple[tuple[str, ...], Callable[[Options], tuple[Any, ...]], tuple[Any, ...]]:
    """The names of all options, what reads them, and what they are where nobody says anything."""
    names = tuple(one.name for one in fields(Options))
    return names, attrgetter(*names), tuple(one.default for one in fields(Options))


@dataclass(frozen=True, slots=True)
class Request:
    """What an engine is asked.

    Attributes:
        model: The model's name on its server, without the connection.
        messages: The conversation so far; the last message is the one to answer.
        options: How the answer is to be generated.

    >>> Request("smollm2", (Message("user", "Hallo"),)).options.temperature is None
    True
    """

    model: str
    messages: tuple[Message, ...]
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the server counted them; None where it did not say.

    Attributes:
        prompt_tokens: Tokens read.
        completion_tokens: Tokens written, reasoning included.
        cached_tokens: Those of the prompt that were taken from a cache.

    >>> Usage(30, 12).completion_tokens
    12
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """How long an answer took, measured on this side of the network.

    Attributes:
        load_s: Seconds until the model was ready, where the server or the embedded engine says so.
        first_token_s: Seconds from sending until the first token (of reasoning, text or tool call), without `load_s`;
            None for replies that were not streamed.
        total_s: Seconds from sending until the last byte, without `load_s`.
        tokens_per_s: Completion tokens divided by `total_s`; None where the server did not count.

    >>> Timing(0.0, 0.2, 2.0, 21.0).total_s
    2.0
    """

    load_s: float
    first_token_s: float | None
    total_s: float
    tokens_per_s: float | None


@dataclass(frozen=True, slots=True)
class Token:
    """A token of an answer, with how likely it was.

    Attributes:
        text: The token.
        logprob: Natural logarithm of its probability.
        alternatives: The likeliest tokens at its place, each with its logprob, the likeliest first.

    >>> Token(" Bonn", -0.1, ((" Bonn", -0.1), (" Berlin", -2.4))).text
    ' Bonn'
    """

    text: str
    logprob: float
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A model's whole answer, with all that is known of how it came about.

    Attributes:
        text: The answer.
        reasoning: What the model wrote while thinking, be it told apart by the server or by marks in the text.
        tool_calls: Tool calls that the model wishes.
        parsed: The answer as an object of the schema: an instance of the pydantic model, or plain JSON values.
        finish: Why it ended: "stop", "length" (cut by the limit), "repetition" (stopped, as it repeated itself),
            "tool_calls", "content_filter", "cancelled" or "unknown".
        usage: Tokens.
        timing: Seconds.
        model: "connection/name" of the model asked.
        served_by: The name that the server gave for the model that answered.
        logprobs: The tokens of the answer, where `logprobs=` asked for them.
        warnings: What the reader should know, one line each.
        sent: The request's body as it went over the wire, without any key; of an image, its size and kind.
        recorded_at: When the answer was given, in ISO 8601, where it is played from a cassette; "" where it was asked
            for now. `timing` then is that of the recording.
        details: What else is known of how it came about, as plain data: of a team, what each of its agents did.

    >>> Reply(text="Bonn", finish="stop").text
    'Bonn'
    """

    text: str
    finish: Finish
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    parsed: Any = None
    usage: Usage = Usage()
    timing: Timing = Timing(0.0, None, 0.0, None)
    model: str = ""
    served_by: str = ""
    logprobs: tuple[Token, ...] = ()
    warnings: tuple[str, ...] = ()
    sent: Mapping[str, Any] = field(default_factory=dict)
    recorded_at: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> Message:
        """The answer as the assistant's turn of a conversation that goes on, with its tool calls.

        >>> Reply(text="In Bonn.", finish="stop").message.role
        'assistant'
        """
        return Message("assistant", self.text, self.tool_calls)

    @property
    def figures(self) -> dict[str, float | str | None]:
        """What tables tell of it beside its text, by the names of their columns; None for what is not known.

        >>> Reply(text="Bonn", finish="stop", usage=Usage(9, 1)).figures["tokens"]
        1
        """
        return {
            "load_s": self.timing.load_s,
            "first_token_s": self.timing.first_token_s,
            "total_s": self.timing.total_s,
            "prompt_tokens": self.usage.prompt_tokens,
            "tokens": self.usage.completion_tokens,
            "tokens_per_s": self.timing.tokens_per_s,
            "finish": self.finish,
            "warnings": SEPARATOR.join(self.warnings) or None,
            "recorded_at": self.recorded_at or None,
        }


@dataclass(frozen=True, slots=True)
class Piece:
    """What of an answer arrived together: some text, some reasoning, or, last of all, the reply.

    Attributes:
        text: Text that is to be added to the answer; may hold several tokens, or none.
        reasoning: The same for the reasoning.
        reply: The whole reply, on the last piece only.
        was_reasoning: Whether all text of the pieces before turns out to have been reasoning, which `reasoning` now
            has again: some servers leave only the mark at the end of the thoughts, so that it shows late what they are.

    >>> Piece("Bo").text
    'Bo'
    """

    text: str = ""
    reasoning: str = ""
    reply: Reply | None = None
    was_reasoning: bool = False
