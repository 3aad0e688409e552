"""Messages in the form that OpenTelemetry's conventions for generative AI give them, v0.1.0."""

from __future__ import annotations

from typing import Any

from workbench.messages import Message


def message_parts(message: Message) -> dict[str, Any]:
    """A message as its role and its parts.

    >>> message_parts(Message("user", "Wo?"))
    {'role': 'user', 'parts': [{'type': 'text', 'content': 'Wo?'}]}
    """
    if message.role == "tool":
        answered = {"type": "tool_call_response", "id": message.tool_call_id, "response": message.content}
        return {"role": "tool", "parts": [answered]}
    parts = [text_part(message.content)] if message.content else []
    images = [
        {"type": "blob", "modality": "image", "mime_type": one.media_type, "content": one.data}
        for one in message.images
    ]
    calls = [
        {"type": "tool_call", "id": one.id, "name": one.name, "arguments": one.arguments} for one in message.tool_calls
    ]
    return {"role": message.role, "parts": [*parts, *images, *calls]}


def text_part(content: str) -> dict[str, Any]:
    """A text as a part of a message."""
    return {"type": "text", "content": content}


def reasoning_part(content: str) -> dict[str, Any]:
    """Thoughts as a part of a message."""
    return {"type": "reasoning", "content": content}
