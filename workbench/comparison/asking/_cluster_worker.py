"""Asking cells on a worker of a cluster: what runs there, called by `_cluster` in the process of the notebook."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from workbench.comparison.asking._asker import Asker
from workbench.comparison.asking._watcher import Watched
from workbench.comparison.plan._dialogue import Question
from workbench.comparison.plan._plan import Cell, Plan
from workbench.comparison.results._encoding import encode_result_or_failure
from workbench.comparison.results._result import Result

_BUNCH_S = 0.01

Sent = tuple[Cell, Question]


class Seen(NamedTuple):
    """How the asking goes on a worker; the fields are those of `Look`."""

    pieces: int = 0
    in_flight: int = 0
    waiting: int = 0
    refused: int = 0


class Collected(NamedTuple):
    """What has ended on a worker since it was asked last: index and result of each cell; and how the asking goes."""

    ended: list[tuple[int, bytes]]
    seen: Seen


class _Work:
    """The cells of one server that a worker asks."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._asker = Asker(plan, Watched(), self._keep)
        self._asking: set[asyncio.Task[None]] = set()
        self._ended: list[tuple[int, bytes]] = []
        self._news = asyncio.Event()

    def _keep(self, result: Result) -> None:
        self._ended.append((result.cell.index, encode_result_or_failure(result)[1]))
        self._news.set()

    def ask(self, questions: Sequence[Sent]) -> None:
        for cell, prompt in questions:
            task = asyncio.create_task(self._asker.answer(cell, prompt))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def collect(self, seconds: float, candidate: int) -> Collected:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
                await asyncio.sleep(_BUNCH_S)  # what ends at the same time is sent together
        self._news.clear()
        ended, self._ended = self._ended, []
        look = self._asker.look(self._plan.candidates[candidate])
        return Collected(ended, Seen(look.pieces, look.in_flight, look.waiting, look.refused))

    async def warm_up(self, candidate: int) -> None:
        await self._asker.warm_up(candidate)

    def stop(self) -> None:
        for task in self._asking:
            task.cancel()


_works: dict[str, _Work] = {}


async def begin(run: str, plan: Plan) -> None:
    """Prepare to ask the cells of a plan, whose prompts come with them."""
    if run not in _works:
        _works[run] = _Work(plan)


async def warm_up(run: str, candidate: int) -> None:
    """Warm a model up."""
    await _works[run].warm_up(candidate)


async def ask(run: str, questions: Sequence[Sent]) -> None:
    """Begin to ask these cells."""
    _works[run].ask(questions)


async def collect(run: str, seconds: float, candidate: int) -> Collected:
    """What has ended, after at most so many seconds if nothing has."""
    return await _works[run].collect(seconds, candidate)


async def stop(run: str) -> None:
    """Cancel what is being asked; what had come of it can be collected."""
    _works[run].stop()


async def end(run: str) -> None:
    """Stop, and forget all of it."""
    if work := _works.pop(run, None):
        work.stop()
