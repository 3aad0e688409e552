"""A server that lists its model, which never answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from faulty import whole
from hostile import Asked, hostile_server


class SilentModel:
    """What tests see of it.

    Attributes:
        address: Its address.
        asked: How often its model was asked.
    """

    def __init__(self, address: str) -> None:
        self.address = f"{address}/v1"
        self.asked = 0

    async def answer(self, asked: Asked) -> AsyncIterator[bytes]:
        if asked.path.endswith("/models") and asked.name == "v1":
            yield whole("200 OK", '{"data": [{"id": "m"}]}')
        elif asked.path.endswith("/completions"):
            self.asked += 1
            await asyncio.Event().wait()
        else:
            yield whole("404 Not Found", "")


@contextmanager
def silent_model() -> Iterator[SilentModel]:
    with hostile_server() as server:
        model = SilentModel(server.address)
        server.answers |= dict.fromkeys(("v1", "api", "version", "health", "props"), model.answer)
        yield model
