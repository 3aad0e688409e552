"""The cells that are being answered, each of which can be stopped by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class Answering:
    """The cells that are being answered, by index.

    >>> async def stopped_one() -> str:
    ...     answering = Answering()
    ...     asyncio.get_running_loop().call_soon(answering.stop, 7)
    ...     await answering.carried_out(7, asyncio.sleep(60))
    ...     return "goes on"
    >>> asyncio.run(stopped_one())
    'goes on'
    """

    def __init__(self) -> None:
        self._tasks: dict[int, asyncio.Task[Any]] = {}
        self._stopped: set[int] = set()

    async def carried_out(self, index: int, work: Coroutine[Any, Any, None]) -> None:
        """Await the work on a cell, until it is done or stopped; what ends the task that awaits it ends it as ever."""
        task = self._tasks[index] = _this_task()
        try:
            await work
        except asyncio.CancelledError:
            if index not in self._stopped or task.uncancel():  # somebody else wants the end of more than this cell
                raise
        finally:
            del self._tasks[index]
            self._stopped.discard(index)

    def stop(self, index: int) -> None:
        """Stop the work on a cell, if it is under way; to be called in its loop."""
        task = self._tasks.get(index)
        if task is not None and index not in self._stopped:
            self._stopped.add(index)
            task.cancel()


def _this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None  # a coroutine runs in one
    return task
