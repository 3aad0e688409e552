"""What it costs to take a team turn by turn, with its state kept at every turn, beside AutoGen's own run.

Two agents in turns, over a model that takes no time, and over one that takes 20 ms for an answer. Both are measured in
the same process, in turns, several rounds. Processor time is of the whole process.

    python bench/sessions.py --rounds 5
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core.models import ChatCompletionClient, CreateResult, LLMMessage, ModelFamily, ModelInfo, RequestUsage

from workbench import agents

TASK = "Write a notice."
USAGE = RequestUsage(prompt_tokens=9, completion_tokens=3)


class Constant(ChatCompletionClient):
    """A model that always says the same, after some seconds."""

    component_type = "model"

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def create(self, messages: Sequence[LLMMessage], **more: Any) -> CreateResult:
        await asyncio.sleep(self._seconds)
        return CreateResult(finish_reason="stop", content="The notice is written. " * 8, usage=USAGE, cached=False)

    async def create_stream(
        self, messages: Sequence[LLMMessage], **more: Any
    ) -> AsyncGenerator[str | CreateResult, None]:
        yield await self.create(messages, **more)

    async def close(self) -> None:
        """Nothing is open."""

    def actual_usage(self) -> RequestUsage:
        return USAGE

    def total_usage(self) -> RequestUsage:
        return USAGE

    def count_tokens(self, messages: Sequence[LLMMessage], **more: Any) -> int:
        return 0

    def remaining_tokens(self, messages: Sequence[LLMMessage], **more: Any) -> int:
        return 0

    @property
    def capabilities(self) -> ModelInfo:  # type: ignore[override]
        return self.model_info

    @property
    def model_info(self) -> ModelInfo:
        return ModelInfo(
            vision=False, function_calling=True, json_output=True, structured_output=True, family=ModelFamily.UNKNOWN
        )


def team(turns: int, seconds: float) -> RoundRobinGroupChat:
    members = [AssistantAgent(name, Constant(seconds)) for name in ("clerk", "reviewer")]
    return RoundRobinGroupChat(list(members), max_turns=turns)


async def bare(turns: int, seconds: float) -> None:
    await team(turns, seconds).run(task=TASK)


async def session(turns: int, seconds: float) -> None:
    ended = await agents.session(team(turns, seconds), TASK).run()
    assert ended.turns == turns


async def measured(run: Callable[[int, float], Awaitable[None]], turns: int, seconds: float) -> tuple[float, float]:
    """Milliseconds of time and of processor time a turn."""
    begun, busy = time.perf_counter(), time.process_time()
    await run(turns, seconds)
    return 1000 * (time.perf_counter() - begun) / turns, 1000 * (time.process_time() - busy) / turns


async def main(rounds: int) -> None:
    await bare(4, 0)
    await session(4, 0)
    print("| turns | answers take | AutoGen, ms a turn | session | ratio | its processor time | session | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for turns, seconds in ((40, 0.0), (100, 0.0), (200, 0.0), (40, 0.02), (200, 0.02)):
        found: dict[str, list[tuple[float, float]]] = {"bare": [], "session": []}
        for _ in range(rounds):
            found["bare"].append(await measured(bare, turns, seconds))
            found["session"].append(await measured(session, turns, seconds))
        (own, own_cpu), (ours, our_cpu) = (
            [statistics.median(column) for column in zip(*rows, strict=True)] for rows in found.values()
        )
        print(
            f"| {turns} | {1000 * seconds:g} ms | {own:.2f} | {ours:.2f} | {ours / own:.3f} "
            f"| {own_cpu:.2f} | {our_cpu:.2f} | {our_cpu / own_cpu:.2f} |"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    asyncio.run(main(parser.parse_args().rounds))
