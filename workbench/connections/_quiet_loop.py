"""Running a coroutine that waits for nothing but time, inside a running event loop and without a thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class _Quiet:
    """What an event loop waits on that no socket, pipe or process ever wakes: time alone."""

    def select(self, timeout: float | None = None) -> Sequence[Any]:
        if timeout is None:
            raise RuntimeError("what runs here waits for something that cannot come while nothing is sent")
        time.sleep(max(timeout, 0))
        return ()


class _QuietLoop(asyncio.BaseEventLoop):
    """An event loop that needs no socket, which browsers do not have."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Quiet()

    def _process_events(self, events: Sequence[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody wakes it: it never sleeps for longer than it must."""


def run_here(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in this thread, and give its result.

    The loop that runs here, if one does, stands still meanwhile.

    Args:
        coroutine: What waits for nothing but time and other coroutines.

    >>> run_here(asyncio.sleep(0.01, "done"))
    'done'
    """
    outer = asyncio._get_running_loop()
    task = asyncio.current_task(outer) if outer is not None else None
    if outer is not None and task is not None:
        asyncio.tasks._leave_task(outer, task)
    asyncio._set_running_loop(None)
    try:
        with asyncio.Runner(loop_factory=_QuietLoop) as runner:
            return runner.run(coroutine)
    finally:
        asyncio._set_running_loop(outer)
        if outer is not None and task is not None:
            asyncio.tasks._enter_task(outer, task)
