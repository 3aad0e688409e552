"""Asking the cells of a plan: all servers at once, each with as many requests in flight as it takes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from workbench.comparison.asking._answering import Answering
from workbench.comparison.asking._asker import Asker
from workbench.comparison.asking._cluster import Cluster, ClusterAsker
from workbench.comparison.asking._concurrency import MOST, ConcurrencyControl
from workbench.comparison.asking._crew import fly
from workbench.comparison.asking._order import cells, side_by_side
from workbench.comparison.asking._watcher import Watched
from workbench.comparison.plan._plan import Cell, Plan
from workbench.comparison.results._result import Result
from workbench.connections import Model
from workbench.model_info import ModelInfo

_WARM_FROM = 10  # requests; for fewer, warming up would take longer than it tells


class Dispatch:
    """Asks all servers of a plan at once, each in groups of candidates for which it exchanges no models.

    Args:
        plan: What is asked.
        watched: Who is told of it.
        concurrency: How many requests are kept in flight on each server; None finds that out.
        executor: A Dask client whose workers ask; None asks from here.
        wants: Whether a cell is to be asked, by its index.

    Attributes:
        in_flight: How many requests were in flight on each model's server in the end.
        stopped: Whether nothing more is to be asked; may be set in any thread.

    Raises:
        UsageError: If the executor is not a Dask client.
    """

    def __init__(
        self, plan: Plan, watched: Watched, concurrency: int | None, executor: Any, wants: Callable[[int], bool]
    ) -> None:
        self.in_flight: dict[str, int] = {}
        self.stopped = False
        self._plan = plan
        self._watched = watched
        self._concurrency = concurrency
        self._wants = wants
        self._cluster = Cluster(executor) if executor is not None else None
        self._answering = Answering()
        self._workers: set[asyncio.Task[None]] = set()

    @property
    def is_due(self) -> bool:
        """Whether any cell is to be asked."""
        return next(self._open_cells(range(len(self._plan.candidates))), None) is not None

    def cancel(self) -> None:
        """End what is being asked; to be called in its loop."""
        for worker in self._workers:
            worker.cancel()

    def stop_cell(self, index: int) -> None:
        """Stop the answer to one cell, if it is under way; on a cluster only all stop together."""
        if self._cluster is None:
            self._answering.stop(index)

    async def ask(
        self,
        listed: Mapping[str, ModelInfo],
        keep: Callable[[Result], None],
        kept: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """Ask all cells that are to be asked.

        Args:
            listed: What the servers list.
            keep: Called with every result.
            kept: Waits until all results are kept; no server is asked more before that.
        """
        resident = [name for name, info in listed.items() if info.resident]
        servers: dict[str, list[int]] = {}
        for number, candidate in enumerate(self._plan.candidates):
            servers.setdefault(candidate.connection, []).append(number)
        await self._all(
            self._ask_server(side_by_side(self._plan, numbers, resident), keep, kept) for numbers in servers.values()
        )

    async def _all(self, work: Iterable[Coroutine[Any, Any, None]]) -> None:
        """Await all, each in a task that `cancel` ends."""
        async with asyncio.TaskGroup() as group:
            for each in work:
                # A stop that came before leaves nothing to do.
                if self.stopped:
                    each.close()
                    continue
                task = group.create_task(each)
                self._workers.add(task)
                task.add_done_callback(self._workers.discard)

    async def _ask_server(
        self,
        groups: list[list[int]],
        keep: Callable[[Result], None],
        kept: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """Ask one server, one group of its candidates after the other."""
        if self._cluster is None:
            await self._ask_groups(groups, Asker(self._plan, self._watched, keep), kept)
            return
        async with ClusterAsker(self._cluster, self._plan, groups[0][0], self._watched, keep) as asker:
            await self._ask_groups(groups, asker, kept)

    async def _ask_groups(
        self, groups: list[list[int]], asker: Asker | ClusterAsker, kept: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        async def answer(cell: Cell) -> None:
            work = asker.answer(cell, self._plan.prompts[cell.prompt])
            await self._answering.carried_out(cell.index, work)
            await kept()

        for group in groups:
            if not (left := Counter(cell.candidate for cell in self._open_cells(group))):
                continue
            flight = await self._prepared(asker, list(left), left.total())
            first = self._plan.candidates[group[0]]
            await fly(self._open_cells(group), answer, flight, partial(asker.look, first))
            self.in_flight |= {self._plan.candidates[number].name: flight.level for number in left}

    async def _prepared(self, asker: Asker | ClusterAsker, numbers: list[int], count: int) -> ConcurrencyControl:
        """Warm models up, and say how many requests are in flight: what is known, or else turns out to be best."""
        first = numbers[0]
        if count >= _WARM_FROM:
            for number in {self._plan.candidates[each].name: each for each in numbers}.values():
                await asker.warm_up(number)
        candidate = self._plan.candidates[first]
        known = candidate.engine.slots if isinstance(candidate, Model) else candidate.slots
        if wanted := self._concurrency or known:
            return ConcurrencyControl(wanted, least=min(wanted, count), most=min(wanted, count))
        most = min(MOST, count)
        return (
            await asker.flight(first, most) if count >= _WARM_FROM else ConcurrencyControl(candidate.slots, most=most)
        )

    @cached_property
    def _order(self) -> Sequence[int]:
        return self._plan.asking_order()

    def _open_cells(self, numbers: Sequence[int]) -> Iterator[Cell]:
        """The cells of some candidates that are to be asked, in the order in which they are asked."""
        return (cell for cell in cells(self._plan, numbers, self._order) if self._wants(cell.index))
