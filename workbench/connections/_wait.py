"""The one bridge from plain functions to coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from workbench.connections._quiet_loop import run_here
from workbench.engines.cassette import playing

T = TypeVar("T")


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
