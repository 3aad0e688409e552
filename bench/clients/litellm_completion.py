"""LiteLLM as its documentation shows streaming, over a compatible server."""

from __future__ import annotations

import os

from measure import QUESTION, keep_asking, report

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else importing it looks for a table of prices on the internet
os.environ["REPEATED_STREAMING_CHUNK_LIMIT"] = "1000000"  # the bench's server says one word only

import litellm


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
