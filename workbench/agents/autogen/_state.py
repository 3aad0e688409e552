"""The state of a team at rest, kept cheaply at every turn and put back exactly.

Messages are shared, as nobody changes them: a turn costs what it adds. Lists that only grow share one list and differ
in their length.
"""

from __future__ import annotations

import operator
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage
from autogen_core import FunctionCall
from autogen_core.memory import MemoryContent
from autogen_core.models import AssistantMessage, FunctionExecutionResultMessage, SystemMessage, UserMessage

from workbench.agents.autogen._holders import Holder

Values = Mapping[str, Any]
State = Mapping[str, Values]
"""What each holder holds, by its path and the attribute's name; "" for what it says itself."""

_MESSAGES = (
    BaseAgentEvent,
    BaseChatMessage,
    AssistantMessage,
    FunctionExecutionResultMessage,
    SystemMessage,
    UserMessage,
    MemoryContent,
    FunctionCall,
)
_PLAIN = (type(None), bool, int, float, str, bytes)
GROWING = ("_message_thread", "_messages", "_message_buffer", "_contents", "_stop_messages")
# A time of the machine's clock; kept as the time that has passed, which alone means something later.
_SINCE = "_start_time"


@dataclass(frozen=True, slots=True)
class Grown:
    """The first so many of a list that may have grown since."""

    shared: list[Any]
    length: int

    def values(self) -> list[Any]:
        return self.shared[: self.length]


async def state_of(holders: Iterable[Holder], before: State) -> dict[str, Values]:
    """What all holders hold now.

    Args:
        holders: Those of a team.
        before: An earlier state, of which as much as possible is shared.
    """
    return {one.path: await _values(one, before.get(one.path, {})) for one in holders}


async def put_back(holders: Iterable[Holder], state: State) -> None:
    """Give all holders back what they held."""
    for one in holders:
        for name, value in state[one.path].items():
            if not name:
                await one.owner.load_state(copied(value))
            elif name == _SINCE:
                setattr(one.owner, name, time.monotonic() - value)
            else:
                setattr(one.owner, name, value.values() if isinstance(value, Grown) else copied(value))


def wind_clocks(holders: Iterable[Holder], state: State) -> None:
    """Continue the time limits of a team from where they were: the time that a person thinks does not count."""
    for one in holders:
        if _SINCE in one.names:
            setattr(one.owner, _SINCE, time.monotonic() - state[one.path][_SINCE])


def copied(value: Any) -> Any:
    """A copy of data in which only what nobody changes is shared."""
    kind = type(value)
    if kind is list or kind is tuple or kind is set:
        return kind(copied(one) for one in value)
    if kind is deque:
        return deque(map(copied, value), value.maxlen)
    if isinstance(value, dict):
        copy = value.copy()  # keeps its kind: a Counter, a defaultdict
        for name, one in copy.items():
            copy[name] = copied(one)
        return copy
    return value


def is_data(value: Any) -> bool:
    """Whether a value holds nothing but data and messages."""
    if isinstance(value, (*_PLAIN, *_MESSAGES)):
        return True
    if type(value) in (list, tuple, set, deque):
        return all(map(is_data, value))
    return isinstance(value, dict) and all(isinstance(name, str | int) and is_data(one) for name, one in value.items())


async def _values(holder: Holder, before: Values) -> dict[str, Any]:
    owner = holder.owner
    values: dict[str, Any] = {}
    for name in holder.names:
        value = getattr(owner, name)
        if name == _SINCE:
            values[name] = time.monotonic() - value
        else:
            values[name] = _grown(value, before.get(name)) if name in GROWING else copied(value)
    if holder.saves_itself:
        values[""] = copied(dict(await owner.save_state()))
    elif holder.strange is not None:
        known = holder.strange
        values |= {
            name: copied(one)
            for name, one in getattr(owner, "__dict__", {}).items()
            if name not in known and is_data(one)
        }
    return values


def _grown(value: Sequence[Any], before: Any) -> Grown:
    """A list of messages, as a part of the list that it has grown from, if it has."""
    if isinstance(before, Grown) and before.length <= len(value):
        shared = before.shared
        same = min(len(shared), len(value))
        if all(map(operator.is_, shared[:same], value)):
            shared.extend(value[same:])
            return Grown(shared, len(value))
    return Grown(list(value), len(value))
