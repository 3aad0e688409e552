"""Spans on their way to a receiver, as turns end: beside the session, which they never hold up."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

from workbench.agents.session import Branch
from workbench.agents.traces._otlp import encoded
from workbench.agents.traces._span import Span
from workbench.agents.traces._tree import Key, frames_of, owner_of, spans_of_step, steps_of
from workbench.connections import Receiver, deliver_traces
from workbench.engines.cassette import playing
from workbench.errors import WorkbenchError

_MOST_AT_ONCE = 2000
_MOST_KEPT = 20_000  # while a receiver is away; then the oldest are given up


@dataclass
class Live:
    """What sends the spans of a conversation while it goes on.

    Attributes:
        tree: The branches of the conversation.
        receiver: Where they are sent.
        sent: The steps that were handed over.
        problem: Why they did not arrive at last; None if they did.
    """

    tree: list[Branch]
    receiver: Receiver
    sent: set[Key] = field(default_factory=set)
    problem: WorkbenchError | None = None
    _waiting: list[Span] = field(default_factory=list)
    _known: list[Span] = field(default_factory=list)
    _framed: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    _sender: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "workbench-traces"))

    def keep(self) -> None:
        """Send what is complete and was not sent; without waiting for it, and whatever becomes of it."""
        if playing() is not None:  # nothing is sent then, and what is played happened before
            return
        self._take(heard=True)
        self._queue(self._frames(one for one in self.tree if one.play.stop_reason is not None))
        if self._waiting:
            self._sender.submit(asyncio.run, self._send())

    async def flush(self) -> None:
        """Send all that was not, the session as a whole too, and see it arrive. Raises as `deliver_traces`."""
        self._take(heard=False)
        self._queue(self._frames(self.tree))
        await asyncio.wrap_future(self._sender.submit(asyncio.run, self._send(warn=False)))
        if self.problem is not None:
            raise self.problem.anew()

    def _take(self, *, heard: bool) -> None:
        """Make the spans of steps that were not handed over."""
        steps = list(steps_of(self.tree, self.sent, heard=heard))
        self.sent.update(one.key for one in steps)
        content = self.receiver.content
        spans = [span for one in steps for span in spans_of_step(self._trace, one, content=content)]
        self._known += [one for one in spans if one.kind == "step"]
        self._queue(spans)

    @property
    def _trace(self) -> str:
        return self.tree[0].play.shared.trace

    def _frames(self, branches: Iterable[Branch]) -> list[Span]:
        """The spans of these branches as wholes, each of which is sent once, as it then is."""
        wanted = {owner_of(self._trace, one) for one in branches} - self._framed
        if not wanted:
            return []
        frames = frames_of(self._trace, self.tree, self._known, self.tree[0].play.shared.stage.team.name)
        found = [one for one in frames if one.id in wanted]
        self._framed.update(one.id for one in found)
        return found

    def _queue(self, spans: Sequence[Span]) -> None:
        with self._lock:
            self._waiting = [*self._waiting, *spans][-_MOST_KEPT:]

    async def _send(self, *, warn: bool = True) -> None:
        while True:
            with self._lock:
                batch = self._waiting[:_MOST_AT_ONCE]
            if not batch:
                return
            try:
                await deliver_traces(self.receiver, encoded(self._trace, batch))
            except WorkbenchError as error:
                self._failed(error, warn=warn)
                return
            self.problem = None
            with self._lock:
                arrived = {id(one) for one in batch}
                self._waiting = [one for one in self._waiting if id(one) not in arrived]

    def _failed(self, error: WorkbenchError, *, warn: bool) -> None:
        is_new, self.problem = self.problem is None, error
        if is_new and warn:
            warnings.warn(f"the session goes on, but its traces do not arrive: {error}", stacklevel=2)
