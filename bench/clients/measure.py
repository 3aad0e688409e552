"""What all clients share: the question, and the measuring of a client in a process of its own."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections.abc import Awaitable, Callable
from time import perf_counter, process_time

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

    async def measured() -> dict[str, float]:
        await run(address, model, 1)
        start, start_cpu = perf_counter(), process_time()
        tokens = await run(address, model, replies)
        return {"tokens": tokens, "seconds": perf_counter() - start, "cpu_seconds": process_time() - start_cpu}

    figures = asyncio.run(measured())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**figures, "peak_mib": peak}))
