"""What leaves a team in a turn: questions to models and persons, and calls of tools; each is noted with its answer.

A branch that goes the way of its original asks nobody: what was answered there is taken from what was noted. And a turn
that waits for a person's word is broken off, and repeated from what was noted once the word is given.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Kind = Literal["model", "tool", "person", "code"]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool that a model asks for.

    Attributes:
        id: Its identity; an approval holds for it alone.
        agent: Who wants it.
        tool: The tool's name.
        arguments: Its arguments, JSON.
        description: What the tool says of itself, and the schema of its arguments: who approves it approves this.
        read_only: Whether the tool is marked as one that changes nothing.
        known: Whether the agent has such a tool.
    """

    id: str
    agent: str
    tool: str
    arguments: str
    description: str = ""
    read_only: bool = False
    known: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a call.

    Attributes:
        runs: Whether the tool is called.
        arguments: Other arguments than those that the model gave, JSON.
        message: What the model is told if the tool is not called.
    """

    runs: bool
    arguments: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that left the team, and its answer.

    Attributes:
        kind: Who was asked.
        where: Which part of the team asked.
        request: What was asked; equal requests are the same.
        answer: What came.
        recorded: Whether the answer was taken from a noted one.
        counted: Whether the noted one is counted where it was asked; what a turn asked that broke off is not.
    """

    kind: Kind
    where: str
    request: Any
    answer: Any
    recorded: bool = False
    counted: bool = True


class Waiting(BaseException):
    """A turn cannot go on without a person's word: it is taken back, and repeated once the word is there.

    It is no error and no caller of the package sees it; agents, which deal with errors in their own ways, must not.
    """


@dataclass
class Desk:
    """What a turn may ask, and what it has asked.

    Attributes:
        judge: Says what becomes of a call; raises `Waiting` where a person is to say it.
        person: What a person says, who is asked by a member of that name; raises `Waiting` where nothing is said yet.
        before_model: Called with what was asked so far before a model is asked anew; raises `Waiting` where a limit
            forbids it.
        ahead: Noted answers that may be taken, in their order.
        asked: What this turn has asked so far.
        verdicts: What was decided of calls that have not run yet, by their identities.
        waits: Why the turn cannot go on, if it cannot.
    """

    judge: Callable[[Call], Awaitable[Verdict]]
    person: Callable[[str], str]
    before_model: Callable[[Sequence[Asked]], None]
    ahead: list[Asked] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    verdicts: dict[str, tuple[Call, Verdict]] = field(default_factory=dict)

    def take(self, kind: Kind, where: str, request: Any) -> Asked | None:
        """The first noted answer to this request, which is then taken."""
        for place, one in enumerate(self.ahead):
            if one.kind == kind and one.where == where and one.request == request:
                del self.ahead[place]
                taken = replace(one, recorded=one.counted, counted=True)
                self.asked.append(taken)
                return taken
        return None

    def note(self, kind: Kind, where: str, request: Any, answer: Any) -> None:
        """Keep a new answer."""
        self.asked.append(Asked(kind, where, request, answer))

    async def decide(self, where: str, calls: Sequence[Call]) -> None:
        """Have all calls of an answer judged, one by one, before any of them runs."""
        for call in calls:
            if not self._is_noted(where, call):
                self.verdicts[call.id] = (call, await self.judge(call))

    async def verdict(self, call: Call) -> Verdict:
        """What was decided of a call, for this once; what was decided of another call does not count for it."""
        judged, verdict = self.verdicts.pop(call.id, (None, None))
        if verdict is None or judged != call:
            return await self.judge(call)
        return verdict

    def _is_noted(self, where: str, call: Call) -> bool:
        request = (call.tool, call.arguments)
        return any(one.kind == "tool" and one.where == where and one.request == request for one in self.ahead)
