"""The one bridge from plain functions to coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from workbench.connections._quiet_loop import run_here
from workbench.engines.cassette import playing

T = TypeVar("T")
E = TypeVar("E")
_LISTEN_S = 0.2  # on Windows nothing interrupts a thread that waits for longer


def wait(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end and give its result, whether or not an event loop is running here.

    It runs in a thread and a loop of its own, as a notebook's loop cannot be entered twice. While recorded answers are
    played nothing is sent, so that it needs neither: a browser, which only plays them, has no threads.

    >>> async def answer():
    ...     return 42
    >>> wait(answer())
    42
    """
    if playing() is not None:
        return run_here(coroutine)
    with ThreadPoolExecutor(1, thread_name_prefix="workbench-wait") as executor:
        return executor.submit(asyncio.run, coroutine).result()


def wait_told(work: Callable[[Callable[[E], object]], Coroutine[Any, Any, T]], told: Callable[[E], object]) -> T:
    """Run a coroutine as `wait` does, and hear in this thread what it tells on the way.

    An interrupt, or an error of who hears it, cancels the coroutine, and is raised once that has ended.

    Args:
        work: Makes the coroutine, from what it is to tell by.
        told: Called with each thing that it tells, in this thread.

    >>> async def counting(tell):
    ...     tell(1)
    ...     tell(2)
    ...     return "done"
    >>> wait_told(counting, print)
    1
    2
    'done'
    """
    if playing() is not None:
        return run_here(work(told))
    said: SimpleQueue[tuple[E] | None] = SimpleQueue()
    begun: Future[Callable[[], object]] = Future()

    async def telling() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        begun.set_result(lambda: loop.call_soon_threadsafe(task.cancel))
        try:
            return await work(lambda one: said.put((one,)))
        finally:
            said.put(None)

    with ThreadPoolExecutor(1, thread_name_prefix="workbench-wait") as executor:
        working = executor.submit(asyncio.run, telling())
        try:
            while (one := _heard(said)) is not None:
                told(*one)
        except BaseException:
            with suppress(RuntimeError):  # it has just ended
                begun.result()()
            raise
        return working.result()


def _heard(said: SimpleQueue[E]) -> E:
    while True:
        with suppress(Empty):
            return said.get(timeout=_LISTEN_S)


async def aside(work: Callable[[], T]) -> T:
    """Do what takes a moment in a thread; or here, where there are no threads, as in a browser.

    >>> asyncio.run(aside(lambda: 42))
    42
    """
    try:
        return await asyncio.to_thread(work)
    except RuntimeError as error:
        if "start new thread" not in str(error):
            raise
        return work()
