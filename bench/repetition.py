"""What it costs to see that an answer repeats itself: streamed replies/s with and without, in pairs.

`.venv/bin/python bench/repetition.py` asks the server with no delay (`server.py`) with 64 requests in flight, in rounds
of which each asks once with the guard and once without, in a drawn order, in the same process. What counts is the
median over the rounds of the replies/s with the guard beside those without, and the same for processor time. The
replies of `prose` are like most answers; those of `tokens` come near to repeating themselves all the while, the worst
case.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
from itertools import product
from time import perf_counter, process_time

from serving import serving

from workbench.engines import OpenAIEngine, Place
from workbench.engines._collector import undisturbed
from workbench.messages import Message, Options, Request

IN_FLIGHT = 64
TOKENS = (64, 256, 1024)
REPLIES = 64_000  # divided by the tokens of a reply, for a round


async def asked(engine: OpenAIEngine, model: str, replies: int, *, guarded: bool) -> tuple[float, float]:
    """Replies per second, and seconds of the processor for a reply."""
    request = Request(model, (Message("user", "Was?"),), Options(stop_repeats=guarded))
    left = iter(range(replies))

    async def work() -> None:
        for _ in left:
            async for piece in engine.stream(request):
                if piece.reply is not None and piece.reply.finish != "stop":
                    raise AssertionError("a reply of the bench was cut")

    start, start_cpu = perf_counter(), process_time()
    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return replies / (perf_counter() - start), (process_time() - start_cpu) / replies


async def measured(address: str, rounds: int) -> None:
    engine = OpenAIEngine(Place("bench", address))
    for kind, tokens in product(("prose", "tokens"), TOKENS):
        replies, model = REPLIES // tokens, f"{kind}-{tokens}"
        await asked(engine, model, replies // 4, guarded=True)
        rates, costs, with_guard = [], [], []
        for _ in range(rounds):
            found = {}
            for guarded in random.sample([True, False], 2):
                found[guarded] = await asked(engine, model, replies, guarded=guarded)
            rates.append(found[True][0] / found[False][0])
            costs.append(found[True][1] / found[False][1])
            with_guard.append(found[True][0])
        print(
            f"{model}: {statistics.median(with_guard):,.0f} replies/s with the guard, "
            f"{100 * (statistics.median(rates) - 1):+.2f} % beside none, "
            f"{100 * (statistics.median(costs) - 1):+.2f} % processor time",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    with serving("server.py") as address, undisturbed():
        asyncio.run(measured(address, given.rounds))


if __name__ == "__main__":
    main()
