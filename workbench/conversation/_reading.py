"""Conversations in every form in which users keep them, as messages: the one place where a prompt is read.

Histories come from OpenAI's package, from files, from other frameworks and from replies of this one. What they say is
kept: tool calls with their ids, results with the call that they answer, several parts of a text. What cannot be sent is
refused with the number of its message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any

from workbench.arguments import as_json, as_python, is_missing, listed, sendable, shown
from workbench.conversation._images import MOST_BYTES, as_image
from workbench.errors import PromptError, UsageError
from workbench.json_text import read_json
from workbench.messages import Image, Message, Reply, Role, ToolCall

Turn = Message | Reply | Mapping[str, Any]
Prompt = str | Sequence[Turn]

_ROLES: Mapping[Any, Role] = {
    "system": "system",
    "developer": "system",  # what OpenAI calls it since its reasoning models; other servers do not know the word
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",  # what it was called before
}
_TEXTS = ("text", "input_text", "output_text")
_IMAGES = ("image_url", "input_image")


def as_messages(prompt: Any) -> tuple[Message, ...]:
    """Turn a prompt into messages.

    Args:
        prompt: A text, or a conversation: a list of messages, each a `Message`, a `Reply` of a model, a dict in the
            form of OpenAI or Ollama, or an object with such fields.

    Raises:
        PromptError: If it is empty, missing or none, or a message of it cannot be sent; the message is named.

    >>> as_messages("Hallo")[0].role
    'user'
    >>> turn = {"role": "user", "content": [{"type": "text", "text": "Wo?"}]}
    >>> [(message.role, message.content) for message in as_messages([turn])]
    [('user', 'Wo?')]
    """
    prompt = as_python(prompt)
    if is_missing(prompt):
        raise PromptError("the prompt is missing", advice="write what is to be answered, or leave it out")
    if isinstance(prompt, str):
        if not prompt.strip():
            raise PromptError("the prompt is empty", advice="write what is to be answered")
        return (Message("user", sendable(prompt)),)
    turns = listed(prompt)
    if turns is None and "role" in (_fields_of(prompt) or ()):
        raise PromptError("a message alone is not a prompt", advice="put a conversation's messages into a list")
    if not turns:
        kind = "an empty list" if turns is not None else type(prompt).__name__
        raise PromptError(f"a prompt must be a text or a list of messages, not {kind}")
    messages: list[Message] = []
    for number, turn in enumerate(turns, 1):
        messages.append(_message(turn, number, messages))
    last = messages[-1]
    if not last.content.strip() and last.role != "tool" and not last.tool_calls and not last.images:
        raise PromptError("the last message is empty", advice="write what is to be answered")
    return tuple(messages)


def _message(turn: Any, number: int, earlier: Sequence[Message]) -> Message:
    """One turn as a message. Raises PromptError."""
    found = _fields_of(turn)
    role = _ROLES.get(as_python(found.get("role"))) if found is not None and _is_text(found.get("role")) else None
    if found is None or role is None:
        roles = ", ".join(dict.fromkeys(_ROLES.values()))
        raise PromptError(
            f"message {number} is not a message", advice=f'write {{"role": …, "content": …}} with a role of {roles}'
        )
    if found.get("audio"):
        raise _of_another_kind(number, "audio")
    calls = _calls(found, number)
    content, images = _content(found, number, may_be_none=bool(calls))
    if images and role != "user":
        raise PromptError(f"message {number} holds an image, and is not the user's", advice="move it to the user's")
    name = found.get("name") or found.get("tool_name")
    return Message(
        role,
        content,
        calls,
        _answered(found, earlier) if role == "tool" else None,
        None if is_missing(name) else _named(name, number),
        images,
    )


def _fields_of(turn: Any) -> Mapping[str, Any] | None:
    """The fields of a message by name; None for what is not a message."""
    if isinstance(turn, Reply):
        turn = turn.message
    if isinstance(turn, Mapping):
        return turn
    if is_dataclass(turn) and not isinstance(turn, type):
        return {field.name: getattr(turn, field.name) for field in fields(turn)}
    dump = getattr(turn, "model_dump", None)  # of pydantic
    if callable(dump) and not isinstance(turn, type):
        return dict(dump())
    return vars(turn) if isinstance(turn, SimpleNamespace) else None


def _content(found: Mapping[str, Any], number: int, *, may_be_none: bool) -> tuple[str, tuple[Image, ...]]:
    """What is said, and the images that are shown with it: among its parts, or beside it as Ollama has them."""
    beside = found.get("images")
    images = [] if is_missing(beside) else listed(beside)
    if images is None:
        raise PromptError(f"message {number} has no list of images", advice="give images as a list")
    content: Any = as_python(found.get("content"))
    if is_missing(content):
        refusal = as_python(found.get("refusal"))
        if isinstance(refusal, str):
            content = refusal
        elif may_be_none or images:
            content = ""
        else:
            raise PromptError(f"message {number} has no content", advice="write what is said")
    if not isinstance(content, str):
        parts = listed(content)
        if parts is None:
            raise PromptError(f"the content of message {number} must be a text, not {shown(content)}")
        texts = [_part(part, number, images) for part in parts]
        content = "\n".join(text for text in texts if text is not None)
    return _sendable(content, number), _images(images, number)


def _images(given: Sequence[Any], number: int) -> tuple[Image, ...]:
    found = []
    for place, one in enumerate(given, 1):
        try:
            found.append(as_image(one))
        except PromptError as error:
            what = f"image {place} of message {number} cannot be sent: {error.what}"
            raise PromptError(what, advice=error.advice) from None
    if sum(len(one.data) for one in found) > MOST_BYTES * 4 // 3 + 4:
        raise PromptError(
            f"the images of message {number} have more than {MOST_BYTES >> 20} MiB", advice="make them smaller"
        )
    return tuple(found)


def _part(part: Any, number: int, images: list[Any]) -> str | None:
    """The text of a part; None for an image, which is added to the images."""
    if isinstance(part, str):
        return part
    found = _fields_of(part)
    if found is None:
        raise PromptError(f"the content of message {number} must be a text, not {shown(part)}")
    kind = found.get("type")
    if kind in _IMAGES and (image := found.get("image_url")):
        images.append((_fields_of(image) or {"url": image}).get("url"))
        return None
    text = as_python(found.get("refusal" if kind == "refusal" else "text"))
    if kind not in (*_TEXTS, "refusal") or not isinstance(text, str):
        raise _of_another_kind(number, str(kind))
    return text


def _of_another_kind(number: int, kind: str) -> PromptError:
    return PromptError(
        f"message {number} holds {shown(kind)}, and engines take texts and images only",
        advice="leave it out, or describe it",
    )


def _calls(found: Mapping[str, Any], number: int) -> tuple[ToolCall, ...]:
    """The tool calls of a message, those of OpenAI's older form too."""
    several = found.get("tool_calls")
    given = [] if is_missing(several) else listed(several)
    if given is None:
        raise PromptError(f"message {number} has no list of tool calls", advice="give tool_calls as a list")
    if not given and not is_missing(older := found.get("function_call")):
        given = [older]
    return tuple(_call(one, number, place) for place, one in enumerate(given, 1))


