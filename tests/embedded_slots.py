"""Asking the embedded engine's own server whether it still works on anything."""

import asyncio
import time

import aiohttp

from workbench.engines.embedded._engine import packaged_model
from workbench.engines.embedded._llama_server import LlamaServer, shared


def running() -> LlamaServer | None:
    """The server of this process over the packaged model, if it was started."""
    return shared(packaged_model().resolve())._running


async def is_idle(within_s: float = 1.0) -> bool:
    """Whether all slots fall idle within the given seconds."""
    server = running()
    if server is None:
        return True
    headers = {"Authorization": f"Bearer {server.key.reveal()}"}
    end = time.monotonic() + within_s
    async with aiohttp.ClientSession(headers=headers) as session:
        while time.monotonic() < end:
            async with session.get(f"{server.address}/slots") as response:
                if not any(slot["is_processing"] for slot in await response.json()):
                    return True
            await asyncio.sleep(0.05)
    return False
