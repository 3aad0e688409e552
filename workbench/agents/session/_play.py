"""One line of a conversation as it is played: its turns, and the taking of the next one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from autogen_agentchat.messages import BaseChatMessage
from autogen_core import CancellationToken
from autogen_core.models import ChatCompletionClient

from workbench.agents._desk import Asked, Desk, Waiting
from workbench.agents.autogen import Entry, Event, Held, Rest, Stage, asked_instead, originals
from workbench.agents.session._approval import Approvals
from workbench.agents.session._limits import LimitLog
from workbench.agents.session._turn import Turn
from workbench.errors import UsageError

_TOO_LONG = "the limit of seconds is reached; the turn was taken back"

Work = Callable[[CancellationToken, Callable[[Event], None]], Awaitable[Rest]]


@dataclass
class Shared:
    """A team, and which of the lines of its conversation it is on now: one at a time.

    Attributes:
        stage: The team.
        lock: Held while a turn is taken.
        on: The line that the team is on.
        book: What keeps the conversation.
    """

    stage: Stage
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    on: Play | None = None
    book: Book | None = None


class Book(Protocol):
    """What keeps a conversation in a file."""

    def keep(self, play: Play) -> None:
        """Write down what has happened on a line of the conversation."""
        ...

    def save(self, path: Path) -> None:
        """Write the whole conversation into another file."""
        ...


@dataclass
class Play:
    """A line of a conversation.

    Attributes:
        shared: The team.
        approvals: What its tools may do.
        limits: What it may cost.
        task: The messages that it begins with, until they are handed over.
        rest: Where the team is, on this line; None before it began.
        turns: The turns that are complete, the task as number 0.
        undone: What happened in turns that broke off.
        ahead: Noted answers that may be taken instead of asking anew.
        models: Clients that take the places of others, by the part of the team that asks.
        systems: System messages that take the places of others, in the same way.
        said: What persons have said and the team has not heard, by the names of those who asked.
        deaf: Who is not to hear what is held, each in the order of `rest.held`.
        halted: Why the last run or step returned before the end.
    """

    shared: Shared
    approvals: Approvals
    limits: LimitLog
    task: list[BaseChatMessage] = field(default_factory=list)
    rest: Rest | None = None
    turns: list[Turn] = field(default_factory=list)
    undone: list[tuple[int, list[Entry]]] = field(default_factory=list)
    ahead: list[Asked] = field(default_factory=list)
    models: Mapping[str, ChatCompletionClient] = field(default_factory=dict)
    systems: Mapping[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    deaf: list[frozenset[str]] = field(default_factory=list)
    halted: str | None = None
    _token: CancellationToken = field(default_factory=CancellationToken)
    _working: asyncio.Task[None] | None = None
    _stopped: str | None = None

    @property
    def stop_reason(self) -> str | None:
        return self.rest.stop_reason if self.rest is not None else None

    @property
    def next_agent(self) -> str | None:
        """Who speaks next, as far as that is known: not before what was said is delivered."""
        return self.rest.pending[0] if self.rest is not None and self.rest.pending else None

    @property
    def held(self) -> tuple[Held, ...]:
        """What was said and nobody has heard."""
        return self.rest.held if self.rest is not None else ()

    @property
    def entries(self) -> list[Entry]:
        """All that happened, what was undone after the turns before it."""
        kept = [(turn.number, 1, turn.entries) for turn in self.turns]
        broken = [(number, 0, entries) for number, entries in self.undone]
        return [entry for _, _, entries in sorted([*kept, *broken], key=lambda row: row[:2]) for entry in entries]

    def keep(self) -> None:
        """Have what has happened here written down, where the conversation is kept."""
        if self.shared.book is not None:
            self.shared.book.keep(self)

    async def begin(self) -> None:
        """Hand over the task."""
        task = self.task

        async def start(token: CancellationToken, seen: Callable[[Event], None]) -> Rest:
            return await self.shared.stage.start(task, token, seen)

        await self._taken("", start)
        self.task = []

    async def speak(self, name: str) -> None:
        """Have a member speak; what it says is held."""

        async def speak(token: CancellationToken, seen: Callable[[Event], None]) -> Rest:
            return await self.shared.stage.speak(name, token, seen)

        await self._taken(name, speak)
        self.deaf = [*self.deaf, frozenset()]

    async def deliver(self) -> None:
        """Let the others hear what is held; the manager says who speaks next, or that it is over."""
        deaf = self.deaf

        async def deliver(token: CancellationToken, seen: Callable[[Event], None]) -> Rest:
            return await self.shared.stage.deliver(token, seen, deaf)

        await self._taken(None, deliver)
        self.deaf = []

    async def enter(self) -> Rest:
        """Put the team on this line, if it is on another."""
        stage = self.shared.stage
        if not stage.holders:
            await stage.prepare()
        if self.rest is None:
            self.rest = stage.rest
        if self.shared.on is not self or stage.rest is not self.rest:
            await stage.go_to(self.rest)
            self.shared.on = self
        return self.rest

    async def hear(self, message: BaseChatMessage, names: Sequence[str]) -> None:
        """Have members hear a message that nobody of the team has said; it belongs to the last turn."""
        async with self.shared.lock:
            await self.enter()
            self.rest = await self.shared.stage.hear([message], names)
        last = self.turns[-1]
        last.entries.append(Entry(last.number, message))
        last.after = self.rest

    def begin_anew(self, message: BaseChatMessage) -> None:
        """Have the team, which has ended, take up a message as its next task."""
        assert self.rest is not None
        self.task, self.rest = [message], replace(self.rest, stop_reason=None)

    def let(self, name: str) -> None:
        """Have a member speak next, whomever the manager chose."""
        if self.rest is None or not self.rest.pending:
            raise UsageError("nobody is to speak next", advice="take a step first; what was said has to be delivered")
        others = [one for one in self.rest.pending if one != name] if name in self.rest.pending else []
        self.rest = asked_instead(self.rest, [name, *others])

    def cancel(self, why: str) -> None:
        """Take back the turn under way, if there is one; its servers stop."""
        if self._working is not None:
            self._stopped = why
            self._end()

    async def _taken(self, agent: str | None, work: Work) -> None:
        """Do a part of a turn in a task of its own, so that a cancelled caller can still see it to its clean end."""
        self._token, self._stopped = CancellationToken(), None
        working = self._working = asyncio.ensure_future(self._noted(agent, work, self._token))
        left = self.limits.now.seconds_left(self.turns)
        clock = None if left is None else asyncio.get_running_loop().call_later(left, self.cancel, _TOO_LONG)
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            if self._stopped is not None and working.done():
                raise Waiting(self._stopped) from None
            self._end()
            await asyncio.wait({working})
            if not working.cancelled():
                working.exception()  # looked at, lest asyncio reports it as lost: the caller is being cancelled
            raise
        finally:
            self._working = None
            if clock is not None:
                clock.cancel()

    def _end(self) -> None:
        """Have servers stop, and the turn break off, also where a client takes no notice of that."""
        self._token.cancel()
        if self._working is not None:
            self._working.cancel()

    async def _noted(self, agent: str | None, work: Work, token: CancellationToken) -> None:
        """Do a part of a turn and add it to the turns; agent None for a delivery, which belongs to the last turn."""
        number = len(self.turns) if agent is not None else self.turns[-1].number
        entries: list[Entry] = []
        begun = time.monotonic()
        self.approvals.turn = number
        desk = Desk(self.approvals.judge, self._person, self._before_model, self.ahead)
        async with self.shared.lock:
            before = await self.enter()
            try:
                with originals(), self.shared.stage.asking(desk, self.models, self.systems):
                    self.rest = await work(token, lambda event: entries.append(Entry(number, event)))
            except BaseException as error:
                # What was answered stays answered: the turn is repeated without asking it again.
                self.ahead = [*(replace(one, recorded=False) for one in desk.asked), *desk.ahead]
                if not isinstance(error, Waiting):
                    self._undo(number, entries, error, delivery=agent is None)
                raise
        seconds = time.monotonic() - begun
        if agent is None:
            last = self.turns[-1]
            last.entries += entries
            last.asked += desk.asked
            last.seconds += seconds
            last.after = self.rest
        else:
            counted = len(entries), len(desk.asked)
            turn = Turn(number, agent, entries, desk.asked, seconds, before, self.rest, self.rest, *counted)
            self.turns.append(turn)

    def _undo(self, number: int, entries: list[Entry], error: BaseException, *, delivery: bool) -> None:
        for entry in entries:
            entry.undone = True
        self.undone.append((number, entries))
        if delivery:
            error.add_note(
                f"What was said in turn {number} is kept, and nobody has heard it. The next step delivers it."
            )
        else:
            error.add_note(f"Turn {number} was taken back; those before it are kept. The next step repeats it.")

    def _person(self, name: str) -> str:
        if name not in self.said:
            raise Waiting(f"{name} is asked, and has not said anything yet: answer with session.answer(…)")
        return self.said.pop(name)

    def _before_model(self) -> None:
        if reached := self.limits.now.spent(self.turns):
            raise Waiting(reached)
