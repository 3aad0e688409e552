"""inspect_ai by its model API over a compatible server, streaming, with as many connections as requests in flight."""

from __future__ import annotations

from inspect_ai.model import GenerateConfig, get_model
from measure import IN_FLIGHT, QUESTION, keep_asking, report


async def run(address: str, model: str, replies: int) -> int:
    asked = get_model(
        f"openai-api/bench/{model}",
        base_url=address,
        api_key="none",
        config=GenerateConfig(max_connections=IN_FLIGHT),
        stream=True,
    )

    async def answer() -> int:
        output = await asked.generate(QUESTION)
        return output.completion.count(" Amt") + output.completion.startswith("Amt")

    return await keep_asking(answer, replies)


if __name__ == "__main__":
    report(run)
