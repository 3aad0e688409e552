"""What of a conversation stands in a file already, so that each line holds only what is new.

Messages, answers and teams at rest are written once, in their order, and referred to by number; a list that only grows
is written by what was added to it, a prompt by what it adds to the one before, a team by what changed in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autogen_agentchat.teams._group_chat._events import GroupChatAgentResponse

from workbench.agents._desk import Asked
from workbench.agents.autogen import Grown, Held, ModelRequest, Rest
from workbench.agents.file._images import LISTS, PLAIN, Image, empty, image_of, written_entry, written_failure
from workbench.agents.file._kinds import Kinds
from workbench.agents.file._values import NotDataError, Written, difference, in_common, splice, written
from workbench.agents.session import Branch, Play, Turn

_LONG_TEXT = 400
_BEGINNING = 40

Line = list[list[Any]]
"""What a line of a file says, one thing after another."""


@dataclass
class Marked:
    """What is written of something that changes.

    Attributes:
        owner: It; held, so that nothing else takes its place in memory.
        number: Its number in the file.
        state: What is written of it.
    """

    owner: Any
    number: int
    state: Any = None


@dataclass
class Ledger:
    """What stands in a file, and the writing of what does not.

    Attributes:
        kinds: The kinds of messages that it may hold.
        nodes: The numbers of what is written once, by identity.
        texts: The same by content, so that equal messages are written once.
        count: How many of those there are.
        lists: Lists that grow, by identity; `state` is how much of them is written.
        turns: Turns by identity; `state` is what is written of them.
        plays: Lines of the conversation by identity; `state` is the image that is written.
        rest: The team at rest that was written last; `state` is what its parts hold.
        requests: The last prompt of each part of the team; `state` is the numbers of its messages.
        tree: The branches that are written.
        long_texts: The last long texts, with the numbers of their messages, by how they begin.
    """

    kinds: Kinds
    nodes: dict[int, Marked] = field(default_factory=dict)
    texts: dict[bytes, int] = field(default_factory=dict)
    count: int = 0
    lists: dict[int, Marked] = field(default_factory=dict)
    turns: dict[int, Marked] = field(default_factory=dict)
    plays: dict[int, Marked] = field(default_factory=dict)
    rest: Marked | None = None
    requests: dict[str, Marked] = field(default_factory=dict)
    tree: list[list[Any]] = field(default_factory=list)
    long_texts: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    _line: Line = field(default_factory=list)

    def line(self, play: Play, tree: Sequence[Branch]) -> Line:
        """What is to be written after something happened on a line of the conversation; empty if nothing is new.

        Raises:
            NotDataError: If it holds what a file does not; the ledger is of no more use then.
        """
        self._line = []
        for one in tree:
            if one.play is play or id(one.play) not in self.plays:
                self._play(one.play)
        now = self._tree(tree)
        if now != self.tree:
            self._line.append(["tree", *splice(self.tree, now)])
            self.tree = now
        return self._line

    def image(self, play: Play) -> Image:
        """A line of the conversation in numbers; what has none yet is written."""
        return image_of(play, self._number, self._turn)

    def _play(self, play: Play) -> None:
        mark = self.plays.get(id(play))
        before = mark.state if mark else empty()
        after = self.image(play)
        changes = {name: splice(before[name], after[name]) for name in LISTS if before[name] != after[name]}
        changes |= {name: after[name] for name in PLAIN if before[name] != after[name]}
        if mark is None:
            mark = self.plays[id(play)] = Marked(play, len(self.plays))
        elif not changes:
            return
        mark.state = after
        self._line.append(["play", mark.number, changes])

    def _tree(self, tree: Sequence[Branch]) -> list[list[Any]]:
        places = {id(one): place for place, one in enumerate(tree)}
        return [
            [
                one.name,
                self.plays[id(one.play)].number,
                None if one.parent is None else places[id(one.parent)],
                one.at,
                one.change,
            ]
            for one in tree
        ]

    def _turn(self, turn: Turn) -> int:
        mark = self.turns.get(id(turn))
        if mark is None:
            mark = self.turns[id(turn)] = Marked(turn, len(self.turns), ([], 0, 0))
        elif self._is_written(turn, mark):
            return mark.number
        rests = [self._number(one) for one in (turn.before, turn.spoken, turn.after)]
        state = turn_state(turn, rests)
        if state != mark.state:
            _, entries, asked = mark.state
            added = [written_entry(one, self._number) for one in turn.entries[entries:]]
            answered = [self._number(one) for one in turn.asked[asked:]]
            self._line.append(["turn", mark.number, *state[0], added, answered])
            mark.state = state
        return mark.number

    def _is_written(self, turn: Turn, mark: Marked) -> bool:
        """Whether nothing of a turn has changed that changes in its place: most have not, and there may be many."""
        (_, _, seconds, _, _, after, *_), entries, asked = mark.state
        same = (len(turn.entries), len(turn.asked), turn.seconds) == (entries, asked, seconds)
        return same and self._number(turn.after) == after

    def _number(self, value: Any) -> int:
        """The number of what is written once, which it now is."""
        known = self.nodes.get(id(value))
        if known is not None:
            return known.number
        number = self._node(self._told(value))
        self.nodes[id(value)] = Marked(value, number)
        return number

    def _node(self, told: list[Any]) -> int:
        digest = content(told)
        number = self.texts.get(digest)
        if number is None:
            self._line.append(self._shortened(told))
            number = self.texts[digest] = self.count
            self.count += 1
        return number

    def _told(self, value: Any) -> list[Any]:
        if isinstance(value, Rest):
            return self._rest(value)
        if isinstance(value, Asked):
            return self._asked(value)
        if isinstance(value, Held):
            return self._held(value)
        told = self.kinds.written(value)
        if told is None:
            raise NotDataError(f"a {type(value).__name__} is not data that a file can hold")
        return ["message", *told]

    def _shortened(self, told: list[Any]) -> list[Any]:
        """A message whose text is mostly that of an earlier one, as a prompt that tells all again, by what is new."""
        match told:
            case ["message", str(name), {"content": str(text)} as fields] if len(text) >= _LONG_TEXT:
                key = (name, text[:_BEGINNING])
                before = self.long_texts.get(key)
                self.long_texts[key] = (self.count, text)
                if before is None:
                    return told
                front, end = in_common(before[1], text)
                new = {**fields, "content": text[front : len(text) - end]}
                return ["like", before[0], front, end, name, new] if front + end > len(text) // 2 else told
        return told

    def _held(self, held: Held) -> list[Any]:
        if isinstance(held, GroupChatAgentResponse):
            inner = held.response.inner_messages
            told = None if inner is None else [self._number(one) for one in inner]
            return ["said", held.name, self._number(held.response.chat_message), told]
        messages = [self._number(one) for one in held.result.messages]
        return ["team", held.name, messages, held.result.stop_reason]

    def _asked(self, asked: Asked) -> list[Any]:
        told = asked.answer if isinstance(asked.answer, str) else ["ref", self._number(asked.answer)]
        request = self._request(asked.where, asked.request) if asked.kind == "model" else asked.request
        times = asked.began, round(asked.seconds, 6), asked.client.get("model"), asked.client.get("system")
        return ["asked", asked.kind, asked.where, request, told, asked.recorded, asked.counted, asked.ran, *times]

    def _request(self, where: str, request: ModelRequest) -> int:
        known = self.nodes.get(id(request))
        if known is not None:
            return known.number
        messages = [self._number(one) for one in request.messages]
        settings = self._node(["settings", self._written(request.settings)])
        last = self.requests.get(where)
        kept = _alike(last.state, messages) if last else 0
        told = ["request", last.number if last else None, kept, messages[kept:], settings]
        number, self.count = self.count, self.count + 1
        self._line.append(told)
        self.nodes[id(request)] = self.requests[where] = Marked(request, number, messages)
        return number

    def _rest(self, rest: Rest) -> list[Any]:
        held = [self._number(one) for one in rest.held]
        state = {path: self._written(dict(values)) for path, values in rest.state.items()}
        before = self.rest.state if self.rest else {}
        changes = [
            [path, difference(before.get(path), values)] for path, values in state.items() if before.get(path) != values
        ]
        told = ["rest", self.rest.number if self.rest else None, changes, list(rest.pending), held, rest.stop_reason]
        self.rest = Marked(rest, self.count, state)  # a number of its own, as the one before is in it
        return told

    def _written(self, value: Any) -> Written:
        return written(value, self._other)

    def _other(self, value: Any) -> Written:
        if not isinstance(value, Grown):
            return ["ref", self._number(value)]
        mark = self.lists.get(id(value.shared))
        if mark is None:
            mark = self.lists[id(value.shared)] = Marked(value.shared, len(self.lists), -1)
        if mark.state < len(value.shared):
            added = [self._number(one) for one in value.shared[max(mark.state, 0) :]]
            self._line.append(["grow", mark.number, added])
            mark.state = len(value.shared)
        return ["grown", mark.number, value.length]


def turn_state(turn: Turn, rests: Sequence[int]) -> tuple[list[Any], int, int]:
    """What is written of a turn that may still change: its fields, and how much of what happened and was asked."""
    fields = [turn.number, turn.agent, turn.seconds, *rests, turn.heard_entries, turn.heard_asked]
    fields += [turn.began, turn.spoke, turn.ended, [written_failure(one) for one in turn.failed]]
    return fields, len(turn.entries), len(turn.asked)


def content(told: list[Any]) -> bytes:
    """What two things have in common that say the same."""
    return hashlib.sha256(json.dumps(told).encode()).digest()


def _alike(one: Sequence[int], other: Sequence[int]) -> int:
    """How many numbers two prompts begin with alike."""
    most = min(len(one), len(other))
    return next((place for place in range(most) if one[place] != other[place]), most)
