"""Bare aiohttp: the whole reply is read, then every event decoded by orjson. The yardstick."""

from __future__ import annotations

import aiohttp
import orjson
from measure import QUESTION, keep_asking, report

_HEADERS = {"Content-Type": "application/json"}


async def run(address: str, model: str, replies: int) -> int:
    body = orjson.dumps({"model": model, "stream": True, "messages": [{"role": "user", "content": QUESTION}]})
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def answer() -> int:
            async with session.post(f"{address}/chat/completions", data=body, headers=_HEADERS) as response:
                raw = await response.read()
            events = [orjson.loads(line[6:]) for line in raw.split(b"\n\n") if line and line != b"data: [DONE]"]
            return sum(1 for event in events if event["choices"] and event["choices"][0]["delta"]["content"])

        return await keep_asking(answer, replies)


if __name__ == "__main__":
    report(run)
