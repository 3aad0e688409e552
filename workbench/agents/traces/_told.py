"""What is told of calls of models and tools: names, counts and reasons, and what was said only where that is wanted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from autogen_core import Image
from autogen_core.models import LLMMessage, UserMessage

from workbench.agents._desk import Asked
from workbench.agents._translate import as_messages, image_of
from workbench.agents._visible import visible
from workbench.agents.traces._span import Value
from workbench.conversation import image_text
from workbench.gen_ai import message_parts, reasoning_part, text_part
from workbench.messages import Message, ToolCall
from workbench.texts import as_unicode, shorten

_FINISHES = {"function_calls": "tool_call"}
_OPTIONS = {
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
    "max_tokens": "gen_ai.request.max_tokens",
    "seed": "gen_ai.request.seed",
    "stop": "gen_ai.request.stop_sequences",
}
_PRODUCTS = {"embedded": "llama.cpp"}
_LONGEST_NAME = 80
OTHER = "_OTHER"
"""What the conventions write where nothing more is known."""


def named(name: str) -> str:
    """A name as it is told: a model may make one up, so it is short, on one line, and nothing in it is hidden."""
    return as_unicode(shorten(" ".join(visible(name, latin=True).split()), _LONGEST_NAME))


def model_told(client: Mapping[str, Any]) -> dict[str, Value]:
    """Which model is asked and how, as far as that is known."""
    connection, _, model = str(client.get("model", "")).partition("/")
    told: dict[str, Value] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": _PRODUCTS.get(connection, named(connection).lower()) or OTHER,
    }
    if model:
        told["gen_ai.request.model"] = named(model)
    options = client.get("options", {})
    for option, name in _OPTIONS.items():
        if isinstance(value := options.get(option), str | int | float):
            told[name] = value
        elif isinstance(value, tuple | list):
            told[name] = [as_unicode(str(one)) for one in value]
    return told


def chat_told(asked: Asked, *, content: bool) -> dict[str, Value]:
    """A call of a model that was answered."""
    result = asked.answer
    told = model_told(asked.client)
    told["gen_ai.response.finish_reasons"] = [_FINISHES.get(result.finish_reason, result.finish_reason)]
    if result.usage.prompt_tokens:  # 0 stands for: the server did not count
        told["gen_ai.usage.input_tokens"] = result.usage.prompt_tokens
        told["gen_ai.usage.output_tokens"] = result.usage.completion_tokens
    return told | _said(asked) if content else told


def tool_told(tool: str) -> dict[str, Value]:
    """A call of a tool, whatever came of it."""
    return {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": named(tool), "gen_ai.tool.type": "function"}


def ran_told(asked: Asked, *, content: bool) -> dict[str, Value]:
    """A call of a tool that was answered."""
    tool, arguments = asked.request
    told = tool_told(tool)
    if not content:
        return told
    answer = asked.answer
    result = answer.output if hasattr(answer, "exit_code") else answer.to_text()
    return told | {"gen_ai.tool.call.arguments": as_unicode(arguments), "gen_ai.tool.call.result": as_unicode(result)}


def tool_error(asked: Asked) -> str:
    """Why a call of a tool gave nothing of use; "" where it did."""
    if not asked.ran:
        return "rejected"
    answer = asked.answer
    failed = answer.exit_code != 0 if hasattr(answer, "exit_code") else answer.is_error
    return "tool_error" if failed else ""


def _said(asked: Asked) -> dict[str, Value]:
    request, result = asked.request, asked.answer
    messages = as_messages([_without_images(one) for one in request.messages])
    system = [one for one in messages if one.role == "system"]
    if isinstance(result.content, str):
        answer = message_parts(Message("assistant", result.content))
    else:
        calls = tuple(ToolCall(one.id, one.name, one.arguments) for one in result.content)
        answer = message_parts(Message("assistant", "", calls))
    if result.thought:
        answer["parts"].insert(0, reasoning_part(result.thought))
    told = {
        "gen_ai.input.messages": [message_parts(one) for one in messages if one.role != "system"],
        "gen_ai.output.messages": [answer],
        "gen_ai.system_instructions": [text_part(one.content) for one in system],
        "gen_ai.tool.definitions": request.settings["tools"],
    }
    return {name: _json(value) for name, value in told.items() if value}


def _without_images(message: LLMMessage) -> LLMMessage:
    if not isinstance(message, UserMessage) or isinstance(message.content, str):
        return message
    texts = [f"[{image_text(image_of(one))}]" if isinstance(one, Image) else one for one in message.content]
    return UserMessage(content="\n".join(texts), source=message.source)


def _json(value: Any) -> str:
    return as_unicode(json.dumps(value, ensure_ascii=False, default=str))
