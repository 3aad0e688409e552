"""Putting a load on a server: so many requests at a time, or so many per second whether it keeps up or not."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

from workbench.connections import Model, Prompt
from workbench.serverbench._request import Measured, measured

_WORDS = (
    "Bürgeramt", "Finanzamt", "Standesamt", "Jugendamt", "Bauamt", "Ordnungsamt", "Meldebehörde", "Kasse", "Archiv",
    "Antrag", "Bescheid", "Frist", "Gebühr", "Auskunft", "Formular", "Termin", "Ausweis", "Wohnsitz", "Steuer", "Rente",
    "Kindergeld", "Bauantrag", "Gewerbe", "Widerspruch", "Vollmacht", "Akte", "Urkunde", "Beglaubigung",
)  # fmt: skip
_TASK = "Schreibe eine lange Geschichte über diese Wörter."


def prompts(words: int, seed: int) -> Iterator[str]:
    """Prompts without end that ask for a long answer, no two of which begin alike.

    A server that has read the same beginning before answers sooner, so equal prompts would flatter it.

    Args:
        words: About how many words each has.
        seed: What they are drawn by.

    >>> first, second = (prompt for prompt, _ in zip(prompts(12, seed=1), range(2)))
    >>> len(first.split()), first == second
    (12, False)
    """
    chance = random.Random(seed)
    while True:
        drawn = chance.choices(_WORDS, k=max(words - len(_TASK.split()) - 1, 0))
        yield " ".join([f"{chance.randrange(10**6)}:", *drawn, _TASK])


async def closed_loop(model: Model, asked: Sequence[Prompt], at_once: int, keep: Callable[[Measured], None]) -> None:
    """Keep so many requests in flight until all were sent: each waits until another has ended.

    Args:
        model: Who is asked.
        asked: The prompts, one for each request.
        at_once: Requests in flight.
        keep: Called with each as it ends.
    """
    begun_s = perf_counter()
    left = iter(asked)

    async def work() -> None:
        for prompt in left:
            due_s = perf_counter() - begun_s
            keep(await measured(model, prompt, at_once, begun_s, due_s))

    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_once, len(asked))):
            group.create_task(work())


async def open_loop(
    model: Model, asked: Sequence[Prompt], rate: float, keep: Callable[[Measured], None], moments: Sequence[float]
) -> None:
    """Send requests as people come: at random moments, so many per second on average, whether others still wait.

    Times count from when a request was due. A client that waits for answers before it sends the next asks a slow server
    less, and so hides how slow it is (G. Tene: "coordinated omission").

    Args:
        model: Who is asked.
        asked: The prompts, one for each request.
        rate: Requests per second.
        keep: Called with each as it ends.
        moments: When each is due, in seconds from the beginning, as `arrivals` gives them.
    """
    begun_s = perf_counter()

    async def one(prompt: Prompt, due_s: float) -> None:
        await asyncio.sleep(begun_s + due_s - perf_counter())
        keep(await measured(model, prompt, rate, begun_s, due_s))

    async with asyncio.TaskGroup() as group:
        for prompt, due_s in zip(asked, moments, strict=True):
            group.create_task(one(prompt, due_s))


def arrivals(rate: float, requests: int, chance: random.Random) -> list[float]:
    """When requests of a Poisson process come, in seconds from its beginning.

    Args:
        rate: Requests per second.
        requests: How many there are.
        chance: What they are drawn by.

    >>> len(arrivals(2.0, 100, random.Random(1)))
    100
    """
    moments, now_s = [], 0.0
    for _ in range(requests):
        now_s += chance.expovariate(rate)
        moments.append(now_s)
    return moments
