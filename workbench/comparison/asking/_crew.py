"""Carrying out a plan with as many requests in flight as a server answers fastest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from workbench.comparison.asking._concurrency import LOOK_S, ConcurrencyControl, Snapshot
from workbench.comparison.plan._plan import Cell


async def fly(
    cells: Iterator[Cell],
    answer: Callable[[Cell], Awaitable[None]],
    flight: ConcurrencyControl,
    look: Callable[[], Snapshot],
) -> None:
    """Answer all cells, as many at once as the flight says.

    Args:
        cells: What is to be answered.
        answer: Answers one.
        flight: Says how many are answered at once; what is seen is told to it while they are.
        look: Sees how it goes.
    """
    crew = _Crew(cells, answer, flight)
    async with asyncio.TaskGroup() as group:
        while not crew.is_done:
            for _ in range(crew.lacking):
                group.create_task(crew.work())
            await crew.wait(LOOK_S)
            flight.look(look())


class _Crew:
    """Tasks that answer cells one after the other, some of which leave when there are too many."""

    def __init__(
        self, cells: Iterator[Cell], answer: Callable[[Cell], Awaitable[None]], flight: ConcurrencyControl
    ) -> None:
        self._cells = cells
        self._answer = answer
        self._flight = flight
        self._count = 0
        self._all_taken = False
        self._ended = asyncio.Event()

    @property
    def is_done(self) -> bool:
        return self._all_taken and not self._count

    @property
    def lacking(self) -> int:
        """How many more may work; they count as working from now on."""
        lacking = 0 if self._all_taken else max(self._flight.level - self._count, 0)
        self._count += lacking
        return lacking

    async def work(self) -> None:
        try:
            for cell in self._cells:
                await self._answer(cell)
                if self._count > self._flight.level:
                    return
            self._all_taken = True
        finally:
            self._count -= 1
            if not self._count:
                self._ended.set()

    async def wait(self, seconds: float) -> None:
        """Wait so long, or until nobody works any more."""
        try:
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        except TimeoutError:
            return
        self._ended.clear()
