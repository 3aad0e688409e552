"""What is asked before anything is timed: so that a model is loaded, and to see how many requests run at once."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress

from workbench.connections import Model
from workbench.messages import Options

PROBES = 8
_TOKENS = 8


async def warm_up(model: Model) -> None:
    """Ask a model for a token, so that the server loads it; what fails is told by the cells, which meet the same."""
    with suppress(Exception):
        async with aclosing(_plain(model).stream("Hallo", max_tokens=1)) as pieces:
            async for _ in pieces:
                pass


async def at_once(model: Model) -> int:
    """How many requests a server answers at once, from 1 to `PROBES`: how many of these are under way at one time.

    It is over once all are, or one has ended, which takes no longer than a few tokens. How many more a server takes
    that answers all at once is found out while it is asked.
    """
    under_way, most, enough = 0, 1, asyncio.Event()

    async def one(number: int) -> None:
        nonlocal under_way, most
        try:
            async with aclosing(_plain(model).stream(f"{number}: Hallo", max_tokens=_TOKENS)) as pieces:
                await anext(pieces)
                under_way += 1
                most = max(most, under_way)
                if under_way == PROBES:
                    return
                async for _ in pieces:
                    pass
        finally:
            enough.set()

    tasks = [asyncio.create_task(one(number)) for number in range(PROBES)]
    try:
        await enough.wait()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return most


def _plain(model: Model) -> Model:
    """The model without its system message, schema and options, but for the context, with which a server loads it."""
    context = Options(context=model.options.context)
    return Model(model.name, model.label, model.engine, model.slots, options=context, strict=model.strict)
