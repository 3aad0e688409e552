"""Between AutoGen's messages, tools and results, and ours."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

from autogen_core import FunctionCall
from autogen_core import Image as AutoGenImage
from autogen_core.models import (
    AssistantMessage,
    CreateResult,
    FinishReasons,
    FunctionExecutionResultMessage,
    LLMMessage,
    RequestUsage,
    SystemMessage,
    UserMessage,
)
from autogen_core.tools import Tool as AutoGenTool
from autogen_core.tools import ToolSchema

from workbench.conversation import as_image
from workbench.errors import ToolCallError
from workbench.json_text import check_json, read_json
from workbench.messages import Finish, Image, Message, Reply, Tool, ToolCall, Usage

_FINISHES: dict[Finish, FinishReasons] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "function_calls",
    "content_filter": "content_filter",
}
_LONGEST_UNREADABLE = 2000  # characters


def as_messages(history: Sequence[LLMMessage]) -> list[Message]:
    """AutoGen's conversation as ours; several tool results of one message become several messages.

    Args:
        history: The conversation.

    Raises:
        PromptError: If an image in it is too large to be sent.

    >>> as_messages([UserMessage(content="Wo ist das Amt?", source="user")])[0].content
    'Wo ist das Amt?'
    """
    return [message for turn in history for message in _as_messages(turn)]


def _as_messages(turn: LLMMessage) -> list[Message]:
    match turn:
        case SystemMessage():
            return [Message("system", turn.content)]
        case UserMessage(content=content):
            parts = [content] if isinstance(content, str) else content
            text = "\n".join(part for part in parts if isinstance(part, str))
            images = tuple(image_of(part) for part in parts if isinstance(part, AutoGenImage))
            # An agent may have said nothing, and there is nothing to answer in that.
            return [Message("user", text, images=images)] if text.strip() or images else []
        case AssistantMessage(content=str() as text):
            return [Message("assistant", text)]
        case AssistantMessage(content=calls):
            made = [call for call in calls if isinstance(call, FunctionCall)]
            told = tuple(ToolCall(call.id, call.name, _readable(call)) for call in made)
            return [Message("assistant", turn.thought or "", told)]
        case FunctionExecutionResultMessage():
            return [Message("tool", result.content, tool_call_id=result.call_id) for result in turn.content]


def _readable(call: FunctionCall) -> str:
    """The arguments of a call as a JSON object: AutoGen tells a model of its faulty ones, and asks it again.

    Servers refuse a conversation that holds what is not JSON, so that no agent could ever mend its call.
    """
    try:
        is_object = isinstance(read_json(call.arguments), dict)
    except ValueError:
        is_object = False
    unreadable = {"unreadable": call.arguments[:_LONGEST_UNREADABLE]}
    return call.arguments if is_object else json.dumps(unreadable, ensure_ascii=False)


def image_of(image: AutoGenImage) -> Image:
    """AutoGen's image as ours, in PNG. Raises PromptError if it is too large."""
    return as_image(image.to_base64())


def as_tools(tools: Sequence[AutoGenTool | ToolSchema]) -> tuple[Tool, ...]:
    """AutoGen's tools as ours.

    >>> as_tools([{"name": "now", "description": "The time."}])
    (Tool(name='now', description='The time.', parameters={'type': 'object', 'properties': {}}),)
    """
    return tuple(_as_tool(tool.schema if isinstance(tool, AutoGenTool) else tool) for tool in tools)


def _as_tool(schema: ToolSchema) -> Tool:
    parameters = dict(schema.get("parameters") or {"type": "object", "properties": {}})
    return Tool(schema["name"], schema.get("description", ""), parameters)


def check_calls(reply: Reply) -> None:
    """Raise ToolCallError for arguments that AutoGen would fail at, or take for what they are not.

    It asks the model again where they are not JSON at all; at what is nested deeply it would hang for ever.

    >>> check_calls(Reply(text="", finish="tool_calls", tool_calls=(ToolCall("1", "now", '{"zone": NaN}'),)))
    Traceback (most recent call last):
    workbench.errors.ToolCallError: the arguments of 'now' are not JSON, it holds NaN: ask again, ...
    """
    for call in reply.tool_calls:
        try:
            check_json(call.arguments)
        except ValueError as error:
            raise ToolCallError(
                f"the arguments of {call.name!r} are {error}",
                where=reply.model,
                advice="ask again, or take a stronger model; they are on the error's reply",
                reply=reply,
            ) from None


def as_result(reply: Reply) -> CreateResult:
    """A reply as AutoGen's result. Text that came beside tool calls becomes part of the thought.

    Raises:
        ToolCallError: As `check_calls`.

    >>> result = as_result(Reply(text="Bonn", finish="stop", reasoning="Am Rhein."))
    >>> result.content, result.thought, result.finish_reason
    ('Bonn', 'Am Rhein.', 'stop')
    """
    check_calls(reply)
    thoughts = [reply.reasoning, reply.text if reply.tool_calls else ""]
    return CreateResult(
        finish_reason="function_calls" if reply.tool_calls else _FINISHES.get(reply.finish, "unknown"),
        content=_calls(reply.tool_calls) if reply.tool_calls else reply.text,
        usage=as_usage(reply.usage),
        cached=False,
        thought="\n".join(thought for thought in thoughts if thought) or None,
    )


def as_usage(usage: Usage) -> RequestUsage:
    """AutoGen knows no "unknown" here: 0 prompt tokens stand for it, as no real prompt has none.

    >>> as_usage(Usage())
    RequestUsage(prompt_tokens=0, completion_tokens=0)
    """
    return RequestUsage(usage.prompt_tokens or 0, usage.completion_tokens or 0)


def _calls(calls: Sequence[ToolCall]) -> list[FunctionCall]:
    """The calls, each with an id of its own: results are told apart by it, and not every server keeps it apart."""
    made: list[FunctionCall] = []
    for call in calls:
        taken = not call.id or any(call.id == other.id for other in made)
        call_id = f"call_{uuid.uuid4().hex[:12]}" if taken else call.id
        made.append(FunctionCall(id=call_id, name=call.name, arguments=call.arguments))
    return made
