"""A team taken forward by one turn, by means that AutoGen does not offer to the outside.

AutoGen cannot stop between turns: `pause` only calls hooks that its agents do not implement, and a run goes on until
the team's termination condition stops it. So for one turn the team's manager is lent a condition that asks the team's
own one and then stops in any case. All that AutoGen does at a stop and that a turn must not do is taken back: the count
of turns is kept, and the team's own condition is not reset. This module alone reaches into AutoGen (0.7.5, which
gets no new features).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from autogen_agentchat.base import TaskResult, Team, TerminationCondition
from autogen_agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    ModelClientStreamingChunkEvent,
    StopMessage,
)
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_agentchat.teams._group_chat._base_group_chat_manager import BaseGroupChatManager
from autogen_agentchat.teams._group_chat._round_robin_group_chat import RoundRobinGroupChatManager
from autogen_core import AgentId, CancellationToken, SingleThreadedAgentRuntime
from pydantic import BaseModel

from workbench.errors import UnsupportedError, UsageError

Event = BaseAgentEvent | BaseChatMessage
Task = str | BaseChatMessage | Sequence[BaseChatMessage]

_SOURCE = "workbench"


class _OneTurn(TerminationCondition):
    """Asks the team's own condition, then stops in any case, unless the manager is about to stop by itself.

    `stopped_here` tells whether it was this condition that stopped the team.
    """

    component_config_schema = BaseModel

    def __init__(self, own: TerminationCondition | None, *, manager_stops: bool) -> None:
        self._own = own
        self._manager_stops = manager_stops
        self.stopped_here = False

    @property
    def terminated(self) -> bool:
        return self._own is not None and self._own.terminated

    async def __call__(self, messages: Sequence[Event]) -> StopMessage | None:
        stop = await self._own(messages) if self._own is not None else None
        if stop is not None or self._manager_stops:
            return stop
        self.stopped_here = True
        return StopMessage(content="one turn", source=_SOURCE)

    async def reset(self) -> None:
        if self._own is not None and not self.stopped_here:
            await self._own.reset()


def check(team: Team) -> RoundRobinGroupChat:
    """The team, if it can be taken turn by turn. Raises UnsupportedError."""
    if type(team) is not RoundRobinGroupChat:
        raise UnsupportedError(
            f"a {type(team).__name__} cannot be taken turn by turn",
            advice="use a RoundRobinGroupChat, or run the team itself with AutoGen",
        )
    if not isinstance(team._runtime, SingleThreadedAgentRuntime) or not team._embedded_runtime:
        raise UnsupportedError(
            "a team on a runtime of its own cannot be taken turn by turn", advice="make the team without runtime="
        )
    if nested := [member.name for member in team._participants if isinstance(member, Team)]:
        raise UnsupportedError(
            f"a team within a team cannot be taken turn by turn ({', '.join(nested)})",
            advice="let the agents take part themselves",
        )
    return team


def members(team: RoundRobinGroupChat) -> list[str]:
    """The names of the agents, in the order in which they speak."""
    return list(team._participant_names)


def has_end(team: RoundRobinGroupChat) -> bool:
    """Whether anything ever stops this team."""
    return team._termination_condition is not None or team._max_turns is not None


async def advance(
    team: RoundRobinGroupChat, task: Task | None, token: CancellationToken, seen: Callable[[Event], None]
) -> str | None:
    """Hand the task to the team, or, with None, let the next agent take its turn.

    Args:
        team: The team, not running.
        task: What the team is to do; nobody answers yet.
        token: Cancelling it ends the turn.
        seen: Called with each event, as it comes; not with the chunks of a stream, which the message repeats.

    Returns:
        Why the team ended, or None if it goes on.

    If the turn fails or is cancelled, the team is set back to where it was before.
    """
    if team._is_running:
        raise UsageError("the team is running already", advice="wait until it has stopped")
    before = await team.save_state()
    manager = await _manager(team)
    turns = manager._current_turn
    last = task is None and manager._max_turns is not None and turns + 1 >= manager._max_turns
    reason: str | None = None
    try:
        with _lent(manager, last) as condition:
            async for event in team.run_stream(task=task, cancellation_token=token):
                if isinstance(event, TaskResult):
                    reason = event.stop_reason or "the team stopped"
                elif not isinstance(event, ModelClientStreamingChunkEvent):
                    seen(event)
    except BaseException:
        await team.load_state(before)
        # Not in the state: who was to answer. AutoGen would wait for that answer for ever.
        manager._active_speakers.clear()
        raise
    if not condition.stopped_here:
        return reason
    manager._current_turn = turns if task is not None else turns + 1
    return None


@contextmanager
def _lent(manager: BaseGroupChatManager, last: bool) -> Iterator[_OneTurn]:
    own = manager._termination_condition
    condition = manager._termination_condition = _OneTurn(own, manager_stops=last)
    try:
        yield condition
    finally:
        manager._termination_condition = own


async def _manager(team: RoundRobinGroupChat) -> BaseGroupChatManager:
    identity = AgentId(team._group_chat_manager_topic_type, team._team_id)
    assert isinstance(team._runtime, SingleThreadedAgentRuntime)
    return await team._runtime.try_get_underlying_agent_instance(identity, RoundRobinGroupChatManager)
