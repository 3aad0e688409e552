"""Putting tool calls together from their fragments, however a server numbers them."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field

from workbench.engines.answer._repetition import Watch
from workbench.engines.wire._secrets import masked
from workbench.messages import ToolCall

_DECODER = json.JSONDecoder()


@dataclass(slots=True)
class _Call:
    """A tool call that is being received."""

    index: int
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)

    def extend(self, call_id: str, name: str, arguments: str) -> None:
        """Add a fragment; the id stays, the name comes whole, the arguments bit by bit."""
        self.id = self.id or call_id
        self.name = name or self.name
        if arguments:
            self.arguments.append(arguments)

    def is_whole(self) -> bool:
        """Whether it has arguments, and these are complete."""
        return bool(_values("".join(self.arguments)))

    @property
    def said(self) -> tuple[str, str]:
        """What it asks for, whatever its blanks."""
        return _said(self.name, "".join(self.arguments))

    def whole(self, secrets: tuple[str, ...]) -> ToolCall:
        arguments = masked(_once(self.arguments), secrets) or "{}"
        return ToolCall(
            masked(self.id, secrets) or f"call_{uuid.uuid4().hex[:12]}", masked(self.name, secrets), arguments
        )


class ToolCalls:
    """The tool calls of one answer.

    A fragment belongs to the call that has both its id and its index; without an id, or with one that is new but names
    no tool, to the newest call with its index, and without an index to the newest of all. One that names a tool begins
    a call where the id is new, or where that call is complete. So servers are understood that number all calls 0, or
    none, that give ids or names with every fragment, and that repeat whole calls at the end.

    Args:
        is_watched: Whether arguments are watched for repeating themselves.

    Attributes:
        repeats: Whether some were seen to.

    >>> calls = ToolCalls()
    >>> calls.add(0, "a", "find", '{"ort": ')
    >>> calls.add(0, None, None, '"Bonn"}')
    >>> calls.add(0, "b", "find", '{"ort": "Ulm"}')
    >>> [(call.id, call.arguments) for call in calls.whole(())]
    [('a', '{"ort": "Bonn"}'), ('b', '{"ort": "Ulm"}')]
    """

    def __init__(self, is_watched: bool = False) -> None:
        self.repeats = False
        self._is_watched = is_watched
        self._calls: list[_Call] = []
        self._by_id: dict[str, _Call] = {}
        self._by_index: dict[int, _Call] = {}  # the newest with each number
        self._next = 0
        self._before_end: set[tuple[str, str]] | None = None

    def __len__(self) -> int:
        return len(self._calls)

    def add(
        self, index: int | None, call_id: str | None, name: str | None, arguments: str | None, *, at_end: bool = False
    ) -> None:
        """Add a fragment; names come whole, arguments bit by bit.

        Args:
            index: The call's number, as far as the server gives one.
            call_id: The server's name for the call.
            name: The tool.
            arguments: What is to be added to its arguments.
            at_end: Whether it came with the end of the answer, where some servers repeat what they have sent.
        """
        if at_end and name and not call_id and _said(name, arguments or "") in self._until_end():
            return
        call = self._of(index, call_id, name)
        call.extend(call_id or "", name or "", arguments or "")
        if arguments and self._is_watched:
            call.watch.take(arguments)
            self.repeats = self.repeats or call.watch.found
        if call_id:
            self._by_id[call_id] = call

    def add_whole(self, call_id: str | None, name: str | None, arguments: str | None) -> None:
        """Add a call that is whole, whatever its id."""
        self._begun(None).extend(call_id or "", name or "", arguments or "")

    def whole(self, secrets: tuple[str, ...]) -> tuple[ToolCall, ...]:
        """All calls in the order of their numbers, without the secrets."""
        return tuple(call.whole(secrets) for call in sorted(self._calls, key=lambda call: call.index))

    def _of(self, index: int | None, call_id: str | None, name: str | None) -> _Call:
        """The call to which a fragment belongs."""
        known = self._by_id.get(call_id) if call_id else None
        if known is not None and index in (None, known.index):
            return known
        newest = self._by_index.get(index) if index is not None else (self._calls[-1] if self._calls else None)
        return self._begun(index) if newest is None or _begins(newest, call_id, name) else newest

    def _begun(self, index: int | None) -> _Call:
        begun = _Call(self._next if index is None else index)
        self._next = max(self._next, begun.index) + 1
        self._calls.append(begun)
        self._by_index[begun.index] = begun
        return begun

    def _until_end(self) -> set[tuple[str, str]]:
        """What the calls asked for that were there when the end came."""
        if self._before_end is None:
            self._before_end = {call.said for call in self._calls}
        return self._before_end


def _begins(newest: _Call, call_id: str | None, name: str | None) -> bool:
    """Whether a fragment begins a call of its own, and does not go on with the newest of its number."""
    if not name or not newest.name:
        return False
    return bool(call_id and newest.id) or newest.is_whole()


def _said(name: str, arguments: str) -> tuple[str, str]:
    values = _values(arguments)
    return name, json.dumps(values[-1], sort_keys=True) if values else arguments


def _once(fragments: list[str]) -> str:
    """The arguments, where a server may have sent them twice, or a blank object or their beginning before them."""
    text = "".join(fragments)
    values = _values(text)
    if len(values) > 1 and all(value in ({}, values[-1]) for value in values[:-1]):
        return json.dumps(values[-1], ensure_ascii=False)
    if not values and len(fragments) > 1 and _values(fragments[-1]) and fragments[-1].startswith(fragments[0]):
        return fragments[-1]  # each fragment had all that was there until then
    return text


def _values(text: str) -> list[object]:
    """The JSON values that the text holds one after the other; none where it holds anything else."""
    found: list[object] = []
    at, end = 0, len(text)
    try:
        while at < end:
            if text[at].isspace():
                at += 1
                continue
            value, at = _DECODER.raw_decode(text, at)
            found.append(value)
    except (ValueError, RecursionError):
        return []
    return found
