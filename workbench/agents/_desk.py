"""What leaves a team in a turn: questions to models and persons, and calls of tools; each is noted with its answer.

A branch that goes the way of its original asks nobody: what was answered there is taken from what was noted. And a turn
that waits for a person's word is broken off, and repeated from what was noted once the word is given.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NoReturn, Protocol

from workbench.agents._reasons import Reason
from workbench.agents._visible import spoken

Kind = Literal["model", "tool", "person"]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool that a model asks for.

    Attributes:
        id: Its identity; an approval holds for it alone.
        agent: Who wants it.
        tool: The tool's name.
        arguments: Its arguments, JSON in one spelling: keys in order, hidden characters escaped.
        description: What the tool says of itself, and the schema of its arguments: who approves it approves this.
        read_only: Whether the tool is marked as one that changes nothing.
        known: Whether the agent has such a tool.
        why: Why a person is asked.
        code: A fingerprint of the function that would be run, as far as it can be told: who approves it approves this.
    """

    id: str
    agent: str
    tool: str
    arguments: str
    description: str = ""
    read_only: bool = False
    known: bool = True
    why: str = field(default="", compare=False)
    code: str = field(default="", repr=False)

    def __repr__(self) -> str:
        return f"{self.agent}: {spoken(self.tool, self.arguments)}{f', as {self.why}' if self.why else ''}"


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
        ran: Whether a tool was run; not where the call was rejected.
        began: When it was asked, in seconds since 1970; 0 where nobody knows.
        seconds: How long the answer took.
        client: How the model was asked, as `wb.agents.client` tells it without a key; empty for other clients.
    """

    kind: Kind
    where: str
    request: Any
    answer: Any
    recorded: bool = False
    counted: bool = True
    ran: bool = True
    began: float = 0.0
    seconds: float = 0.0
    client: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that got no answer.

    Attributes:
        kind: Who was asked.
        where: Which part of the team asked.
        name: The tool, or the model as far as its name is known.
        began: When it was asked, in seconds since 1970.
        seconds: How long it took to fail.
        error: The class of the error.
    """

    kind: Kind
    where: str
    name: str
    began: float
    seconds: float
    error: str


Why = Literal["call", "person", "limit", "stop", "pause", "place", "rejections", "file"]


@dataclass(frozen=True, slots=True)
class Halt:
    """Why a conversation does not go on by itself.

    Attributes:
        why: The kind of reason: a call that waits for a person's word, a person who is asked, a limit, `stop`, `pause`,
            a place to stop at, rejections in a row, or a file whose last line was cut.
        text: The reason in words.
    """

    why: Why
    text: Reason


class Waiting(BaseException):
    """A turn cannot go on for now: it is taken back, and repeated once it can.

    It is not an error and no caller of the package sees it; agents, which deal with errors in their own ways, must not.

    Attributes:
        halt: Why it cannot.
    """

    def __init__(self, why: Why, text: Reason) -> None:
        super().__init__(text)
        self.halt = Halt(why, text)


class Judge(Protocol):
    """Who says what becomes of calls."""

    async def judge(self, call: Call) -> Verdict:
        """What becomes of a call, kept until it is used. Raises `Waiting` where a person is to say it."""

    async def use(self, call: Call) -> Verdict:
        """What becomes of a call that is made now; what was decided of it is used up. Raises as `judge` does."""

    def done(self, call: Call) -> None:
        """Note that a call that was run is over."""


@dataclass
class Desk:
    """What a turn may ask, and what it has asked.

    Attributes:
        judge: Says what becomes of calls.
        person: What a person says, who is asked by a member of that name; raises `Waiting` where nothing is said yet.
        before_model: Called with what was asked so far before a model is asked anew; raises `Waiting` where a limit
            forbids it.
        break_off: Ends the turn from outside. An agent may await a tool in ways in which no error ever reaches its
            caller, so that `Waiting` is not left to make its way through agents and teams inside.
        ahead: Noted answers that may be taken, in their order.
        asked: What this turn has asked so far.
        failed: What it has asked that got no answer.
        waits: Whether the turn is broken off, as it cannot go on.
    """

    judge: Judge
    person: Callable[[str], str]
    before_model: Callable[[Sequence[Asked]], None]
    break_off: Callable[[Halt], None]
    ahead: list[Asked] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    waits: bool = False
    _running: int = 0
    _quiet: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, kind: Kind, where: str, request: Any) -> Asked | None:
        """The first noted answer to this request, which is then taken."""
        for place, one in enumerate(self.ahead):
            if one.kind == kind and one.where == where and one.request == request:
                del self.ahead[place]
                taken = replace(one, recorded=one.counted, counted=True)
                self.asked.append(taken)
                return taken
        return None

    def note(
        self,
        kind: Kind,
        where: str,
        request: Any,
        answer: Any,
        *,
        ran: bool = True,
        began: float | None = None,
        client: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep a new answer; `began` is when it was asked, now if nothing is said."""
        now = time.time()
        began = now if began is None else began
        one = Asked(kind, where, request, answer, ran=ran, began=began, seconds=now - began, client=client or {})
        self.asked.append(one)

    @contextmanager
    def noting_failure(self, kind: Kind, where: str, name: str) -> Iterator[float]:
        """Keep that a question failed, if one does in here; gives when that began."""
        began, known = time.time(), len(self.asked)
        try:
            yield began
        except BaseException as error:
            if len(self.asked) == known:  # whoever has the answer may close a stream early
                self.failed.append(Failure(kind, where, name, began, time.time() - began, type(error).__name__))
            raise

    async def decide(self, where: str, calls: Sequence[Call]) -> None:
        """Judge all calls of an answer, one by one, before any of them runs."""
        noted = [one.request for one in self.ahead if one.kind == "tool" and one.where == where]
        for call in calls:
            request = (call.tool, call.arguments)
            if request in noted:
                noted.remove(request)
                continue
            try:
                await self.judge.judge(call)
            except Waiting as waiting:
                await self._halt(waiting)

    async def verdict(self, call: Call) -> Verdict:
        """What becomes of a call that is made now; what was decided of another one does not count for it."""
        try:
            return await self.judge.use(call)
        except Waiting as waiting:
            await self._halt(waiting)

    async def said(self, name: str) -> str:
        """What a person says who is asked by a member of that name."""
        try:
            return self.person(name)
        except Waiting as waiting:
            await self._halt(waiting)

    async def may_ask(self) -> None:
        """Check that a model may be asked anew; if not, the turn halts."""
        try:
            self.before_model(self.asked)
        except Waiting as waiting:
            await self._halt(waiting)

    @contextmanager
    def running(self, call: Call) -> Iterator[None]:
        """Run a tool in here: a turn that has to wait does not cut it off."""
        self._running += 1
        self._quiet.clear()
        try:
            yield
            self.judge.done(call)
        finally:
            self._running -= 1
            if not self._running:
                self._quiet.set()

    async def _halt(self, waiting: Waiting) -> NoReturn:
        if self._running:
            await self._quiet.wait()
        if not self.waits:
            self.waits = True
            self.break_off(waiting.halt)
        raise asyncio.CancelledError
