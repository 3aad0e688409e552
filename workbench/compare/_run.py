"""Carrying out a plan: all servers at once, each with as many requests in flight as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from time import perf_counter
from typing import Protocol

from workbench.compare._plan import Cell, Plan
from workbench.compare._result import Result, Run
from workbench.connections import Model
from workbench.errors import EngineError, UsageError
from workbench.messages import Piece, Reply, Timing


class Watcher(Protocol):
    """Whoever wants to see a comparison while it runs. Called in the comparison's event loop; must not block."""

    def began(self, cell: Cell) -> None:
        """A cell is being asked now."""

    def piece(self, cell: Cell, piece: Piece) -> None:
        """A piece of a cell's answer has come."""

    def ended(self, cell: Cell, result: Result) -> None:
        """A cell is done: answered, failed or stopped."""


class Comparison:
    """A plan that is carried out once.

    Args:
        plan: What is to be asked.
        concurrency: How many requests are kept in flight on each server; None takes each model's `slots`.

    >>> import asyncio
    >>> from workbench.compare import make_plan
    >>> comparison = Comparison(make_plan("Was ist ein Amt?", "embedded", max_tokens=3))
    >>> asyncio.run(comparison.run())
    1 of 1 answered
    """

    def __init__(self, plan: Plan, *, concurrency: int | None = None) -> None:
        if concurrency is not None and concurrency < 1:
            raise UsageError(f"concurrency={concurrency}", advice="give a whole number from 1")
        self.plan = plan
        self._concurrency = concurrency
        self._watcher: Watcher | None = None
        self._results: dict[int, Result] = {}
        self._workers: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False

    def watch(self, watcher: Watcher) -> None:
        """Let someone see it while it runs."""
        self._watcher = watcher

    @property
    def result(self) -> Run:
        """What there is until now; complete once `run` has returned."""
        return Run(self.plan, dict(sorted(self._results.items())), stopped=self._stopping)

    async def run(self) -> Run:
        """Ask every cell, and give the results.

        Returns:
            The run. A cell that fails is a row with its error; after `stop` the cells that were not asked are missing.

        Raises:
            asyncio.CancelledError: If the awaiting task is cancelled; `result` then holds what was answered.
        """
        self._loop = asyncio.get_running_loop()
        if not self._stopping:
            self._workers = [
                asyncio.create_task(self._work(cells)) for slots, cells in self._queues() for _ in range(slots)
            ]
        try:
            ended = await asyncio.gather(*self._workers, return_exceptions=True)
        except asyncio.CancelledError:
            self._cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)
            raise
        for outcome in ended:
            if isinstance(outcome, Exception):
                raise outcome
        return self.result

    def stop(self) -> None:
        """Stop: servers stop generating, what was answered stays. May be called from any thread, and repeatedly."""
        self._stopping = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        self._stopping = True
        for worker in self._workers:
            worker.cancel()

    def _queues(self) -> Iterator[tuple[int, Iterator[Cell]]]:
        """For each server how many workers it gets, and its cells: model by model, so that none is loaded twice."""
        for connection in dict.fromkeys(candidate.connection for candidate in self.plan.candidates):
            cells = [c for c in self.plan.cells() if self.plan.candidates[c.candidate].connection == connection]
            cells.sort(key=lambda cell: cell.candidate)
            slots = self._concurrency or self.plan.candidates[cells[0].candidate].slots
            yield min(slots, len(cells)), iter(cells)

    async def _work(self, cells: Iterator[Cell]) -> None:
        for cell in cells:
            await self._answer(cell, self.plan.candidate(cell))

    async def _answer(self, cell: Cell, candidate: Model) -> None:
        watcher, parts, start = self._watcher, list[str](), perf_counter()
        if watcher:
            watcher.began(cell)
        result = Result(cell)
        try:
            async for piece in candidate.stream(self.plan.prompts[cell.prompt]):
                if piece.reply is not None:
                    result = Result(cell, piece.reply)
                else:
                    parts.append(piece.text)
                    if watcher:
                        watcher.piece(cell, piece)
        except asyncio.CancelledError:
            timing = Timing(0.0, None, perf_counter() - start, None)
            reply = Reply(text="".join(parts), finish="cancelled", model=candidate.name, timing=timing)
            result = Result(cell, reply)
            raise
        except EngineError as error:
            result = Result(cell, error.reply, error)
        except Exception as error:  # noqa: BLE001 - one failing cell must never end a run; its row names the class
            result = Result(cell, None, error)
        finally:
            self._results[cell.index] = result
            if watcher:
                watcher.ended(cell, result)
