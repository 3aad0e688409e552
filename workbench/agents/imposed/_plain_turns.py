"""A conversation in plain turns, for a model whose template knows neither tool calls nor their results."""

from __future__ import annotations

import json
from collections.abc import Sequence

from workbench.messages import Message


def in_plain_turns(messages: Sequence[Message]) -> list[Message]:
    """A conversation without tool calls and results, as a template without tools would drop them.

    >>> from workbench.messages import ToolCall
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
