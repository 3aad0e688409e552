"""Tools for models that have none: a JSON schema with a branch for each tool, so that every call is a valid one.

The model reads the tools in its system message and answers in JSON. What it calls is always a tool that exists, with
arguments of the right form; whether the call is wise depends on the model.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic_core import from_json

from workbench.messages import Message, Reply, Tool, ToolCall

_TEXT: Mapping[str, Any] = {"type": "string"}
_DEFINITIONS = ("$defs", "definitions")


@dataclass(frozen=True, slots=True)
class Imposed:
    """What a model without tools is asked instead.

    Attributes:
        messages: The conversation in plain turns, with the tools described in its system message.
        schema: JSON schema of the answer.
    """

    messages: list[Message]
    schema: Mapping[str, Any]


def impose(messages: Sequence[Message], tools: Sequence[Tool], *, answer: Mapping[str, Any] | None = _TEXT) -> Imposed:
    """Ask a model without tools so that it can call them.

    Args:
        messages: The conversation, with tool calls and results.
        tools: The tools that may be called now.
        answer: JSON schema of a plain answer; None if the model has to call a tool.

    >>> now = Tool("now", "The time.", {"type": "object", "properties": {}})
    >>> [message.role for message in impose([Message("user", "Wie spät ist es?")], [now]).messages]
    ['system', 'user']
    """
    plain = in_plain_turns(messages)
    told = _instruction(tools, answers=answer is not None)
    if plain and plain[0].role == "system":
        plain[0] = replace(plain[0], content=f"{plain[0].content}\n\n{told}")
    else:
        plain.insert(0, Message("system", told))
    return Imposed(plain, _schema(tools, answer))


def in_plain_turns(messages: Sequence[Message]) -> list[Message]:
    """A conversation without tool calls and results, as a template without tools would drop them.

    >>> call = ToolCall("1", "now", "{}")
    >>> turns = [Message("assistant", "", (call,)), Message("tool", "12 Uhr", tool_call_id="1")]
    >>> [(turn.role, turn.content) for turn in in_plain_turns(turns)]
    [('assistant', '{"tool": "now", "arguments": {}}'), ('user', 'Result of now: 12 Uhr')]
    """
    names = {call.id: call.name for message in messages for call in message.tool_calls}
    plain: list[Message] = []
    after_result = False
    for message in messages:
        if message.role != "tool":
            plain.append(_spoken(message))
        else:
            result = f"Result of {names.get(message.tool_call_id or '', 'the tool')}: {message.content}"
            if after_result:
                plain[-1] = Message("user", f"{plain[-1].content}\n{result}")
            else:
                plain.append(Message("user", result))
        after_result = message.role == "tool"
    return plain


def _spoken(message: Message) -> Message:
    if not message.tool_calls:
        return message
    calls = [f'{{"tool": {json.dumps(call.name)}, "arguments": {call.arguments}}}' for call in message.tool_calls]
    return Message(message.role, "\n".join([message.content, *calls] if message.content else calls))


def as_called(reply: Reply) -> Reply:
    """The reply to an imposed schema, as if the model had tools: with a tool call, or with its plain answer.

    >>> as_called(Reply(text='{"answer": "Bonn"}', parsed={"answer": "Bonn"}, finish="stop")).text
    'Bonn'
    """
    if "tool" not in reply.parsed:
        answer = reply.parsed["answer"]
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        return replace(reply, text=text, parsed=answer)
    arguments = json.dumps(reply.parsed["arguments"], ensure_ascii=False)
    call = ToolCall(f"call_{uuid.uuid4().hex[:12]}", reply.parsed["tool"], arguments)
    return replace(reply, text="", parsed=None, tool_calls=(call,), finish="tool_calls")


def cut_answer(reply: Reply) -> Reply | None:
    """A plain answer that was cut short, as far as it came; None where a tool call was cut.

    >>> cut_answer(Reply(text='{"answer": "Am Rathaus', finish="length")).text
    'Am Rathaus'
    >>> cut_answer(Reply(text='{"tool": "now", "arg', finish="length")) is None
    True
    """
    if reply.finish not in ("length", "repetition"):
        return None
    try:
        begun = from_json(reply.text, allow_partial="trailing-strings") if reply.text else {}
    except ValueError:
        return None  # no JSON, or nested too deeply
    if not isinstance(begun, dict) or not isinstance(begun.get("answer"), str):
        return None
    return replace(reply, text=begun["answer"])


def _instruction(tools: Sequence[Tool], *, answers: bool) -> str:
    listed = [f"- {tool.name}: {tool.description} Arguments: {json.dumps(dict(tool.parameters))}" for tool in tools]
    ways = ['To call a tool, write {"tool": its name, "arguments": its arguments}.']
    if answers:
        ways.append('To answer without a tool, write {"answer": your answer}.')
    return "\n".join(["You have these tools:", *listed, "Write JSON only.", *ways])


def _schema(tools: Sequence[Tool], answer: Mapping[str, Any] | None) -> dict[str, Any]:
    definitions: dict[str, Any] = {}
    branches = []
    for number, tool in enumerate(tools):
        moved = _Moved(f"tool{number}_", f"#/anyOf/{number}/properties/arguments", definitions)
        branches.append(_branch({"tool": {"const": tool.name}, "arguments": moved.schema(tool.parameters)}))
    if answer is not None:
        moved = _Moved("answer_", f"#/anyOf/{len(tools)}/properties/answer", definitions)
        branches.append(_branch({"answer": moved.schema(answer)}))
    return {"anyOf": branches, **({"$defs": definitions} if definitions else {})}


def _branch(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


@dataclass(frozen=True, slots=True)
class _Moved:
    """A schema that becomes a part of a larger one.

    Attributes:
        prefix: What tells its definitions from those of other schemas, when they move to the root.
        place: A reference to where it stands in the larger one.
        definitions: Those at the root, where its own are added.
    """

    prefix: str
    place: str
    definitions: dict[str, Any]

    def schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The schema with references to where things are now."""
        for keyword in _DEFINITIONS:
            for name, definition in (schema.get(keyword) or {}).items():
                self.definitions[self.prefix + name] = self._part(definition)
        return {name: self._part(value) for name, value in schema.items() if name not in _DEFINITIONS}

    def _part(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._part(part) for part in value]
        if not isinstance(value, Mapping):
            return value
        return {
            name: self._reference(part) if name == "$ref" and isinstance(part, str) else self._part(part)
            for name, part in value.items()
        }

    def _reference(self, reference: str) -> str:
        for keyword in _DEFINITIONS:
            if reference.startswith(f"#/{keyword}/"):
                return f"#/$defs/{self.prefix}{reference.removeprefix(f'#/{keyword}/')}"
        inside = reference == "#" or reference.startswith("#/")
        return f"{self.place}{reference[1:]}" if inside else reference
