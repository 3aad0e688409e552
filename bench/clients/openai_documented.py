"""The `openai` package as its documentation shows it: an asynchronous client and a stream."""

from __future__ import annotations

from measure import QUESTION, keep_asking, report
from openai import AsyncOpenAI


async def run(address: str, model: str, replies: int) -> int:
    async with AsyncOpenAI(base_url=address, api_key="none") as client:

        async def answer() -> int:
            stream = await client.chat.completions.create(
                model=model, messages=[{"role": "user", "content": QUESTION}], stream=True
            )
            tokens = 0
            async for event in stream:
                tokens += bool(event.choices and event.choices[0].delta.content)
            return tokens

        return await keep_asking(answer, replies)


if __name__ == "__main__":
    report(run)
