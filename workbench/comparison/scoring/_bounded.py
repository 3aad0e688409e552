"""Many jobs, a few of them at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


async def bounded_gather(
    work: Callable[[Given], Awaitable[Made]], given: Iterable[Given], concurrency: int
) -> list[Made]:
    """What the work makes of each given thing, in their order.

    Args:
        work: What is to be done; if it raises, everything ends with its error.
        given: What it is done with, taken one by one as it is needed.
        concurrency: How many are worked on at once.

    >>> async def double(number: int) -> int:
    ...     return 2 * number
    >>> asyncio.run(bounded_gather(double, [1, 2, 3], concurrency=2))
    [2, 4, 6]
    """
    numbered = enumerate(given)
    made: dict[int, Made] = {}

    async def worker() -> None:
        for number, one in numbered:
            made[number] = await work(one)

    workers = [asyncio.create_task(worker()) for _ in range(concurrency)]
    try:
        await asyncio.gather(*workers)
    finally:
        for task in workers:
            task.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return [made[number] for number in range(len(made))]