def _call(one: Any, number: int, place: int) -> ToolCall:
    call = _fields_of(one) or {}
    inner = _fields_of(call.get("function")) or call
    name = as_python(inner.get("name"))
    if not isinstance(name, str) or not name:
        raise PromptError(
            f"tool call {place} of message {number} is not a tool call",
            advice='write {"id": …, "type": "function", "function": {"name": …, "arguments": …}}',
        )
    arguments = as_python(inner.get("arguments", inner.get("args")))
    return ToolCall(
        # A call without an id gets one, so that its result can be told from others.
        _identity(call.get("id")) or f"call_{number}_{place}",
        _sendable(name, number),
        _arguments(arguments, f"the arguments of {shown(name)} in message {number}"),
    )


def _arguments(given: Any, what: str) -> str:
    if is_missing(given) or given == "":
        return "{}"
    if not isinstance(given, str):
        try:
            return json.dumps(as_json(what, given), ensure_ascii=False)
        except UsageError as error:
            raise PromptError(error.what, advice=error.advice) from None
    try:
        read_json(given)
        return sendable(given)
    except ValueError as error:
        raise PromptError(f"{what} are {error}", advice="mend them, or leave the call and its result out") from None


def _answered(found: Mapping[str, Any], earlier: Sequence[Message]) -> str | None:
    """The id of the call that a tool's message answers; where it names none, the first that nobody has answered."""
    if named := _identity(found.get("tool_call_id")):
        return named
    answered = {message.tool_call_id for message in earlier}
    tool = found.get("name") or found.get("tool_name")
    open_calls = [call for message in earlier for call in message.tool_calls if call.id not in answered]
    return next((call.id for call in open_calls if is_missing(tool) or call.name == tool), None)


def _identity(given: Any) -> str:
    given = as_python(given)
    return "" if is_missing(given) else str(given)


def _named(name: Any, number: int) -> str:
    if not _is_text(name):
        raise PromptError(f"the name in message {number} must be a text, not {shown(name)}")
    return _sendable(as_python(name), number)


def _is_text(value: Any) -> bool:
    return isinstance(as_python(value), str)


def _sendable(text: str, number: int) -> str:
    try:
        return sendable(text)
    except PromptError as error:
        raise PromptError(f"message {number} is not valid Unicode", advice=error.advice) from None
