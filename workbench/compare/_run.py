"""Carrying out a plan: all servers at once, each with as many requests in flight as it takes."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Iterator
from contextlib import aclosing, suppress
from time import perf_counter
from typing import ParamSpec, Protocol

from workbench.compare._plan import Cell, Plan, check_count
from workbench.compare._result import Result, Run
from workbench.errors import EngineError, StreamCutError, UsageError
from workbench.messages import Finish, Piece, Reply, Timing

P = ParamSpec("P")
_TRIES = 2


class Watcher(Protocol):
    """Whoever wants to see a comparison while it runs.

    Called in the comparison's event loop, so it must not block. If it raises, that is told as a warning, and the
    comparison goes on without it.
    """

    def began(self, cell: Cell) -> None:
        """A cell is being asked now; again, where its answer broke off, and what had come of it counts no more."""

    def piece(self, cell: Cell, piece: Piece) -> None:
        """A piece of a cell's answer has come."""

    def ended(self, cell: Cell, result: Result) -> None:
        """A cell is done: answered, failed or stopped."""


class Comparison:
    """A plan that is carried out once.

    Args:
        plan: What is to be asked.
        concurrency: How many requests are kept in flight on each server; None takes each model's `slots`.

    Raises:
        UsageError: If `concurrency` is no whole number from 1.

    >>> import asyncio
    >>> from workbench.compare import make_plan
    >>> comparison = Comparison(make_plan("Was ist ein Amt?", "embedded", max_tokens=3))
    >>> asyncio.run(comparison.run())
    1 of 1 answered
    """

    def __init__(self, plan: Plan, *, concurrency: int | None = None) -> None:
        if concurrency is not None:
            check_count("concurrency", concurrency)
        self.plan = plan
        self._concurrency = concurrency
        self._watcher: Watcher | None = None
        self._results: dict[int, Result] = {}
        self._workers: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = False
        self._ended = False

    def watch(self, watcher: Watcher) -> None:
        """Let someone see it while it runs."""
        self._watcher = watcher

    @property
    def result(self) -> Run:
        """What there is until now; complete once `run` has returned."""
        return Run(self.plan, dict(sorted(self._results.items())), stopped=self._stopped)

    async def run(self) -> Run:
        """Ask every cell, and give the results.

        Returns:
            The run. A cell that fails is a row with its error; after `stop` the cells that were not asked are missing.

        Raises:
            UsageError: If it was carried out before.
            asyncio.CancelledError: If the awaiting task is cancelled; `result` then holds what was answered.
        """
        if self._loop is not None:
            raise UsageError("this comparison was carried out before", advice="make another of the same plan")
        self._loop = asyncio.get_running_loop()
        try:
            async with asyncio.TaskGroup() as group:
                # A stop that came before leaves nothing to do.
                queues = [] if self._stopped else self._queues()
                self._workers = [group.create_task(self._work(cells)) for slots, cells in queues for _ in range(slots)]
        except asyncio.CancelledError:
            self._stopped = True
            raise
        finally:
            self._ended = True
        return self.result

    def stop(self) -> None:
        """Stop: servers stop generating, what was answered stays. May be called from any thread, and repeatedly."""
        if self._ended:
            return
        self._stopped = True
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop closed meanwhile, so nothing runs any more
                self._loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        for worker in self._workers:
            worker.cancel()

    def _queues(self) -> list[tuple[int, Iterator[Cell]]]:
        """For each server how many workers it gets, and its cells."""
        servers: dict[str, list[int]] = {}
        for number, candidate in enumerate(self.plan.candidates):
            servers.setdefault(candidate.connection, []).append(number)
        prompts, repeats = len(self.plan.prompts), self.plan.repeats
        return [
            (
                min(self._concurrency or self.plan.candidates[numbers[0]].slots, prompts * len(numbers) * repeats),
                self._queue(numbers),
            )
            for numbers in servers.values()
        ]

    def _queue(self, numbers: list[int]) -> Iterator[Cell]:
        """The cells of some candidates, model by model, so that a server that holds one loads each once."""
        names = [candidate.name for candidate in self.plan.candidates]
        for candidate in sorted(numbers, key=lambda number: names.index(names[number])):
            for prompt in range(len(self.plan.prompts)):
                for repeat in range(self.plan.repeats):
                    yield self.plan.cell(prompt, candidate, repeat)

    async def _work(self, cells: Iterator[Cell]) -> None:
        for cell in cells:
            await self._answer(cell)

    async def _answer(self, cell: Cell) -> None:
        """Ask a cell; one whose answer broke off in the middle is asked once more, whole."""
        for tries in range(1, _TRIES + 1):
            result = await self._asked(cell, tries)
            if not isinstance(result.error, StreamCutError):
                break
        self._end(result)

    async def _asked(self, cell: Cell, tries: int) -> Result:
        if self._watcher:
            self._tell(self._watcher.began, cell)
        got = _Received(tries)
        try:
            candidate = self.plan.candidate(cell)
            got.model = candidate.name
            async with aclosing(candidate.stream(self.plan.prompts[cell.prompt])) as pieces:
                async for piece in pieces:
                    got.add(piece)
                    if self._watcher and piece.reply is None:
                        self._tell(self._watcher.piece, cell, piece)
            return got.ended(cell)
        except asyncio.CancelledError:
            self._end(got.cancelled(cell))
            raise
        except Exception as error:  # noqa: BLE001 - one failing cell must never end a run; its row names the class
            return got.failed(cell, error)

    def _end(self, result: Result) -> None:
        self._results[result.cell.index] = result
        if self._watcher:
            self._tell(self._watcher.ended, result.cell, result)

    def _tell(self, what: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            what(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - a picture that fails must not cost an answer
            self._watcher = None
            warnings.warn(f"the comparison goes on unwatched: {type(error).__name__}: {error}", stacklevel=2)


class _Received:
    """What has come of one cell's answer until now."""

    def __init__(self, tries: int) -> None:
        self.model = ""
        self._tries = tries
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._reply: Reply | None = None
        self._start = perf_counter()

    def add(self, piece: Piece) -> None:
        """Take a piece."""
        if piece.reply is not None:
            self._reply = piece.reply
        if piece.reasoning:
            self._thoughts.append(piece.reasoning)
        if piece.text:
            self._texts.append(piece.text)

    def ended(self, cell: Cell) -> Result:
        """The result of a stream that has come to its end."""
        if self._reply is not None:
            return Result(cell, self._reply, tries=self._tries)
        error = StreamCutError("the answer ended without its end", where=self.model, advice="see the server's log")
        return self.failed(cell, error)

    def cancelled(self, cell: Cell) -> Result:
        """The result of a stream that was cancelled; one whose reply was there already is not spoilt by that."""
        return Result(cell, self._reply or self._partial("cancelled"), tries=self._tries)

    def failed(self, cell: Cell, error: Exception) -> Result:
        """The result of a stream that failed, with what had come of it."""
        reply = self._reply or (error.reply if isinstance(error, EngineError) else None)
        if reply is None and (self._texts or self._thoughts):
            reply = self._partial("unknown")
        return Result(cell, reply, error, self._tries)

    def _partial(self, finish: Finish) -> Reply:
        timing = Timing(0.0, None, perf_counter() - self._start, None)
        text, thoughts = "".join(self._texts), "".join(self._thoughts)
        return Reply(text=text, reasoning=thoughts, finish=finish, model=self.model, timing=timing)
