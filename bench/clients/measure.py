"""What all clients share: the question, and the measuring of a client in a process of its own."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections.abc import Awaitable, Callable
from time import perf_counter

QUESTION = "Was ist ein Bürgeramt?"
IN_FLIGHT = 64

Answer = Callable[[], Awaitable[int]]


async def keep_asking(answer: Answer, replies: int) -> int:
    """Ask that often with `IN_FLIGHT` requests at once; gives the tokens of all replies."""
    left = iter(range(replies))
    counts: list[int] = []

    async def work() -> None:
        for _ in left:
            counts.append(await answer())

    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return sum(counts)


def report(run: Callable[[str, str, int], Awaitable[int]]) -> None:
    """Measure `run(address, model, replies)`, which gives all tokens received, and print the figures as JSON.

    The first reply is asked before the clock starts, so that imports and the first connection do not count.
    """
    address, model, replies = sys.argv[1], sys.argv[2], int(sys.argv[3])

    async def measured() -> tuple[int, float]:
        await run(address, model, 1)
        start = perf_counter()
        tokens = await run(address, model, replies)
        return tokens, perf_counter() - start

    tokens, seconds = asyncio.run(measured())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"tokens": tokens, "seconds": seconds, "peak_mib": peak}))
