"""Bare aiohttp: the whole reply is read, then every event decoded. The yardstick."""

from __future__ import annotations

import aiohttp
import msgspec
from measure import QUESTION, keep_asking, report


async def run(address: str, model: str, replies: int) -> int:
    body = msgspec.json.encode({"model": model, "stream": True, "messages": [{"role": "user", "content": QUESTION}]})
    decode = msgspec.json.decode
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def answer() -> int:
            async with session.post(
                f"{address}/chat/completions", data=body, headers={"Content-Type": "application/json"}
            ) as response:
                raw = await response.read()
            events = [decode(line[6:]) for line in raw.split(b"\n\n") if line and line != b"data: [DONE]"]
            return sum(1 for event in events if event["choices"] and event["choices"][0]["delta"]["content"])

        return await keep_asking(answer, replies)


if __name__ == "__main__":
    report(run)
