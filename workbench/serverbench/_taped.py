"""What is measured under one load, which a cassette keeps as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from workbench.connections import Model, Prompt
from workbench.engines import times_busy
from workbench.engines.cassette import TapedEngine, call, taped
from workbench.serverbench._load import closed_loop, open_loop
from workbench.serverbench._request import Measured

Progress = Callable[[float, int, int], None]


@dataclass(frozen=True, slots=True)
class UnderLoad:
    """What was measured under one load.

    Attributes:
        requests: What was measured of each request.
        refused: How often the server said that it was asked too much.
        limit_met: Whether the time was over before all were answered.
        recorded_at: When that was, in ISO 8601, where it is played from a cassette; "" where it was measured now.
    """

    requests: list[Measured]
    refused: int
    limit_met: bool
    recorded_at: str = ""


@dataclass(slots=True)
class Told:
    """Tells whoever waits how many requests of a load have ended; those of a recording have all at once.

    Attributes:
        load: The load.
        count: How many requests there are.
        progress: Whom it is told.
        stop: Set by whoever waits, when nothing more is to be measured.
        done: How many were told of.
    """

    load: float
    count: int
    progress: Progress | None
    stop: asyncio.Event
    done: int = 0

    def ended(self, done: int) -> None:
        """Report that so many have ended."""
        while self.done < done:
            self.done += 1
            if self.progress:
                self.progress(self.load, self.done, self.count)


async def under_load(
    asked: Model, load: float, prompts: list[Prompt], moments: list[float] | None, told: Told, end_s: float
) -> UnderLoad:
    """Measure under one load; or play what was measured, as the time that a recording takes measures no server.

    Args:
        asked: Who is asked.
        load: Requests in flight, or requests per second.
        prompts: The prompts, one for each request.
        moments: When each is due, in an open loop; None in a closed one.
        told: Told when a request has ended.
        end_s: When the time is over, by the clock of the event loop.
    """

    async def run() -> UnderLoad:
        return await _measured(asked, load, prompts, moments, told, end_s)

    engine = asked.engine
    said = {"load": load, "moments": moments, "prompts": prompts, "system": asked.system}
    about = call("look", engine.connection, asked.name.partition("/")[2], said | {"options": asked.options.asked()})
    return await taped(about, run, UnderLoad, engine.secrets if isinstance(engine, TapedEngine) else tuple)


async def _measured(
    asked: Model, load: float, prompts: list[Prompt], moments: list[float] | None, told: Told, end_s: float
) -> UnderLoad:
    requests: list[Measured] = []

    def keep(one: Measured) -> None:
        requests.append(one)
        told.ended(len(requests))

    before, limit_met = times_busy(asked.engine.address), False
    try:
        async with asyncio.timeout_at(end_s) as limit, _ended_by(told.stop, limit):
            if moments is not None:
                await open_loop(asked, prompts, load, keep, moments)
            else:
                await closed_loop(asked, prompts, int(load), keep)
    except TimeoutError:
        limit_met = True
    return UnderLoad(requests, times_busy(asked.engine.address) - before, limit_met)


@asynccontextmanager
async def _ended_by(stop: asyncio.Event, limit: asyncio.Timeout) -> AsyncIterator[None]:
    """Inside it the time is over as soon as the event is set."""

    async def end() -> None:
        await stop.wait()
        limit.reschedule(asyncio.get_running_loop().time())

    waiting = asyncio.create_task(end())
    try:
        yield
    finally:
        waiting.cancel()
