"""A server that takes a moment for each answer and gives back the prompt, of which it keeps a list."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager

from hostile import Asked, Hostile, head, hostile_server


class SlowServer:
    """What tests see of it.

    Attributes:
        address: Its address, without `/v1`.
        seconds: How long it takes for an answer.
        texts: The prompts that came, in their order.
    """

    def __init__(self, server: Hostile, seconds: float) -> None:
        self.address = server.address
        self.seconds = seconds
        self.texts: list[str] = []
        server.answers["v1"] = self._answer

    async def _answer(self, asked: Asked) -> AsyncGenerator[bytes, None]:
        if asked.path.endswith("/models"):
            body = b'{"data": [{"id": "m"}]}'
            yield head("200 OK", "application/json", f"Content-Length: {len(body)}") + body
            return
        text = json.loads(asked.body)["messages"][-1]["content"]
        self.texts.append(text)
        await asyncio.sleep(self.seconds)
        usage = {"prompt_tokens": 7, "completion_tokens": 5}
        event = json.dumps({"choices": [{"delta": {"content": text}, "finish_reason": "stop"}], "usage": usage})
        yield head("200 OK", "text/event-stream", "Connection: close") + f"data: {event}\n\ndata: [DONE]\n\n".encode()


@contextmanager
def slow_server(seconds: float) -> Iterator[SlowServer]:
    with hostile_server() as server:
        yield SlowServer(server, seconds)
