"""What happened in a session, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage, ToolCallExecutionEvent, ToolCallRequestEvent

from workbench.json_text import read_json
from workbench.texts import as_unicode


@dataclass(slots=True)
class Entry:
    """An event of AutoGen's and its place in the session.

    Attributes:
        turn: Number of the turn; 0 for the task.
        event: The event or message.
        undone: Whether its turn broke off and was taken back.
    """

    turn: int
    event: BaseAgentEvent | BaseChatMessage
    undone: bool = False

    @property
    def is_message(self) -> bool:
        """Whether it is a message of the conversation, and not only an event on the way to one."""
        return isinstance(self.event, BaseChatMessage)


def as_frame(entries: Sequence[Entry]) -> pd.DataFrame:
    """One row for each event.

    >>> from autogen_agentchat.messages import TextMessage
    >>> frame = as_frame([Entry(0, TextMessage(content="Guten Tag", source="user"))])
    >>> frame.loc[0, "kind"], frame.loc[0, "content"], frame.loc[0, "prompt_tokens"]
    ('TextMessage', 'Guten Tag', <NA>)
    """
    rows = [_row(entry) for entry in entries]
    columns = {name: [row[name] for row in rows] for name in _TYPES}
    return pd.DataFrame({name: pd.Series(values, dtype=_TYPES[name]) for name, values in columns.items()})


_TYPES = {
    "turn": "int64",
    "time": "datetime64[us, UTC]",
    "source": "str",
    "kind": "str",
    "content": "str",
    "prompt_tokens": "Int64",
    "completion_tokens": "Int64",
    "undone": "bool",
}


def _row(entry: Entry) -> dict[str, object]:
    usage = entry.event.models_usage
    counted = usage if usage is not None and usage.prompt_tokens else None  # 0 stands for: the server did not count
    return {
        "turn": entry.turn,
        "time": entry.event.created_at,
        "source": entry.event.source,
        "kind": type(entry.event).__name__,
        "content": as_unicode(_text(entry.event)),
        "prompt_tokens": counted.prompt_tokens if counted else None,
        "completion_tokens": counted.completion_tokens if counted else None,
        "undone": entry.undone,
    }


def _text(event: BaseAgentEvent | BaseChatMessage) -> str:
    match event:
        case ToolCallRequestEvent():
            return "\n".join(f"{call.name}({_arguments(call.arguments)})" for call in event.content)
        case ToolCallExecutionEvent():
            return "\n".join(f"{result.name}: {result.content}" for result in event.content)
    return event.to_text()


def _arguments(written: str) -> str:
    """Arguments as Python writes them, or as the model wrote them where they are not a JSON object."""
    try:
        values = read_json(written)
    except ValueError:
        return written
    return ", ".join(f"{name}={value!r}" for name, value in values.items()) if isinstance(values, dict) else written
