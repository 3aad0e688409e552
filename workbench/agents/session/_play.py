"""One line of a conversation as it is played: its turns, and the taking of the next one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from autogen_agentchat.messages import BaseChatMessage
from autogen_core import CancellationToken
from autogen_core.models import ChatCompletionClient

from workbench.agents._desk import Asked, Desk, Halt, Waiting
from workbench.agents._reasons import because
from workbench.agents.autogen import Entry, Event, Held, Rest, asked_instead, has_end, originals
from workbench.agents.session._limits import LimitLog
from workbench.agents.session._shared import Shared
from workbench.agents.session._turn import Attempt, Cost, Turn, cost_of
from workbench.agents.session._until import Until
from workbench.agents.session.approval import Approvals
from workbench.arguments import as_name
from workbench.errors import UsageError
from workbench.texts import counted

_TOO_LONG = Halt("limit", because("the limit of seconds is reached in this turn, which was taken back"))

Work = Callable[[CancellationToken], Awaitable[Rest]]
Part = tuple[str | None, Work]
"""Who takes this part of a turn, "" for the task and None for a delivery; and what is done."""


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
        attempts: When and how they broke off, those that only wait too.
        spent: What the turns have cost.
        ahead: Noted answers that may be taken instead of asking anew.
        models: Clients that take the places of others, by the part of the team that asks.
        systems: System messages that take the places of others, in the same way.
        said: What persons have said and the team has not heard, by the names of those who asked.
        deaf: Who is not to hear what is held, each in the order of `rest.held`.
        halted: Why the last run or step returned before the end.
        busy: Whether a step is being taken.
        pausing: Whether a run is to return after the turn under way.
        under_way: What has happened in the turn that is being taken.
    """

    shared: Shared
    approvals: Approvals
    limits: LimitLog
    task: list[BaseChatMessage] = field(default_factory=list)
    rest: Rest | None = None
    turns: list[Turn] = field(default_factory=list)
    undone: list[tuple[int, list[Entry]]] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    spent: Cost = field(default_factory=Cost)
    ahead: list[Asked] = field(default_factory=list)
    models: Mapping[str, ChatCompletionClient] = field(default_factory=dict)
    systems: Mapping[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    deaf: list[frozenset[str]] = field(default_factory=list)
    halted: Halt | None = None
    busy: bool = False
    pausing: bool = False
    under_way: list[Entry] = field(default_factory=list)
    _token: CancellationToken = field(default_factory=CancellationToken)
    _working: asyncio.Task[None] | None = None
    _stopped: Halt | None = None

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

    @property
    def last_message(self) -> str:
        """What was said last, the task included; "" before anything was."""
        said = [entry.event for turn in self.turns for entry in turn.entries if entry.is_message]
        return said[-1].to_text() if said else ""

    @property
    def progress(self) -> str:
        """How far it has come, in words."""
        state = f"halted: {self.halted.text}" if self.halted else "goes on"
        state = f"ended: {self.stop_reason}" if self.stop_reason is not None else state
        turns = counted(max(0, len(self.turns) - 1), "turn")
        return f"{turns}, {counted(len(self.entries), 'event')}, {state}"

    def members(self, name: str | None = None) -> list[str]:
        """The names of all members, or this one's. Raises UsageError if there is none of this name."""
        names = list(self.shared.stage.team._participant_names)
        if name is not None and as_name("a member's name", name) not in names:
            raise UsageError(f"the team has no member {name!r}", advice=f"members are {', '.join(names)}")
        return names if name is None else [name]

    async def step(self, *, deliver: bool) -> None:
        """Take the next turn, and what has to be done before it; why it could not be taken stands in `halted`.

        Raises:
            UsageError: If a turn is being taken already.
            WorkbenchError, RuntimeError: As for `Session.step`.
        """
        with self._working_on():
            if self.task:
                await self.begin()
            if self.held and self.next_agent is None:
                await self.deliver()
            if self.stop_reason is not None or self.next_agent is None:
                return
            taken = self.turns[-1].number if self.turns else 0
            if reached := self.limits.now.reached(taken, self.spent):
                raise Waiting("limit", reached)
            await self.speak(self.next_agent, deliver=deliver)

    async def run(self, places: Sequence[Until] = ()) -> None:
        """Take steps until the conversation has ended, or something halts it; raises as `step` does."""
        self.pausing = False
        while self.stop_reason is None:
            await self.step(deliver=True)
            if self.halted is None and self.stop_reason is None:
                self.halted = Halt("pause", because("paused")) if self.pausing else self.halts_at(places)
            if self.halted is not None:
                self.keep()
                break

    async def hand_on(self) -> None:
        """Deliver what is held to the others, and take no turn; raises as `step` does."""
        with self._working_on():
            await self.deliver()

    @contextmanager
    def _working_on(self) -> Iterator[None]:
        """Mark the line as busy in here; why it could not go on stands in `halted`."""
        self.check_ready()
        self.busy, self.halted = True, None
        self.tell()
        try:
            yield
        except Waiting as waiting:
            self.halted = waiting.halt
        finally:
            self.busy = False
            self.keep()

    def check_ready(self) -> None:
        """Raise UsageError if a turn is being taken."""
        if self.busy:
            raise UsageError("a turn is being taken already", advice="wait for it, or stop it")

    def check_goes_on(self) -> None:
        """Raise UsageError if the conversation has ended."""
        if self.stop_reason is not None:
            raise UsageError(
                f"the conversation has ended: {self.stop_reason}",
                advice="make another session to start again, rewind this one, or send it another message",
            )

    def check_ends(self) -> None:
        """Raise UsageError if nothing would ever end the team."""
        if not has_end(self.shared.stage.team):
            raise UsageError(
                "nothing would end this team", advice="give it a termination_condition or max_turns, or take steps"
            )

    def halts_at(self, places: Sequence[Until]) -> Halt | None:
        """Why a run ends here, if it does."""
        if gave_up := self.approvals.gave_up:
            self.approvals.rejected = 0
            return Halt("rejections", gave_up)
        for place in places:
            if place.before(self.next_agent) or place.after(self.turns):
                return Halt("place", place.in_words())
        return None

    def keep(self) -> None:
        """Write down what has happened here where the conversation is kept, and send it where it is traced."""
        if self.shared.book is not None:
            self.shared.book.keep(self)
        if self.shared.traces is not None:
            self.shared.traces.keep()
        self.tell()

    def tell(self) -> None:
        """Notify those who watch that something has happened."""
        for watcher in list(self.shared.watchers):
            watcher()

    async def begin(self) -> None:
        """Hand over the task."""
        await self._taken([("", partial(self.shared.stage.start, self.task))])

    async def speak(self, name: str, *, deliver: bool) -> None:
        """Ask a member to speak; what it says is held, or delivered once nobody else is to speak before that."""
        spoken = name, partial(self.shared.stage.speak, name)
        await self._taken([spoken, (None, self._delivered)] if deliver else [spoken])

    async def deliver(self) -> None:
        """Deliver what is held to the others; the manager says who speaks next, or that it is over."""
        await self._taken([(None, self._delivered)])

    async def _delivered(self, token: CancellationToken) -> Rest:
        return await self.shared.stage.deliver(token, self.deaf)

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
        """Deliver a message that nobody of the team has said to members; it belongs to the last turn."""
        async with self.shared.lock:
            await self.enter()
            self.rest = await self.shared.stage.hear([message], names)
        last = self.turns[-1]
        last.entries.append(Entry(last.number, message))
        last.after = self.rest

    def begin_anew(self, message: BaseChatMessage) -> None:
        """Begin anew with a message as the next task of a team that has ended."""
        assert self.rest is not None
        self.task, self.rest = [message], replace(self.rest, stop_reason=None)

    def let(self, name: str) -> None:
        """Choose who speaks next, whomever the manager chose."""
        if self.rest is None or not self.rest.pending:
            raise UsageError("nobody is to speak next", advice="take a step first; what was said has to be delivered")
        others = [one for one in self.rest.pending if one != name] if name in self.rest.pending else []
        self.rest = asked_instead(self.rest, [name, *others])

    def cancel(self, why: Halt) -> None:
        """Take back the turn under way, if there is one; its servers stop."""
        if self._working is not None:
            self._stopped = why
            self._end()

    async def _taken(self, parts: Sequence[Part]) -> None:
        """Do the parts of a turn in a task of its own, so that a cancelled caller can still see it to its clean end."""
        self._token, self._stopped = CancellationToken(), None
        working = self._working = asyncio.ensure_future(self._noted(parts, self._token))
        allowed = self.limits.now.seconds
        left = None if allowed is None else max(0.0, allowed - self.spent.seconds)
        clock = None if left is None else asyncio.get_running_loop().call_later(left, self.cancel, _TOO_LONG)
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            if self._stopped is not None and working.done():
                raise Waiting(self._stopped.why, self._stopped.text) from None
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
        """Stop servers, and break the turn off, also where a client takes no notice of that."""
        self._token.cancel()
        if self._working is not None:
            self._working.cancel()

    async def _noted(self, parts: Sequence[Part], token: CancellationToken) -> None:
        """Do the parts of a turn, each of which is kept as soon as it is done."""
        number = len(self.turns) if parts[0][0] is not None else self.turns[-1].number
        entries: list[Entry] = []
        self.under_way = entries

        def happened(event: Event) -> None:
            entries.append(Entry(number, event))
            self.tell()

        self.approvals.begin_turn(number)
        desk = Desk(self.approvals, self._person, self._within_limits, self.cancel, self.ahead)
        stage, agent, began = self.shared.stage, parts[0][0], time.time()
        async with self.shared.lock:
            await self.enter()
            try:
                with originals(), stage.asking(desk, self.models, self.systems):
                    async with stage.awake(happened):
                        for agent, work in parts:
                            if agent is None and self.next_agent is not None:
                                break  # what was said at the same time is delivered together
                            begun, began, before = time.monotonic(), time.time(), stage.rest
                            self.rest = await work(token)
                            self._keep(agent, list(entries), desk, time.monotonic() - begun, began, before)
                            entries.clear()
            except BaseException as error:
                self._broke_off(number, agent or "", began, error, desk)
                # What was answered stays answered: the turn is repeated without asking it again.
                again = [replace(one, recorded=False, counted=one.recorded) for one in desk.asked]
                self.ahead = [*again, *desk.ahead]
                if not desk.waits and not isinstance(error, Waiting):
                    self._undo(number, entries, error, delivery=agent is None)
                raise
            finally:
                self.under_way = []
        self.approvals.end_turn()

    def _keep(
        self, agent: str | None, entries: list[Entry], desk: Desk, seconds: float, began: float, before: Rest
    ) -> None:
        """Add a part of a turn to the turns; agent None for a delivery, which belongs to the last turn."""
        assert self.rest is not None
        asked, failed, desk.asked, desk.failed = desk.asked, desk.failed, [], []
        self.spent += cost_of(asked, seconds)
        if agent is None:
            last = self.turns[-1]
            last.entries += entries
            last.asked += asked
            last.failed += failed
            last.seconds += seconds
            last.ended = time.time()
            last.after = self.rest
            self.deaf = []
            return
        counted = len(entries), len(asked)
        turn = Turn(len(self.turns), agent, entries, asked, seconds, before, self.rest, self.rest, *counted)
        turn.began, turn.spoke, turn.failed = began, time.time(), failed
        turn.ended = turn.spoke
        self.turns.append(turn)
        if agent:
            self.deaf = [*self.deaf, frozenset()]
        else:
            self.task = []

    def _broke_off(self, number: int, agent: str, began: float, error: BaseException, desk: Desk) -> None:
        """Note when and how a part of a turn broke off."""
        halt = error.halt if isinstance(error, Waiting) else self._stopped
        failure = "" if isinstance(error, Waiting) or desk.waits else type(error).__name__
        halted = halt.why if halt is not None else ""
        asked, failed = tuple(desk.asked), tuple(desk.failed)
        self.attempts.append(Attempt(number, agent, began, time.time(), failure, halted, asked, failed))

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
            told = because("{} is asked, and has not said anything yet: answer with session.answer(…)", name)
            raise Waiting("person", told)
        return self.said.pop(name)

    def _within_limits(self, asked: Sequence[Asked]) -> None:
        if reached := self.limits.now.reached(-1, self.spent + cost_of(asked)):
            raise Waiting("limit", reached)
