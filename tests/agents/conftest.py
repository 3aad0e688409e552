import asyncio
from collections.abc import Callable

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import TerminationCondition
from autogen_agentchat.teams import RoundRobinGroupChat
from embedded_slots import is_idle

from workbench import agents
from workbench.connections import Model

MakeTeam = Callable[..., RoundRobinGroupChat]

# Within this time a stopped server must be idle; the answers that the tests stop would take several times as long.
STOPPED_WITHIN_S = 10.0


async def until_busy() -> None:
    """Wait until the embedded engine works on something."""
    for _ in range(1000):
        if not await is_idle(0.01):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the engine was given nothing to do")


@pytest.fixture
def make_team() -> MakeTeam:
    """Two agents over one model, who answer briefly and always alike."""

    def make(
        asked: Model, condition: TerminationCondition | None = None, max_turns: int | None = None, tokens: int = 8
    ) -> RoundRobinGroupChat:
        client = agents.client(asked, temperature=0, seed=1, max_tokens=tokens)
        clerk = AssistantAgent("clerk", client, system_message="You write letters.")
        reviewer = AssistantAgent("reviewer", client, system_message="You check letters.")
        return RoundRobinGroupChat([clerk, reviewer], termination_condition=condition, max_turns=max_turns)

    return make
