"""Carrying out a plan: all servers at once, each with as many requests in flight as it takes."""

from __future__ import annotations

import asyncio
import random
import warnings
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import aclosing, suppress
from pathlib import Path
from time import perf_counter
from typing import Any, ParamSpec, Protocol

from workbench.compare._answers import Journalled, Writer
from workbench.compare._candidate import Candidate
from workbench.compare._identity import Keys, model_digests
from workbench.compare._journal import Journal, Lock, journal_path
from workbench.compare._outcome import Run
from workbench.compare._plan import Cell, Plan, check_count
from workbench.compare._recorded import decode_plan, encode_plan
from workbench.compare._result import Answers, Result
from workbench.connections import Model
from workbench.engines import BREAKER_PAUSE_S
from workbench.errors import (
    CircuitOpenError,
    EngineError,
    JournalError,
    ServerError,
    StreamCutError,
    StreamGarbledError,
    UsageError,
    WorkbenchError,
)
from workbench.messages import Finish, Piece, Reply, Timing

P = ParamSpec("P")
# What may go better at the next try, though an answer had begun or the server had failed.
_AGAIN = (StreamCutError, StreamGarbledError, ServerError, CircuitOpenError)
_TRIES = 6
_OPEN_TRIES = 1
_PAUSE_S = 0.05
_LOOK_AGAIN_S = 0.1
_WARM_FROM = 10  # requests; for fewer, warming up would take longer than it tells


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
        name: Keeps every finished cell in the journal of this name, beside the notebook: the same call asks only what
            is not answered there yet. None keeps nothing.

    Raises:
        UsageError: If `concurrency` is no whole number from 1, or the name is none for a file.

    >>> import asyncio
    >>> from workbench.compare import make_plan
    >>> comparison = Comparison(make_plan("Was ist ein Amt?", "embedded", max_tokens=3))
    >>> asyncio.run(comparison.run())
    1 of 1 answered
    """

    def __init__(self, plan: Plan, *, concurrency: int | None = None, name: str | None = None) -> None:
        if concurrency is not None:
            check_count("concurrency", concurrency)
        self.plan = plan
        self._path = journal_path(name) if name is not None else None
        self._concurrency = concurrency
        self._watcher: Watcher | None = None
        self._results: Answers | Journalled = Answers()
        self._keep: Callable[[Result], None] = self._keep_in_memory
        self._given_up: dict[str, EngineError] = {}
        self._unkept: JournalError | None = None
        self._workers: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = False
        self._ended = False

    def watch(self, watcher: Watcher) -> None:
        """Let someone see it while it runs."""
        self._watcher = watcher

    @property
    def result(self) -> Run:
        """What there is until now; complete once `run` has returned."""
        return Run(self.plan, self._results, stopped=self._stopped)

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
            if self._path is None:
                await self._ask_all()
            else:
                await self._ask_what_is_new(self._path)
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
            digests = (decode_plan(before)[1] if before else {}) | await model_digests(self.plan)
            journal.keep_plan(encode_plan(self.plan, digests))
            self._results = results = Journalled(self.plan, Keys(self.plan, digests), journal)
            self._show_known(results)
            writer = Writer(results, journal, self._landed, self._journal_failed)
            self._keep = writer.put
            try:
                await self._ask_all()
            finally:
                await writer.close()
        finally:
            lock.release()

    def _show_known(self, results: Journalled) -> None:
        """Tell the watcher what was answered before."""
        for index in results:
            if self._watcher is None:
                return
            if results.status(index) == "answered":
                self._tell(self._watcher.ended, self.plan.cell_at(index), results[index])

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
        for same in _by_model(self.plan, numbers):
            first = self.plan.candidates[same[0]]
            cells = self._open_cells(same)
            count = sum(1 for _ in self._open_cells(same))
            if count >= _WARM_FROM:
                await _warm_up(first)
            slots = min(self._concurrency or first.slots, count)
            await self._all(self._work(cells) for _ in range(slots))

    def _open_cells(self, numbers: list[int]) -> Iterator[Cell]:
        """The cells of some candidates that have no answer yet."""
        for candidate in numbers:
            for prompt in self.plan.asking_order():
                for repeat in range(self.plan.repeats):
                    cell = self.plan.cell(prompt, candidate, repeat)
                    if self._results.status(cell.index) != "answered":
                        yield cell

    async def _work(self, cells: Iterator[Cell]) -> None:
        for cell in cells:
            await self._answer(cell)

    async def _answer(self, cell: Cell) -> None:
        """Ask a cell; one whose answer broke off, or at which the server failed, is asked again, whole."""
        connection = self.plan.candidates[cell.candidate].connection
        for tries in range(1, _TRIES + 1):
            if given_up := self._given_up.get(connection):
                result = Result(cell, error=given_up.anew(), tries=tries)
                break
            result = await self._asked(cell, tries)
            if not isinstance(result.error, _AGAIN) or tries == _TRIES:
                break
            if isinstance(result.error, CircuitOpenError):
                if tries > _OPEN_TRIES:
                    self._given_up[connection] = result.error
                    break
                await self._pause(result, BREAKER_PAUSE_S)
            else:
                await self._pause(result, random.uniform(0.5, 1.0) * _PAUSE_S * 2**tries)
        self._keep(result)

    async def _pause(self, result: Result, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self._keep(result)
            raise

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
            self._keep(got.cancelled(cell))
            raise
        except Exception as error:  # noqa: BLE001 - one failing cell must never end a run; its row names the class
            return got.failed(cell, error)

    def _keep_in_memory(self, result: Result) -> None:
        assert isinstance(self._results, Answers)
        self._results.add(result)
        self._landed(result)

    def _landed(self, result: Result) -> None:
        """A result is kept, and may be shown."""
        if self._watcher:
            self._tell(self._watcher.ended, result.cell, result)

    def _tell(self, what: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            what(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - a picture that fails must not cost an answer
            self._watcher = None
            warnings.warn(f"the comparison goes on unwatched: {type(error).__name__}: {error}", stacklevel=2)


def _by_model(plan: Plan, numbers: list[int]) -> list[list[int]]:
    """Candidates of one server, those of the same model together."""
    models: dict[str, list[int]] = {}
    for number in numbers:
        models.setdefault(plan.candidates[number].name, []).append(number)
    return list(models.values())


async def _warm_up(candidate: Candidate) -> None:
    """Have the server load and try out a model before anything is timed; what fails here is told by its cells."""
    if not isinstance(candidate, Model):
        return
    plain = Model(candidate.name, candidate.label, candidate.engine, candidate.slots)
    with suppress(WorkbenchError):
        async with aclosing(plain.stream("Hallo", max_tokens=1)) as pieces:
            async for _ in pieces:
                pass


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
