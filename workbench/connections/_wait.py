"""The one bridge from plain functions to coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def wait(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end and give its result, whether or not an event loop is running here.

    It runs in a thread and a loop of its own, as a notebook's loop cannot be entered twice.

    >>> async def answer():
    ...     return 42
    >>> wait(answer())
    42
    """
    with ThreadPoolExecutor(1, thread_name_prefix="workbench-wait") as executor:
        return executor.submit(asyncio.run, coroutine).result()
