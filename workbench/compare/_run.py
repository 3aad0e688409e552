"""Carrying out a plan: all servers at once, each with as many requests in flight as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from workbench.compare._answers import Journalled, Writer
from workbench.compare._asking import Asker
from workbench.compare._cluster import Cluster, ClusterAsker
from workbench.compare._flight import MOST, Flight, fly
from workbench.compare._identity import Keys, model_digests
from workbench.compare._journal import Journal, Lock, journal_path
from workbench.compare._outcome import Run
from workbench.compare._plan import Cell, Plan, check_count
from workbench.compare._recorded import decode_plan, encode_plan
from workbench.compare._result import Answers, Result
from workbench.compare._watching import Watched, Watcher
from workbench.connections import Model
from workbench.engines import undisturbed
from workbench.errors import JournalError, UsageError

_LOOK_AGAIN_S = 0.1
_WARM_FROM = 10  # requests; for fewer, warming up would take longer than it tells


class Comparison:
    """A plan that is carried out once.

    Args:
        plan: What is to be asked.
        concurrency: How many requests are kept in flight on each server; None takes what a server is known to take at
            once, and finds out where that is not known; of a function eight calls.
        name: Keeps every finished cell in the journal of this name, beside the notebook: the same call asks only what
            is not answered there yet. None keeps nothing.
        executor: A Dask client whose workers ask the servers; None asks them from here.

    Raises:
        UsageError: If `concurrency` is no whole number from 1, the name is none for a file, or the executor no Dask
            client.

    >>> import asyncio
    >>> from workbench.compare import make_plan
    >>> comparison = Comparison(make_plan("Was ist ein Amt?", "embedded", max_tokens=3))
    >>> asyncio.run(comparison.run())
    1 of 1 answered
    """

    def __init__(
        self, plan: Plan, *, concurrency: int | None = None, name: str | None = None, executor: Any = None
    ) -> None:
        self.plan = plan
        self._path = journal_path(name) if name is not None else None
        self._concurrency = None if concurrency is None else check_count("concurrency", concurrency)
        self._cluster = Cluster(executor) if executor is not None else None
        self._watched = Watched()
        self._results: Answers | Journalled = Answers()
        self._keep: Callable[[Result], None] = self._keep_in_memory
        self._writer: Writer | None = None
        self._unkept: JournalError | None = None
        self._in_flight: dict[str, int] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = False
        self._ended = False

    def watch(self, watcher: Watcher) -> None:
        """Let someone see it while it runs."""
        self._watched.watcher = watcher

    @property
    def result(self) -> Run:
        """What there is until now; complete once `run` has returned."""
        return Run(self.plan, self._results, self._stopped, dict(self._in_flight))

    async def run(self) -> Run:
        """Ask every cell that is not answered in the journal, and give the results.

        Returns:
            The run. A cell that fails is a row with its error; after `stop` the cells that were not asked are missing.

        Raises:
            UsageError: If it was carried out before.
            JournalError: If the journal cannot be used; what was answered is on its `run`.
            asyncio.CancelledError: If the awaiting task is cancelled; `result` then holds what was answered.
        """
        if self._loop is not None:
            raise UsageError("this comparison was carried out before", advice="make another of the same plan")
        self._loop = asyncio.get_running_loop()
        try:
            with undisturbed():
                await (self._ask_all() if self._path is None else self._ask_what_is_new(self._path))
        except asyncio.CancelledError:
            self._stopped = True
            raise
        finally:
            self._ended = True
        if self._unkept is not None:
            raise JournalError(
                self._unkept.what, where=self._unkept.where, advice=self._unkept.advice, run=self.result
            ) from None
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

    async def _ask_what_is_new(self, path: Path) -> None:
        """Ask what the journal does not hold, and keep what comes there; one comparison at a time for each journal."""
        lock = Lock(path)
        while not lock.take():
            if self._stopped:
                return
            await asyncio.sleep(_LOOK_AGAIN_S)
        try:
            journal = Journal(path)
            before = journal.plan()
            digests = (decode_plan(before)[1] if before else {}) | await model_digests(self.plan.candidates)
            journal.keep_plan(encode_plan(self.plan, digests))
            self._results = results = Journalled(self.plan, Keys(self.plan, digests), journal)
            self._show_known(results)
            writer = Writer(results, journal, self._watched.ended, self._journal_failed)
            self._keep, self._writer = writer.put, writer
            try:
                await self._ask_all()
            finally:
                await writer.close()
        finally:
            lock.release()

    def _show_known(self, results: Journalled) -> None:
        """Tell the watcher what was answered before."""
        for index in results:
            if self._watched.watcher is None:
                return
            if results.status(index) == "answered":
                self._watched.ended(results[index])

    def _journal_failed(self, error: JournalError) -> None:
        self._unkept = error
        self._cancel()

    async def _ask_all(self) -> None:
        """All servers at once."""
        servers: dict[str, list[int]] = {}
        for number, candidate in enumerate(self.plan.candidates):
            servers.setdefault(candidate.connection, []).append(number)
        await self._all(self._ask_server(numbers) for numbers in servers.values())

    async def _all(self, work: Iterable[Coroutine[Any, Any, None]]) -> None:
        """Await all, each in a task that `stop` cancels."""
        async with asyncio.TaskGroup() as group:
            for each in work:
                # A stop that came before leaves nothing to do.
                if self._stopped:
                    each.close()
                    continue
                task = group.create_task(each)
                self._workers.add(task)
                task.add_done_callback(self._workers.discard)

    async def _ask_server(self, numbers: list[int]) -> None:
        """Ask one server, model by model, so that one that holds a single model loads each once."""
        if self._cluster is None:
            await self._ask_models(numbers, Asker(self.plan, self._watched, self._keep))
            return
        async with ClusterAsker(self._cluster, self.plan, numbers[0], self._watched, self._keep) as asker:
            await self._ask_models(numbers, asker)

    async def _ask_models(self, numbers: list[int], asker: Asker | ClusterAsker) -> None:
        for same in _by_model(self.plan, numbers):
            first = self.plan.candidates[same[0]]
            if not (count := sum(1 for _ in self._open_cells(same))):
                continue
            flight = await self._prepared(asker, same[0], count)
            await fly(self._open_cells(same), partial(self._answer, asker), flight, partial(asker.look, first))
            self._in_flight[first.name] = flight.level

    async def _answer(self, asker: Asker | ClusterAsker, cell: Cell) -> None:
        await asker.answer(cell, self.plan.prompts[cell.prompt])
        if self._writer:
            await self._writer.written()

    async def _prepared(self, asker: Asker | ClusterAsker, number: int, count: int) -> Flight:
        """Warm a model up, and say how many requests are in flight: what is known, or else turns out to be best."""
        candidate = self.plan.candidates[number]
        if count >= _WARM_FROM:
            await asker.warm_up(number)
        known = candidate.engine.slots if isinstance(candidate, Model) else candidate.slots
        if wanted := self._concurrency or known:
            return Flight(wanted, least=min(wanted, count), most=min(wanted, count))
        most = min(MOST, count)
        return await asker.flight(number, most) if count >= _WARM_FROM else Flight(candidate.slots, most=most)

    @cached_property
    def _order(self) -> Sequence[int]:
        return self.plan.asking_order()

    def _open_cells(self, numbers: list[int]) -> Iterator[Cell]:
        """The cells of some candidates that have no answer yet."""
        for candidate in numbers:
            for prompt in self._order:
                for repeat in range(self.plan.repeats):
                    cell = self.plan.cell(prompt, candidate, repeat)
                    if self._results.status(cell.index) != "answered":
                        yield cell

    def _keep_in_memory(self, result: Result) -> None:
        assert isinstance(self._results, Answers)
        self._results.add(result)
        self._watched.ended(result)


def _by_model(plan: Plan, numbers: list[int]) -> list[list[int]]:
    """Candidates of one server, those of the same model together."""
    models: dict[str, list[int]] = {}
    for number in numbers:
        models.setdefault(plan.candidates[number].name, []).append(number)
    return list(models.values())
