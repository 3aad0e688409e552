"""Tools for a model that has none, in two steps: which tool, then its arguments.

Each step is a small question that a JSON schema holds to an answer: the names of the tools alone, then the arguments of
the one. So a call is always one of a tool that exists, with arguments of the right form; whether it is wise depends on
the model. One question for both, with the schemas of all tools, gets a small model's calls right less often.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace

from workbench.agents.imposed._bounds import Bounds, bounded, bounds_for, is_cut
from workbench.agents.imposed._copied import copied, narrowed
from workbench.agents.imposed._examples import examples
from workbench.agents.imposed._likeness import by_likeness
from workbench.agents.imposed._schemas import unfolded
from workbench.agents.imposed._signature import signature
from workbench.connections import Model, first_fault
from workbench.errors import EngineError, SchemaError, ToolCallError
from workbench.messages import Message, Reply, Tool, ToolCall, Usage

_NAME_TOKENS = 64  # of the name of a tool: a limit that the user has set is one for answers and arguments
_WORDS_FOR_ANSWER = ("answer", "answer_in_words", "no_tool")
_ANSWER = "Answer in words, without any tool."


async def chosen(
    model: Model, turns: Sequence[Message], tools: Sequence[Tool], *, answers: bool, after_result: bool = False
) -> tuple[Tool | None, Reply | None]:
    """Ask which tool is to be called.

    Args:
        model: Who is asked, as `prepared` made it.
        turns: The conversation in plain turns.
        tools: The tools that may be called now.
        answers: Whether an answer in words may be chosen, too.
        after_result: Whether the last turn tells the result of a tool, after which an answer is likely.

    Returns:
        The tool, or None for an answer in words; and the reply, or None where there is no choice.

    Raises:
        SchemaError: If no name came.
        EngineError: If no whole answer came.
    """
    if len(tools) == 1 and not answers:
        return tools[0], None
    by_name: dict[str, Tool | None] = {tool.name: tool for tool in tools}
    told = by_likeness(turns[-1].content if turns else "", tools)
    if answers:
        word = next(word for word in (*_WORDS_FOR_ANSWER, uuid.uuid4().hex) if word not in by_name)
        by_name[word] = None
        told.insert(len(told) if after_result else 0, Tool(word, _ANSWER, {}))
    lines = [(tool.name, " ".join(tool.description.split()) or tool.name.replace("_", " ")) for tool in told]
    listed = "\n".join(f"- {name}: {description}" for name, description in lines)
    asked = f"Choose the tool that fits the request. Tools:\n{listed}\nWrite the tool's name only."
    shown = [(description, json.dumps(name)) for name, description in lines]
    limit = model.options.max_tokens
    named = model.using(max_tokens=limit and max(limit, _NAME_TOKENS))
    reply = await named.ask(_told(turns, asked, shown), schema={"type": "string", "enum": [name for name, _ in lines]})
    return by_name[reply.parsed], reply


async def filled(model: Model, turns: Sequence[Message], tool: Tool) -> tuple[str, list[Reply]]:
    """Ask for the arguments of a tool, once more if those that came are not valid, or those of an example.

    Args:
        model: Who is asked, as `prepared` made it.
        turns: The conversation in plain turns.
        tool: The tool.

    Returns:
        The arguments as JSON, valid by the tool's own schema, and the replies that it took.

    Raises:
        ToolCallError: If none came that are valid.
        EngineError: If no whole answer came.
    """
    if _takes_none(tool):
        return "{}", []
    finite = replace(tool, parameters=unfolded(tool.parameters))
    asked = (
        f"Fill in the arguments of the tool from the request, as JSON.\nTool: {signature(finite)}\n{tool.description}"
    )
    requests = [turn.content for turn in turns if turn.role == "user"]
    messages = _told(turns, asked, examples(finite, "\n".join(requests)))
    replies, bounds = await _valid(model, messages, tool, finite)
    said = "\n".join(turn.content for turn in turns)
    if wrong := copied(replies[-1].parsed, finite.parameters, said):
        narrow = replace(finite, parameters=narrowed(finite.parameters, wrong, requests))
        try:
            replies.append(await _arguments(model, messages, tool, narrow, bounds))
        except EngineError as error:  # what came first is valid, at least
            replies[:0] = [error.reply] if isinstance(error.reply, Reply) else []
    return json.dumps(replies[-1].parsed, ensure_ascii=False), replies


async def _valid(model: Model, messages: list[Message], tool: Tool, finite: Tool) -> tuple[list[Reply], Bounds]:
    """The replies until valid arguments came, in at most two tries, and the bounds of the last. Raises as `filled`."""
    bounds = bounds_for(finite.parameters, model.options.max_tokens)
    try:
        return [await _arguments(model, messages, tool, finite, bounds)], bounds
    except SchemaError as error:
        if not isinstance(error.reply, Reply):  # a text was cut, as it would be once more
            raise
        again, tighter = _after_fault(messages, error.reply), bounds.tighter()
        try:
            return [error.reply, await _arguments(model, again, tool, finite, tighter)], tighter
        except SchemaError as second:
            raise ToolCallError(
                f"no arguments of {tool.name!r} came: {second.what}",
                where=second.where,
                advice=second.advice,
                reply=second.reply,
            ) from None


async def _arguments(model: Model, messages: Sequence[Message], tool: Tool, finite: Tool, bounds: Bounds) -> Reply:
    """A reply whose arguments are valid. Raises SchemaError, and ToolCallError where a text was cut by its bound."""
    reply = await model.ask(messages, schema=bounded(finite.parameters, bounds))
    if is_cut(reply.parsed, bounds):
        raise ToolCallError(
            f"a text of more than {bounds.text} characters in the arguments of {tool.name!r} was cut",
            where=reply.model,
            advice="raise max_tokens, or ask for less at once",
        )
    if (fault := first_fault(tool.parameters, reply.parsed)) is not None:
        raise SchemaError(
            f"the answer does not meet {fault.keyword or fault.message!r} of the tool", where=reply.model, reply=reply
        )
    return reply


def _after_fault(messages: list[Message], reply: Reply) -> list[Message]:
    """The question once more: as it was after an answer that was cut, else with what came and that it is not valid."""
    if reply.finish in ("length", "repetition") or not reply.text:
        return messages
    told = "These arguments are not valid. Write them again."
    return [*messages, Message("assistant", reply.text), Message("user", told)]


def _takes_none(tool: Tool) -> bool:
    """Whether a tool has no arguments, so that there is nothing to ask for."""
    several = ("properties", "additionalProperties", "patternProperties", "$ref", "anyOf", "oneOf", "allOf")
    return not any(tool.parameters.get(name) for name in several) and first_fault(tool.parameters, {}) is None


def _told(turns: Sequence[Message], asked: str, shown: Sequence[tuple[str, str]]) -> list[Message]:
    """The conversation with what is asked in its system message, and with examples before its first turn."""
    system = [asked]
    if turns and turns[0].role == "system":
        system, turns = [turns[0].content, asked], turns[1:]
    pairs = [turn for said, answer in shown for turn in (Message("user", said), Message("assistant", answer))]
    return [Message("system", "\n\n".join(system)), *pairs, *turns]


def prepared(model: Model) -> Model:
    """A model that can be asked for names and arguments: without what bounds the form of an answer in words.

    Its system message is not part of it either: that stands in the conversation, so that there is one alone.
    """
    options = replace(model.options, stop=(), choice=(), regex=None, logprobs=None)
    return replace(model, system=None, options=options)


def called(tool: Tool, arguments: str, replies: Sequence[Reply]) -> Reply:
    """One reply for all that a call took, as if the model had tools: with their tokens and thoughts together.

    >>> now = Tool("now", "The time.", {"type": "object", "properties": {}})
    >>> called(now, "{}", [Reply(text='"now"', finish="stop", usage=Usage(30, 3))]).usage
    Usage(prompt_tokens=30, completion_tokens=3, cached_tokens=None)
    """
    call = ToolCall(f"call_{uuid.uuid4().hex[:12]}", tool.name, arguments)
    last = replies[-1] if replies else Reply(text="", finish="tool_calls")
    return together(replace(last, text="", parsed=None, tool_calls=(call,), finish="tool_calls"), replies[:-1])


def together(reply: Reply, before: Sequence[Reply]) -> Reply:
    """A reply with the tokens and thoughts of those before it, which it took to come to it."""
    usages = [one.usage for one in (*before, reply)]
    return replace(
        reply,
        usage=Usage(
            _sum(usage.prompt_tokens for usage in usages),
            _sum(usage.completion_tokens for usage in usages),
            _sum(usage.cached_tokens for usage in usages),
        ),
        reasoning="\n".join(one.reasoning for one in (*before, reply) if one.reasoning),
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    """The sum of what was counted; None where nobody has counted."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
