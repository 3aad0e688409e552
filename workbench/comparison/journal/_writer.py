"""Results on their way into a journal, written in a thread of their own where there are any."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from workbench.comparison.journal._journal import ROWS_AT_ONCE, Entry, Journal
from workbench.comparison.journal._results import Written
from workbench.comparison.results._result import Result
from workbench.errors import JournalError

Landed = Callable[[Result], None]


class Writer:
    """Writes results to a journal in a thread, many in one transaction, and says when they are on the disk.

    Where no thread can be had, as in a browser, each is written at once.

    Args:
        answers: Where they go.
        journal: The journal.
        landed: Called in the running loop for each result that is durable.
        failed: Called in the running loop once, when the journal cannot be written any more.
    """

    def __init__(
        self, answers: Written, journal: Journal, landed: Landed, failed: Callable[[JournalError], None]
    ) -> None:
        self._answers = answers
        self._journal = journal
        self._landed = landed
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._done = asyncio.Event()
        self._count_put = 0
        self._count_done = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._queue: queue.SimpleQueue[tuple[Result, Entry] | None] = queue.SimpleQueue()
        self._failed_with: JournalError | None = None
        self._has_thread = True
        try:
            threading.Thread(target=self._write, name="workbench journal", daemon=True).start()
        except RuntimeError:
            self._has_thread = False

    def put(self, result: Result) -> None:
        """Put a result into the queue of what is written."""
        entry = self._answers.entry(result)
        self._count_put += 1
        if self._has_thread:
            self._queue.put(entry)
        else:
            self._write_batch([entry])

    async def written(self) -> None:
        """Wait until all that was put until now is on the disk, or known to be lost."""
        if self._count_done < self._count_put:
            waiting = self._loop.create_future()
            self._waiting.append((self._count_put, waiting))
            await waiting

    async def close(self) -> None:
        """Wait until all is kept, or known to be lost."""
        if self._has_thread:
            self._queue.put(None)
            await self._done.wait()
        else:
            await self.written()

    def _write(self) -> None:
        last = False
        while not last:
            batch, last = self._batch()
            self._write_batch(batch)
        self._soon(self._done.set)

    def _write_batch(self, batch: list[tuple[Result, Entry]]) -> None:
        if self._failed_with is None and batch:
            try:
                self._journal.keep(entry for _, entry in batch)
            except JournalError as error:
                self._failed_with = error
            except Exception as error:  # noqa: BLE001 - whoever waits for this thread would wait for ever
                self._failed_with = JournalError(f"the journal cannot be used: {type(error).__name__}: {error}")
            if self._failed_with is not None:
                self._soon(self._failed, self._failed_with)
        results = [result for result, _ in batch]
        self._soon(self._all_landed if self._failed_with is None else self._all_lost, results)

    def _batch(self) -> tuple[list[tuple[Result, Entry]], bool]:
        """What is waiting, and whether it was the last."""
        batch: list[tuple[Result, Entry]] = []
        found = self._queue.get()
        while found is not None:
            batch.append(found)
            if len(batch) == ROWS_AT_ONCE:
                return batch, False
            try:
                found = self._queue.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _all_landed(self, batch: list[Result]) -> None:
        for result in batch:
            self._answers.landed(result)
        self._wake(batch)

    def _all_lost(self, batch: list[Result]) -> None:
        for result in batch:
            self._answers.lost(result)
        self._wake(batch)

    def _wake(self, batch: list[Result]) -> None:
        """These are on the disk, or lost: first those go on who wait for it, then it is told."""
        self._count_done += len(batch)
        while self._waiting and self._waiting[0][0] <= self._count_done:
            _, waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)
        for result in batch:
            self._landed(result)

    def _soon(self, what: Callable[..., None], *args: object) -> None:
        with suppress(RuntimeError):  # the loop closed meanwhile, so nobody waits any more
            self._loop.call_soon_threadsafe(what, *args)
