"""What the lines of a file say, taken as data and nothing else.

Kinds come from a fixed table or from the team itself, never by a name that leads anywhere; numbers refer to what stands
before them; values go only where the team has state of their kind. Whatever else a line says is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from autogen_agentchat.base import Response, TaskResult
from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage
from autogen_agentchat.teams._group_chat._events import GroupChatAgentResponse, GroupChatTeamResponse
from autogen_core import FunctionCall
from autogen_core.code_executor import CodeResult
from autogen_core.models import CreateResult
from autogen_core.tools import ToolResult
from pydantic import BaseModel

from workbench.agents._desk import Asked
from workbench.agents.autogen import Grown, Held, ModelRequest, Rest
from workbench.agents.file._images import LISTS, PLAIN, Image, Tables, empty, read_entry, read_failure, read_time
from workbench.agents.file._kinds import MESSAGES, Kinds
from workbench.agents.file._ledger import Ledger, Marked, content
from workbench.agents.file._shape import Places
from workbench.agents.file._values import NotDataError, Written, changed, read, spliced
from workbench.agents.session import Turn

T = TypeVar("T")

_MOST_PARTS = 20_000_000  # of all that is taken from earlier lines again; what two lines say need not be small
_CHARACTERS = 64  # that count as a part
_ANSWERS = {"model": (CreateResult,), "tool": (ToolResult, CodeResult), "person": (str,), "code": (CodeResult,)}
_DATA = (BaseModel, FunctionCall, CodeResult)


@dataclass(frozen=True, slots=True)
class _Settings:
    """How models were asked, beside the messages."""

    values: dict[str, Any]


@dataclass
class Reader:
    """What has been read of a file.

    Attributes:
        kinds: The kinds of messages that it may hold.
        places: Where it may put values.
        nodes: What is written once, by number.
        lists: Lists that grow.
        turns: Turns.
        images: Lines of the conversation.
        tree: The branches.
    """

    kinds: Kinds
    places: Places
    nodes: list[Any] = field(default_factory=list)
    lists: list[list[Any]] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    tree: list[Any] = field(default_factory=list)
    _texts: dict[bytes, int] = field(default_factory=dict)
    _rest: tuple[int, dict[str, Written]] | None = None
    _parts: int = 0

    def take(self, line: Any) -> None:
        """Take what a line says. Raises NotDataError, or what Python raises, if it is to be refused."""
        if not isinstance(line, list):
            raise NotDataError("it is not a list")
        for told in line:
            self._take(told)

    @property
    def tables(self) -> Tables:
        return Tables(
            lambda number: self._one(number, MESSAGES),
            lambda number: self._one(number, Asked),
            lambda number: self._one(number, Rest),
            lambda number: _at(self.turns, number),
        )

    def ledger(self) -> Ledger:
        """What stands in the file, for its next lines."""
        ledger = Ledger(self.kinds, count=len(self.nodes), texts=dict(self._texts), tree=list(self.tree))
        ledger.nodes = {id(one): Marked(one, number) for number, one in reversed([*enumerate(self.nodes)])}
        ledger.lists = {id(one): Marked(one, number, len(one)) for number, one in enumerate(self.lists)}
        if self._rest is not None:
            number, state = self._rest
            ledger.rest = Marked(self.nodes[number], number, state)
        return ledger

    def _take(self, told: Any) -> None:
        match told:
            case ["grow", int(number), list(added)] if number in range(len(self.lists) + 1):
                messages = [self._one(one, MESSAGES) for one in added]
                if number == len(self.lists):
                    self.lists.append([])
                self.lists[number].extend(messages)
            case ["turn", int(number), *state] if number in range(len(self.turns) + 1):
                self._turn(number, state)
            case ["play", int(number), dict(changes)] if number in range(len(self.images) + 1):
                self._image(number, changes)
            case ["tree", *change]:
                self.tree = self._spliced(self.tree, change)
            case ["like", base, int(front), int(end), name, dict(fields)]:
                self._take(["message", name, self._filled(base, front, end, fields)])
            case [str(), *_]:
                digest = content(told)
                self.nodes.append(self._node(told))
                self._texts.setdefault(digest, len(self.nodes) - 1)
            case _:
                raise NotDataError("it is not a line of a known kind")

    def _node(self, told: list[Any]) -> Any:
        match told:
            case ["message", str(name), fields] if self.kinds.is_kind(name):
                return self.kinds.read(name, fields)
            case ["message", name, _]:
                raise NotDataError(f"{name!r} is not a kind of message that this team has")
            case ["settings", values]:
                return _Settings(_as_dict(self._read(values)))
            case ["request", base, int(kept), list(added), settings]:
                return self._request(base, kept, added, settings)
            case ["asked", str(kind), str(where), request, answer, bool(recorded), bool(counted), bool(ran), *more]:
                return _timed(self._asked(kind, where, request, answer, recorded, counted, ran), more)
            case ["said", str(name), message, inner]:
                told_inner = None if inner is None else [self._one(one, MESSAGES) for one in inner]
                response = Response(chat_message=self._one(message, BaseChatMessage), inner_messages=told_inner)
                return GroupChatAgentResponse(response=response, name=name)
            case ["team", str(name), list(messages), None | str() as reason]:
                heard = [self._one(one, (BaseAgentEvent, BaseChatMessage)) for one in messages]
                return GroupChatTeamResponse(result=TaskResult(messages=heard, stop_reason=reason), name=name)
            case ["rest", base, list(changes), list(pending), list(held), None | str() as reason]:
                return self._at_rest(base, changes, pending, held, reason)
        raise NotDataError("it is not a line of a known kind")

    def _filled(self, base: Any, front: int, end: int, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields of a message with what its text has in common with an earlier one's."""
        text, new = getattr(self._one(base, MESSAGES), "content", None), fields.get("content")
        if (
            not isinstance(text, str)
            or not isinstance(new, str)
            or not 0 <= min(front, end) <= front + end <= len(text)
        ):
            raise NotDataError("a text goes on from what is not there")
        self._spend(1 + (front + end) // _CHARACTERS)
        return {**fields, "content": text[:front] + new + text[len(text) - end :]}

    def _request(self, base: Any, kept: int, added: list[Any], settings: Any) -> ModelRequest:
        before = () if base is None else self._one(base, ModelRequest).messages
        if not 0 <= kept <= len(before):
            raise NotDataError("a prompt goes on from what is not there")
        self._spend(kept)
        messages = (*before[:kept], *(self._one(one, MESSAGES) for one in added))
        return ModelRequest(messages, self._one(settings, _Settings).values)

    def _asked(self, kind: str, where: str, request: Any, answer: Any, *marks: bool) -> Asked:
        if kind not in _ANSWERS:
            raise NotDataError(f"{kind!r} is not a kind of question")
        match answer:
            case ["ref", number]:
                answer = self._one(number, _DATA)
        if not isinstance(answer, _ANSWERS[kind]):
            raise NotDataError(f"a {kind} gives no such answer")
        match request:
            case int() if kind == "model":
                request = self._one(request, ModelRequest)
            case [str(tool), str(arguments)] if kind in ("tool", "code"):
                request = (tool, arguments)
            case str() if kind == "person":
                pass
            case _:
                raise NotDataError(f"a {kind} is not asked in this way")
        return Asked(kind, where, request, answer, *marks)  # type: ignore[arg-type]

    def _at_rest(self, base: Any, changes: list[Any], pending: list[Any], held: list[Any], reason: str | None) -> Rest:
        number, written = self._rest if self._rest is not None else (None, {})
        if base != number:
            raise NotDataError("a team goes on from what is not there")
        written, state = dict(written), {} if base is None else dict(self._one(base, Rest).state)
        self._spend(len(written))
        for change in changes:
            match change:
                case [str(path), told]:
                    written[path] = changed(written.get(path), told)
                    state[path] = self._values(path, written[path])
                case _:
                    raise NotDataError("a change is not valid")
        if set(state) != set(self.places.holders):
            raise NotDataError("parts of the team hold nothing")
        said = tuple(self._one(one, Held) for one in held)
        self.places.check_members([*pending, *(one.name for one in said)])
        self._rest = len(self.nodes), written
        return Rest(state, tuple(pending), said, reason)

    def _values(self, path: str, told: Written) -> dict[str, Any]:
        self.places.check_part(path)
        values = _as_dict(self._read(told))
        for name, value in values.items():
            self.places.check(path, name, value)
        return values

    def _turn(self, number: int, state: Sequence[Any]) -> None:
        match state:
            case [int(at), str(agent), int() | float() as seconds, before, spoken, after, int(entries), int(asked),
                  *more, list(added), list(answered)]:  # fmt: skip
                pass
            case _:
                raise NotDataError("a turn is not valid")
        before, spoken, after = (self._one(one, Rest) for one in (before, spoken, after))
        if number == len(self.turns):
            self.turns.append(Turn(at, agent, [], [], seconds, before, spoken, after, entries, asked))
        turn = self.turns[number]
        new = replace(turn, number=at, agent=agent, seconds=seconds, before=before, spoken=spoken, after=after)
        new.heard_entries, new.heard_asked = entries, asked
        match more:
            case [began, spoke, ended, list(failed)]:
                new.began, new.spoke, new.ended = map(read_time, (began, spoke, ended))
                new.failed = [read_failure(one) for one in failed]
            case [_, *_]:
                raise NotDataError("a turn is not valid")
        new.entries += [read_entry(one, self.tables.message) for one in added]
        new.asked += [self._one(one, Asked) for one in answered]
        self.turns[number] = new

    def _image(self, number: int, changes: Mapping[str, Any]) -> None:
        if number == len(self.images):
            self.images.append(empty())
        image = dict(self.images[number])
        for name, change in changes.items():
            if name in LISTS:
                image[name] = self._spliced(image[name], change)
            elif name in PLAIN:
                image[name] = change
            else:
                raise NotDataError(f"a conversation has no {name!r}")
        self.images[number] = image

    def _spliced(self, before: list[Any], change: Any) -> list[Any]:
        self._spend(len(before))
        return spliced(before, change)

    def _read(self, told: Written) -> Any:
        self._spend(_size(told))
        return read(told, self._other)

    def _other(self, told: list[Any]) -> Any:
        match told:
            case ["ref", number]:
                return self._one(number, _DATA)
            case ["grown", number, int(length)]:
                shared = _at(self.lists, number)
                if 0 <= length <= len(shared):
                    return Grown(shared, length)
        raise NotDataError(f"{told[0]!r} is not a kind of value")

    def _one(self, number: Any, kind: Any) -> Any:
        one = _at(self.nodes, number)
        if not isinstance(one, kind):
            raise NotDataError(f"number {number} stands for something else")
        return one

    def _spend(self, parts: int) -> None:
        self._parts += parts
        if self._parts > _MOST_PARTS:
            raise NotDataError(f"it repeats more than {_MOST_PARTS:,} parts")


def _at(values: Sequence[T], number: Any) -> T:
    if type(number) is not int or not 0 <= number < len(values):
        raise NotDataError(f"number {number!r} refers to nothing")
    return values[number]


def _timed(asked: Asked, more: list[Any]) -> Asked:
    """A question with when it was asked, and of which model, where the file says so."""
    match more:
        case []:
            return asked
        case [began, seconds, None | str() as model, None | str() as system]:
            client = {} if model is None else {"model": model, "system": system}
            return replace(asked, began=read_time(began), seconds=read_time(seconds), client=client)
    raise NotDataError("the time of a question is not valid")


def _as_dict(value: Any) -> dict[str, Any]:
    if type(value) is not dict or not all(isinstance(name, str) for name in value):
        raise NotDataError("a part of the team holds no attributes")
    return value


def _size(told: Written) -> int:
    return 1 + sum(map(_size, told)) if isinstance(told, list) else 1
