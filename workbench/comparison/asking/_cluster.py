"""Asking the cells of one server on the workers of a Dask cluster, with one number of requests in flight for all."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Any, Self

from workbench.comparison.asking import _cluster_worker as _remote
from workbench.comparison.asking._concurrency import ConcurrencyControl, Snapshot
from workbench.comparison.asking._watcher import Watched
from workbench.comparison.plan._candidate import Candidate
from workbench.comparison.plan._dialogue import Question
from workbench.comparison.plan._plan import Cell, Plan
from workbench.comparison.results._encoding import decode_result
from workbench.comparison.results._result import Result
from workbench.errors import ExecutorError, UsageError

_COLLECT_S = 0.25
_ROSTER_S = 1.0
_WAIT_S = 30.0  # for a worker, where there is none
_STOP_S = 5.0
_COME_BACK_S = 5.0  # a worker that only a connection was lost to
_LOSSES = 3


class _LostError(Exception):
    """A worker is gone, and with it what it was asked."""


class Cluster:
    """The workers of a Dask client, whose event loop may be in another thread.

    Args:
        client: A `distributed.Client`.

    Raises:
        UsageError: If it is anything else.
    """

    def __init__(self, client: Any) -> None:
        if not all(hasattr(client, name) for name in ("run", "nthreads", "loop")):
            raise UsageError(
                f"executor= is a {type(client).__name__}", advice="give a Dask client: distributed.Client(...)"
            )
        self._client = client

    async def workers(self) -> list[str]:
        """The addresses of its workers now. Raises ExecutorError."""
        try:
            return list(await self._there(lambda: self._client.nthreads()))
        except (OSError, ValueError, RuntimeError) as error:  # a closed client says either
            problem = f"{type(error).__name__}: {error}"
        raise ExecutorError("the cluster does not answer", where=problem, advice="see whether its scheduler runs")

    async def call(self, worker: str, function: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        """What a coroutine function gives on a worker. Raises _LostError, and ExecutorError where it cannot run."""
        try:
            found = await self._there(lambda: self._client.run(function, *args, workers=[worker], on_error="return"))
        except (OSError, KeyError) as error:
            raise _LostError from error
        except Exception as error:  # what cannot be pickled says so by any class
            raise ExecutorError(
                f"this cannot be sent to a worker: {type(error).__name__}: {error}",
                advice="let functions use nothing but plain data and importable code",
            ) from error
        said = found[worker]
        if isinstance(said, OSError):
            raise _LostError from said
        if isinstance(said, BaseException):
            raise ExecutorError(
                f"a worker cannot ask: {type(said).__name__}: {said}",
                where=worker,
                advice="have the same Python and packages on all workers",
            ) from said
        return said

    async def _there(self, work: Callable[[], Awaitable[Any]]) -> Any:
        async def awaited() -> Any:
            return await work()

        running = asyncio.run_coroutine_threadsafe(awaited(), self._client.loop.asyncio_loop)
        return await asyncio.wrap_future(running)


class _Seat:
    """One worker, as this process sees it: cells go there in batches, results come back as they end."""

    def __init__(self, cluster: Cluster, worker: str, run: str, plan: Plan, candidate: int) -> None:
        self.seen = _remote.Seen()
        self.seen_s = monotonic()
        self.open: dict[int, asyncio.Future[bytes]] = {}
        self.lost: Exception | None = None
        self.lost_s = 0.0
        self._cluster = cluster
        self._worker = worker
        self._run = run
        self._plan = plan
        self._candidate = candidate
        self._new: list[_remote.Sent] = []
        self._news = asyncio.Event()
        self._begun = asyncio.Event()
        self._tasks = [asyncio.create_task(self._guarded(each)) for each in (self._send, self._collect)]

    def ask(self, cell: Cell, prompt: Question) -> asyncio.Future[bytes]:
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.open[cell.index] = answer
        self._new.append((cell, prompt))
        self._news.set()
        return answer

    async def warm_up(self, candidate: int) -> None:
        await self._begun.wait()
        with suppress(_LostError, ExecutorError):
            await self._call(_remote.warm_up, candidate)

    async def stop(self) -> None:
        with suppress(_LostError, ExecutorError):
            await self._call(_remote.stop)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        if self.lost:
            return  # whoever calls a worker that is gone waits for long
        with suppress(_LostError, ExecutorError):
            await self._call(_remote.end)

    def lose(self, error: Exception) -> None:
        """End the waiting of all who wait for an answer from here, as there comes none."""
        self.lost, self.lost_s = error, monotonic()
        self._begun.set()
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        for answer in self.open.values():
            if not answer.done():
                answer.set_exception(error)
                answer.exception()  # nobody may be waiting any more
        self.open.clear()

    async def _call(self, function: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        return await self._cluster.call(self._worker, function, self._run, *args)

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except (_LostError, ExecutorError) as error:
            self.lose(error)

    async def _send(self) -> None:
        await self._call(_remote.begin, self._plan)
        self._begun.set()
        while True:
            await self._news.wait()
            self._news.clear()
            batch, self._new = self._new, []
            await self._call(_remote.ask, batch)

    async def _collect(self) -> None:
        await self._begun.wait()
        while True:
            found: _remote.Collected = await self._call(_remote.collect, _COLLECT_S, self._candidate)
            self.seen, self.seen_s = found.seen, monotonic()
            for index, kept in found.ended:
                answer = self.open.pop(index, None)
                if answer and not answer.done():
                    answer.set_result(kept)


class ClusterAsker:
    """Asks the cells of one server on all workers of a cluster; used like an `Asker`, and as an async context.

    A cell whose worker is lost is asked on another one. What had ended there was sent here at once, so that only what
    was in flight is asked again.

    Args:
        cluster: The workers; some may come and go meanwhile.
        plan: What is asked. Its candidates are sent to the workers: keys as references, which are looked up there.
        candidate: Number of one that is on that server.
        watched: Who is told of it.
        keep: Called with every result, that of a stopped cell included.
    """

    def __init__(
        self, cluster: Cluster, plan: Plan, candidate: int, watched: Watched, keep: Callable[[Result], None]
    ) -> None:
        self._cluster = cluster
        self._candidate = candidate
        self._plan = replace(plan, prompts=(), table=None, order=None)
        self._watched = watched
        self._keep = keep
        self._run = uuid.uuid4().hex
        self._seats: dict[str, _Seat] = {}
        self._come = asyncio.Event()
        self._ended = 0
        self._pieces_lost = 0
        self._stopping: asyncio.Task[None] | None = None
        self._given_up: ExecutorError | None = None

    async def __aenter__(self) -> Self:
        with suppress(ExecutorError):  # told by the cells, if it does not answer later either
            await self._see_who_is_there()
        self._roster = asyncio.create_task(self._keep_roster())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._roster.cancel()
        await asyncio.wait([self._roster])
        await asyncio.gather(*(seat.close() for seat in self._seats.values()))

    async def warm_up(self, candidate: int) -> None:
        """Warm a model up on every worker."""
        await asyncio.gather(*(seat.warm_up(candidate) for seat in self._seats.values()))

    async def flight(self, candidate: int, most: int) -> ConcurrencyControl:
        """How many requests are in flight where nobody says: at first one for each worker, if not more."""
        return ConcurrencyControl(max(self._plan.candidates[candidate].slots, len(self._free)), most=most)

    async def answer(self, cell: Cell, prompt: Question) -> None:
        """Ask a cell on the worker that has the fewest until there is a result, and have it kept."""
        result = Result(cell, error=ExecutorError(f"{_LOSSES} workers were lost while they asked this"))
        for _ in range(_LOSSES):
            seat = await self._seat()
            if seat is None:
                result = Result(cell, error=self._given_up and self._given_up.anew())
                break
            self._watched.began(cell)
            try:
                result = await self._answered(seat.ask(cell, prompt), cell)
            except (_LostError, ExecutorError) as error:
                if isinstance(error, ExecutorError):
                    result = Result(cell, error=error)
                continue
            break
        self._ended += 1
        self._keep(result)

    def look(self, _: Candidate) -> Snapshot:
        """How the asking goes on all workers together, as they told it last."""
        seats = self._free
        return Snapshot(
            at_s=max((seat.seen_s for seat in seats), default=monotonic()),
            pieces=self._pieces_lost + sum(seat.seen.pieces for seat in self._seats.values()),
            ended=self._ended,
            in_flight=sum(len(seat.open) for seat in seats),
            waiting=sum(seat.seen.waiting for seat in seats),
            refused=sum(seat.seen.refused for seat in seats),
        )

    async def _answered(self, answer: asyncio.Future[bytes], cell: Cell) -> Result:
        candidate = self._plan.candidates[cell.candidate]
        try:
            return decode_result(await asyncio.shield(answer), cell, candidate)
        except asyncio.CancelledError:
            # What had come of it is told by the worker that stops.
            self._stopping = self._stopping or asyncio.create_task(self._stop())
            with suppress(TimeoutError, _LostError, ExecutorError):
                async with asyncio.timeout(_STOP_S):
                    self._keep(decode_result(await answer, cell, candidate))
            raise

    async def _stop(self) -> None:
        await asyncio.gather(*(seat.stop() for seat in self._free))

    @property
    def _free(self) -> list[_Seat]:
        return [seat for seat in self._seats.values() if not seat.lost]

    async def _seat(self) -> _Seat | None:
        """The worker with the fewest cells; None if none comes for a while, or came for the cell before."""
        problem = ExecutorError("the cluster has no worker", advice="start workers, and call the same again")
        with suppress(TimeoutError):
            async with asyncio.timeout(0 if self._given_up else _WAIT_S):
                while not self._free:
                    unable = [seat.lost for seat in self._seats.values() if isinstance(seat.lost, ExecutorError)]
                    if unable and len(unable) == len(self._seats):
                        problem = unable[0]
                        break
                    self._come.clear()
                    await self._come.wait()
        if free := self._free:
            return min(free, key=lambda seat: len(seat.open))
        self._given_up = self._given_up or problem
        return None

    async def _keep_roster(self) -> None:
        while True:
            await asyncio.sleep(_ROSTER_S)
            with suppress(ExecutorError):
                await self._see_who_is_there()

    async def _see_who_is_there(self) -> None:
        there = await self._cluster.workers()
        for worker, seat in list(self._seats.items()):
            if worker not in there and not seat.lost:
                seat.lose(_LostError())
            if isinstance(seat.lost, _LostError) and (worker not in there or monotonic() > seat.lost_s + _COME_BACK_S):
                self._pieces_lost += self._seats.pop(worker).seen.pieces
        for worker in there:
            if worker not in self._seats:
                self._given_up = None
                self._seats[worker] = _Seat(self._cluster, worker, self._run, self._plan, self._candidate)
                self._come.set()
