"""A compatible server that holds one model at a time, takes two seconds to load another, and one request at once.

So does an Ollama on a machine with room for one model. `python bench/swap_server.py` prints its address; `/swaps` tells
how often it has loaded a model.
"""

from __future__ import annotations

import asyncio
import json
import time

from aiohttp import web

LOAD_S = 2.0
ANSWER_S = 0.02
MODELS = ("model-a", "model-b", "model-c")


class Swapping:
    """The server."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()
        self._loaded = ""
        self.swaps = 0

    async def models(self, _: web.Request) -> web.Response:
        """The models that there are."""
        return web.json_response({"object": "list", "data": [{"id": name, "object": "model"} for name in MODELS]})

    async def told(self, _: web.Request) -> web.Response:
        """How often a model was loaded."""
        return web.json_response({"swaps": self.swaps})

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """An answer, for which the right model is loaded first."""
        asked = await request.json()
        async with self._one:
            if asked["model"] != self._loaded:
                self._loaded = asked["model"]
                self.swaps += 1
                await asyncio.sleep(LOAD_S)
            await asyncio.sleep(ANSWER_S)
        shared = {"id": "chatcmpl-swap", "created": int(time.time()), "model": asked["model"]}
        usage = {"prompt_tokens": 12, "completion_tokens": 1, "total_tokens": 13}
        if not asked.get("stream"):
            choice = {"index": 0, "message": {"role": "assistant", "content": "Amt"}, "finish_reason": "stop"}
            return web.json_response({**shared, "object": "chat.completion", "choices": [choice], "usage": usage})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        choice = {"index": 0, "delta": {"content": "Amt"}, "finish_reason": "stop"}
        event = {**shared, "object": "chat.completion.chunk", "choices": [choice], "usage": usage}
        await response.write(f"data: {json.dumps(event)}\n\ndata: [DONE]\n\n".encode())
        return response


async def _serve() -> None:
    swapping, app = Swapping(), web.Application()
    app.router.add_get("/v1/models", swapping.models)
    app.router.add_post("/v1/chat/completions", swapping.chat)
    app.router.add_get("/swaps", swapping.told)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
