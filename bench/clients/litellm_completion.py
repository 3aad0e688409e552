"""LiteLLM as its documentation shows streaming, over a compatible server."""

from __future__ import annotations

import litellm
from measure import QUESTION, keep_asking, report


async def run(address: str, model: str, replies: int) -> int:
    async def answer() -> int:
        stream = await litellm.acompletion(
            model=f"openai/{model}",
            api_base=address,
            api_key="none",
            messages=[{"role": "user", "content": QUESTION}],
            stream=True,
        )
        return sum([bool(chunk.choices[0].delta.content) async for chunk in stream if chunk.choices])

    return await keep_asking(answer, replies)


if __name__ == "__main__":
    report(run)
