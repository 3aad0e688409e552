"""How a model is asked for an agent: with tools of its own, or with tools that are imposed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.agents._translate import check_calls
from workbench.agents.imposed import called, chosen, filled, in_plain_turns, prepared, together
from workbench.connections import Model, Schema, first_fault
from workbench.errors import ToolCallError
from workbench.json_text import read_json
from workbench.messages import Message, Options, Piece, Reply, Tool
from workbench.model_info import Capabilities

Ask = Callable[[Model, "Asked"], AsyncGenerator[Piece, None]]
Note = Callable[[Sequence[Message], Sequence[Tool], Reply], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What an agent asks of a model.

    Attributes:
        turns: The conversation.
        tools: The tools that may be called.
        choice: "auto", "required" or the name of a tool.
        schema: Schema of an answer in words, if any.
        options: Further options of this request.
    """

    turns: list[Message]
    tools: tuple[Tool, ...] = ()
    choice: str = "auto"
    schema: Schema | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_forced(self) -> bool:
        """Whether a tool has to be called."""
        return bool(self.tools) and self.choice != "auto"

    @property
    def is_about_tools(self) -> bool:
        """Whether a template without tools would drop a part of it."""
        return bool(self.tools) or any(turn.role == "tool" or turn.tool_calls for turn in self.turns)


async def whole(model: Model, asked: Asked) -> AsyncGenerator[Piece, None]:
    """Ask for the whole answer: one piece with the reply."""
    yield Piece(reply=await model.ask(asked.turns, schema=asked.schema, **asked.options))


def streamed(model: Model, asked: Asked) -> AsyncGenerator[Piece, None]:
    """Ask for the answer as it arrives."""
    return model.stream(asked.turns, schema=asked.schema, **asked.options)


def is_native(model: Model, known: Capabilities, asked: Asked) -> bool:
    """Whether a model is asked with tools of its own, as far as is known of it.

    An answer that is held to a schema leaves no room for a call on vLLM and Ollama, unless the call is forced.
    """
    if not asked.is_about_tools:
        return True
    if known.tools is False or known.tools_seen is False:
        return False
    if asked.is_forced:
        return known.forced_tools is not False and not model.engine.unsupported(Options(tool_choice=asked.choice))
    return asked.schema is None or not asked.tools


async def natively(model: Model, asked: Asked, ask: Ask, note: Note) -> AsyncGenerator[Piece, None]:
    """Ask a model that has tools; what it calls is valid by the schemas of the tools.

    Args:
        model: The model.
        asked: What is asked.
        ask: `whole` or `streamed`.
        note: Is told of the reply to exactly these turns.

    Yields:
        As `Model.stream`. Text before a call that has to be made is held back.

    Raises:
        ToolCallError: If a call was cut, or its arguments are beyond all limits.
        EngineError: If no whole answer came.
    """
    options, schema = asked.options, asked.schema
    if asked.tools:
        options = {**options, "tools": asked.tools, "tool_choice": asked.choice}
        schema = None if asked.is_forced else schema
    async with aclosing(ask(model, replace(asked, options=options, schema=schema))) as answering:
        async for piece in answering:
            if piece.reply is not None:
                note(asked.turns, asked.tools, piece.reply)
                yield Piece(reply=await _sound(model, asked, piece.reply))
            elif not asked.is_forced:
                yield piece


async def imposed(model: Model, asked: Asked, ask: Ask, note: Note) -> AsyncGenerator[Piece, None]:
    """Ask a model without tools: which tool, then its arguments, or else the answer in words.

    Arguments, pieces and errors as for `natively`; the last reply has the tokens of all steps.
    """
    turns = in_plain_turns(asked.turns)
    before: list[Reply] = []
    if asked.tools:
        tool, before = await _choose(model, asked, turns)
        if tool is not None:
            yield Piece(reply=await _fill(model, asked, turns, tool, before))
            return
    async with aclosing(ask(model, replace(asked, turns=turns, tools=()))) as answering:
        async for piece in answering:
            if piece.reply is None:
                yield piece
            else:
                note(turns, (), piece.reply)
                yield Piece(reply=together(piece.reply, before))


async def _choose(model: Model, asked: Asked, turns: list[Message]) -> tuple[Tool | None, list[Reply]]:
    tools = tuple(tool for tool in asked.tools if asked.choice in ("auto", "required", tool.name))
    asker, turns = _asker(model, asked), _with_system(model, turns)
    after_result = bool(asked.turns) and asked.turns[-1].role == "tool"
    tool, reply = await chosen(asker, turns, tools, answers=asked.choice == "auto", after_result=after_result)
    return tool, [reply] if reply else []


async def _fill(model: Model, asked: Asked, turns: list[Message], tool: Tool, before: list[Reply]) -> Reply:
    arguments, replies = await filled(_asker(model, asked), _with_system(model, turns), tool)
    return replace(called(tool, arguments, [*before, *replies]), model=model.name)


def _asker(model: Model, asked: Asked) -> Model:
    return prepared(model.using(**asked.options))


def _with_system(model: Model, turns: list[Message]) -> list[Message]:
    """The conversation with the system message that the model itself brings along, in one with its own."""
    if model.system is None:
        return turns
    if turns and turns[0].role == "system":
        return [replace(turns[0], content=f"{model.system}\n\n{turns[0].content}"), *turns[1:]]
    return [Message("system", model.system), *turns]


async def _sound(model: Model, asked: Asked, reply: Reply) -> Reply:
    """A native reply whose calls are valid: what is not is asked for anew, by the schema of its tool."""
    if not asked.tools:
        return reply
    check_calls(reply)
    if asked.is_forced and not reply.tool_calls:
        return await _forced(model, asked, reply)
    turns, calls, replies = in_plain_turns(asked.turns), [], []
    for call in reply.tool_calls:
        tool = next((tool for tool in asked.tools if tool.name == call.name), None)
        if tool is not None and is_valid(call.arguments, tool.parameters):
            calls.append(replace(call, arguments=call.arguments or "{}"))
            continue
        if tool is None:
            tool, before = await _choose(model, replace(asked, choice="required"), turns)
            replies += before
            assert tool is not None, "a choice without answers is a tool"
        mended = await _fill(model, asked, turns, tool, [])
        calls.append(replace(mended.tool_calls[0], id=call.id))
        replies.append(mended)
    return replace(together(reply, replies), tool_calls=tuple(calls)) if replies else reply


async def _forced(model: Model, asked: Asked, reply: Reply) -> Reply:
    """The call that a server did not make though it had to: some pass over the word."""
    if reply.finish in ("length", "repetition"):
        raise ToolCallError(
            "the call was cut by the limit of tokens"
            if reply.finish == "length"
            else "the call repeats itself and was stopped",
            where=reply.model,
            advice="raise max_tokens, or take a stronger model; what came is on the error's reply",
            reply=reply,
        )
    turns = in_plain_turns(asked.turns)
    tool, before = await _choose(model, asked, turns)
    assert tool is not None, "a choice without answers is a tool"
    return await _fill(model, asked, turns, tool, [reply, *before])


def is_valid(arguments: str, schema: Mapping[str, Any]) -> bool:
    """Whether the arguments of a call, as a model wrote them, fit the schema of its tool."""
    try:
        return first_fault(schema, read_json(arguments or "{}")) is None
    except ValueError:
        return False
