"""Measuring a server under one load after the other."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterable, Iterator, Mapping
from math import inf
from numbers import Real

from workbench.arguments import as_whole, listed
from workbench.connections import Model, Prompt, as_messages, model
from workbench.engines import undisturbed
from workbench.errors import PromptError, UsageError
from workbench.serverbench._bench import MEASURES, Bench
from workbench.serverbench._load import arrivals, prompts
from workbench.serverbench._request import Measured
from workbench.serverbench._taped import Progress, Told, under_load

_MOST_IN_FLIGHT = 256
_GROWS = 1.05  # of the tokens per second, below which a doubled load is the last
_WORDS = 40


async def benchmark(
    asked: str | Model,
    *,
    concurrency: int | Iterable[int] | None = None,
    rates: float | Iterable[float] | None = None,
    prompts: Iterable[Prompt] | None = None,
    output_tokens: int = 64,
    requests: int | None = None,
    within: Mapping[str, float] | None = None,
    limit_s: float = 300.0,
    seed: int = 0,
    progress: Progress | None = None,
    stop: asyncio.Event | None = None,
) -> Bench:
    """Measure how fast a server answers under growing load.

    First one request is sent that does not count, so that the model is loaded. If the awaiting task is cancelled, the
    server stops generating.

    Args:
        asked: "connection/model", or a model with options of its own.
        concurrency: Loads of a closed loop, one or several: so many requests are in flight, and each waits for another
            to end. None doubles from 1 while that brings more tokens per second, up to 256.
        rates: Loads of an open loop instead, one or several: requests per second, which come at random moments (a
            Poisson process) whether others still wait, as people do.
        prompts: What is asked, in turn, such as a list or a column of texts. None draws prompts of about 40 words that
            ask for a long answer, each with a beginning of its own, so that no cache helps.
        output_tokens: Tokens after which an answer is cut. Where answers end before, loads are less alike.
        requests: Requests for each load. None takes twice as many as are in flight, 8 at least; in an open loop those
            of 20 seconds, 8 at least.
        within: Bounds for a good answer in seconds, such as `{"first_token_s": 1, "inter_token_s": 0.05}`; the table
            then says which share kept within.
        limit_s: Seconds after which no further load is begun, and the one that runs is ended.
        seed: What prompts and moments are drawn by.
        progress: Called when a request has ended, with the load, and how many of how many requests have.
        stop: Ends it when it is set, as if the time was over; what was measured until then is the bench.

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
    loads, bounds = _loads(concurrency, rates), _bounds(within)
    requests = None if requests is None else as_whole("requests=", requests, 1)
    limit_s = _above_zero("limit_s", limit_s)
    asked = _model(asked).using(max_tokens=as_whole("output_tokens=", output_tokens, 1))
    chance = random.Random(seed)
    questions = _questions(prompts, seed)
    await asked.ask(next(questions))
    found: list[Measured] = []
    refused: dict[float, int] = {}
    recorded_at: dict[float, str] = {}
    end_s = asyncio.get_running_loop().time() + limit_s
    limit_met = False
    with undisturbed():
        for load in loads if loads is not None else _doubled(found):
            count = requests or _requests(load, is_open=rates is not None)
            moments = None if rates is None else arrivals(load, count, chance)
            told = Told(load, count, progress, stop or asyncio.Event())
            measured = await under_load(asked, load, list(itertools.islice(questions, count)), moments, told, end_s)
            told.ended(len(measured.requests))
            found += measured.requests
            refused[load] = measured.refused
            recorded_at[load] = measured.recorded_at
            if limit_met := measured.limit_met:
                break
    return Bench(asked.name, rates is not None, found, bounds, refused, limit_met, recorded_at)


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


def _model(asked: str | Model) -> Model:
    if not isinstance(asked, str | Model):
        raise UsageError(
            f"what is measured must be a model, not {type(asked).__name__}", advice='name one model, such as "embedded"'
        )
    return model(asked) if isinstance(asked, str) else asked


def _questions(given: Iterable[Prompt] | None, seed: int) -> Iterator[Prompt]:
    if given is None:
        return prompts(_WORDS, seed)
    several = listed(given)
    if not several:
        raise UsageError("prompts= must be a list with at least one prompt")
    return itertools.cycle([_sendable(prompt, number) for number, prompt in enumerate(several, 1)])


def _sendable(prompt: Prompt, number: int) -> Prompt:
    try:
        return as_messages(prompt)
    except PromptError as error:
        raise PromptError(error.what, where=f"prompt {number}", advice=error.advice) from None


def _loads(
    concurrency: int | Iterable[int] | None, rates: float | Iterable[float] | None
) -> list[int] | list[float] | None:
    if concurrency is not None and rates is not None:
        raise UsageError("concurrency= and rates= exclude each other", advice="measure one after the other")
    loads: list[int] | list[float]
    if rates is not None:
        loads = [_above_zero("rates", rate) for rate in _several(rates)]
    elif concurrency is not None:
        loads = [as_whole("concurrency=", count, 1) for count in _several(concurrency)]
    else:
        return None
    if not loads or len(set(loads)) < len(loads):
        raise UsageError("there is no load, or one is named twice", advice="give different ones")
    return loads


def _several(given: object) -> Iterable[object]:
    return given if isinstance(given, Iterable) and not isinstance(given, str) else [given]


def _bounds(within: Mapping[str, float] | None) -> dict[str, float]:
    if not isinstance(within or {}, Mapping):
        raise UsageError(f'within= must be a dict of bounds, such as {{"first_token_s": 1}}, not {within!r}')
    bounds = dict(within or {})
    for name in bounds:
        if name not in MEASURES:
            raise UsageError(f"within= names {name!r}, which is not one of {', '.join(MEASURES)}")
    return {name: _above_zero("within", bound) for name, bound in bounds.items()}


def _above_zero(name: str, given: object) -> float:
    """A finite number above 0, of NumPy too, as one of Python. Raises UsageError where it is not one."""
    if isinstance(given, Real) and not isinstance(given, bool) and 0 < float(given) < inf:
        return float(given)
    raise UsageError(f"{name}= must be a number above 0, not {given!r}")
