"""Measuring a server under one load after the other."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import UnionType

from workbench.benchmark._bench import MEASURES, Bench
from workbench.benchmark._load import closed_loop, open_loop, prompts
from workbench.benchmark._request import Measured
from workbench.connections import Model, Prompt, as_messages, model
from workbench.engines import times_busy, undisturbed
from workbench.errors import UsageError

_MOST_IN_FLIGHT = 256
_GROWS = 1.05  # of the tokens per second, below which a doubled load is the last
_WORDS = 40

Told = Callable[[float, int, int], None]


async def benchmark(
    asked: str | Model,
    *,
    concurrency: Sequence[int] | None = None,
    rates: Sequence[float] | None = None,
    prompts: Sequence[Prompt] | None = None,
    output_tokens: int = 64,
    requests: int | None = None,
    within: Mapping[str, float] | None = None,
    limit_s: float = 300.0,
    seed: int = 0,
    told: Told | None = None,
) -> Bench:
    """Measure how fast a server answers under growing load.

    First one request is sent that does not count, so that the model is loaded. If the awaiting task is cancelled, the
    server stops generating.

    Args:
        asked: "connection/model", or a model with options of its own.
        concurrency: Loads of a closed loop: so many requests are in flight, and each waits for another to end. None
            doubles from 1 while that brings more tokens per second, up to 256.
        rates: Loads of an open loop instead: requests per second, which come at random moments (a Poisson process)
            whether others still wait, as people do.
        prompts: What is asked, in turn. None draws prompts of about 40 words that ask for a long answer, each with a
            beginning of its own, so that no cache helps.
        output_tokens: Tokens after which an answer is cut. Where answers end before, loads are less alike.
        requests: Requests for each load. None takes twice as many as are in flight, 8 at least; in an open loop those
            of 20 seconds, 8 at least.
        within: Bounds for a good answer in seconds, such as `{"first_token_s": 1, "inter_token_s": 0.05}`; the table
            then says which share kept within.
        limit_s: Seconds after which no further load is begun, and the one that runs is ended.
        seed: What prompts and moments are drawn by.
        told: Called when a request has ended, with the load, and how many of how many requests have.

    Returns:
        The bench: `table` with a row for each load, `frame` with one for each request, `knee`, and `words`. A request
        that fails is a row with its error.

    Raises:
        UsageError: If it cannot be measured so; nothing was sent.
        EngineError: If the first request fails.

    >>> from workbench.connections import wait
    >>> bench = wait(benchmark("embedded", concurrency=[1, 2], requests=2, output_tokens=4))
    >>> list(bench.table["in_flight"]), list(bench.table["failed"])
    ([1, 2], [0, 0])
    """
    loads = _loads(concurrency, rates, requests, within, limit_s)
    asked = (model(asked) if isinstance(asked, str) else asked).using(max_tokens=output_tokens)
    chance = random.Random(seed)
    questions = _questions(prompts, seed)
    await asked.ask(next(questions))
    found: list[Measured] = []
    refused: dict[float, int] = {}
    limit_met = False
    try:
        with undisturbed():
            async with asyncio.timeout(limit_s):
                for load in loads if loads is not None else _doubled(found):
                    count = requests or _requests(load, is_open=rates is not None)
                    before = times_busy(asked.engine.address)
                    keep = partial(_keep, found, load, count, told)
                    if rates is not None:
                        await open_loop(asked, questions, load, count, keep, chance)
                    else:
                        await closed_loop(asked, questions, int(load), count, keep)
                    refused[load] = times_busy(asked.engine.address) - before
    except TimeoutError:
        limit_met = True
    return Bench(asked.name, rates is not None, found, within or {}, refused, limit_met)


def _keep(found: list[Measured], load: float, count: int, told: Told | None, one: Measured) -> None:
    found.append(one)
    if told:
        told(load, sum(each.load == load for each in found), count)


def _doubled(found: list[Measured]) -> Iterator[float]:
    """Requests in flight, doubled while that brings more tokens per second."""
    best, load = 0.0, 1
    while load <= _MOST_IN_FLIGHT:
        yield load
        ended = [one for one in found if one.load == load]
        rate = sum(one.output_tokens for one in ended if not one.error) / max(one.end_s for one in ended)
        if rate < best * _GROWS:
            return
        best, load = rate, load * 2


def _requests(load: float, *, is_open: bool) -> int:
    return max(8, round(20 * load) if is_open else 2 * int(load))


def _questions(given: Sequence[Prompt] | None, seed: int) -> Iterator[Prompt]:
    if given is None:
        return prompts(_WORDS, seed)
    if isinstance(given, str) or not given:
        raise UsageError("prompts= is no list of prompts", advice="give a list with at least one text")
    for prompt in given:
        as_messages(prompt)
    return itertools.cycle(given)


def _loads(
    concurrency: Sequence[int] | None,
    rates: Sequence[float] | None,
    requests: int | None,
    within: Mapping[str, float] | None,
    limit_s: float,
) -> list[float] | None:
    if concurrency is not None and rates is not None:
        raise UsageError("concurrency= and rates= exclude each other", advice="measure one after the other")
    for name in within or {}:
        if name not in MEASURES:
            raise UsageError(f"within= knows no {name!r}", advice=f"there are {', '.join(MEASURES)}")
    _check("requests", [] if requests is None else [requests], int)
    _check("concurrency", concurrency or [], int)
    _check("rates", rates or [], int | float)
    _check("within", list((within or {}).values()), int | float)
    _check("limit_s", [limit_s], int | float)
    given = concurrency if rates is None else rates
    if given is not None and (not given or len(set(given)) < len(given)):
        raise UsageError("there is no load, or one is named twice", advice="give different ones")
    return None if given is None else list(given)


def _check(name: str, values: Sequence[float], kind: type | UnionType) -> None:
    """Raise UsageError unless all are numbers of this kind above 0."""
    for value in values:
        if not isinstance(value, kind) or isinstance(value, bool) or value <= 0:
            advice = "give whole numbers from 1" if kind is int else "give numbers above 0"
            raise UsageError(f"{name}= holds {value!r}", advice=advice)
