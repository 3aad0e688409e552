"""What of an AutoGen team changes from turn to turn, and where it lies.

AutoGen's own `save_state` leaves out what a team needs to go on exactly where it was: the counters of termination
conditions, the activations of a graph, contexts of agents inside agents, memories, tools that hold agents. So the
attributes that change are named here, class by class, for AutoGen 0.7.5, which gets no new features.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import count
from types import FunctionType
from typing import Any

from autogen_agentchat.base import AndTerminationCondition, ChatAgent, TerminationCondition
from autogen_agentchat.teams._group_chat._base_group_chat import BaseGroupChat
from autogen_agentchat.teams._group_chat._base_group_chat_manager import BaseGroupChatManager
from autogen_agentchat.teams._group_chat._chat_agent_container import ChatAgentContainer
from autogen_agentchat.teams._group_chat._graph._digraph_group_chat import GraphFlowManager
from autogen_agentchat.teams._group_chat._magentic_one._magentic_one_orchestrator import MagenticOneOrchestrator
from autogen_agentchat.teams._group_chat._round_robin_group_chat import RoundRobinGroupChatManager
from autogen_agentchat.teams._group_chat._selector_group_chat import SelectorGroupChatManager
from autogen_agentchat.teams._group_chat._swarm_group_chat import SwarmGroupChatManager
from autogen_agentchat.tools import AgentTool, TeamTool
from autogen_core import AgentId, SingleThreadedAgentRuntime
from autogen_core.memory import ListMemory, Memory
from autogen_core.model_context import ChatCompletionContext
from autogen_core.tools import BaseTool, Workbench

STATE: dict[type, tuple[str, ...]] = {
    BaseGroupChatManager: ("_message_thread", "_current_turn", "_active_speakers"),
    RoundRobinGroupChatManager: ("_next_speaker_index",),
    SelectorGroupChatManager: ("_previous_speaker",),
    SwarmGroupChatManager: ("_current_speaker",),
    GraphFlowManager: ("_remaining", "_ready", "_enqueued_any", "_triggered_activation_groups"),
    MagenticOneOrchestrator: ("_task", "_facts", "_plan", "_n_rounds", "_n_stalls"),
    ChatAgentContainer: ("_message_buffer",),
    ChatCompletionContext: ("_messages",),
    ListMemory: ("_contents",),
    TerminationCondition: (
        "_terminated",
        "_message_count",
        "_total_token_count",
        "_prompt_token_count",
        "_completion_token_count",
        "_setted",
        "_start_time",
    ),
    AndTerminationCondition: ("_stop_messages",),
}
"""The attributes that change, by the class that has them; a condition has those that it has."""

_HOLDS = (BaseGroupChat, ChatAgent, TerminationCondition, ChatCompletionContext, Workbench, BaseTool, Memory)
_ITS_OWN = ("autogen_agentchat.", "autogen_core.")
_WAY = re.compile(r"(?<=/)(_[^/]*/)+$")  # through attributes, from an agent to one inside of it

Managed = BaseGroupChatManager | ChatAgentContainer


@dataclass(frozen=True, slots=True)
class Holder:
    """An object of a team that changes between turns.

    Attributes:
        path: Where it lies in the team, by names of members and of attributes; the same in every team made alike.
        owner: The object.
        names: Its attributes that change, where AutoGen's classes say so.
        strange: The attributes of AutoGen's classes, where the class is somebody else's: any other that holds nothing
            but data is taken for state. None for AutoGen's own.
    """

    path: str
    owner: Any
    names: tuple[str, ...]
    strange: frozenset[str] | None = None

    @property
    def saves_itself(self) -> bool:
        """Whether somebody else's class says itself what its state is."""
        saving = type(self.owner).save_state if hasattr(self.owner, "save_state") else None
        return self.strange is not None and saving is not None and not saving.__module__.startswith(_ITS_OWN)


async def holders(team: BaseGroupChat) -> list[Holder]:
    """All that changes in a team, inner teams and agents inside tools included."""
    found: list[Holder] = []
    seen: set[int] = set()
    waiting: list[tuple[str, Any]] = [("", team)]
    taken: set[str] = set()
    while waiting:
        path, owner = waiting.pop()
        if id(owner) in seen:
            continue
        seen.add(id(owner))
        path = _free(path, taken)
        taken.add(path)
        if isinstance(owner, BaseGroupChat):
            waiting.extend([(f"{path}{name}", one) for name, one in await managed(owner)])
            waiting.extend([(f"{path}{member.name}/", member) for member in owner._participants])
            waiting.append((f"{path}#end/", owner._termination_condition))
            continue
        if owner is None:
            continue
        found.append(_holder(path, owner))
        # The last is looked at first; of several of one name the first is to have it.
        waiting.extend(reversed([(_place(path, name, owner, value), value) for name, value in _parts(owner)]))
    return found


def _place(path: str, attribute: str, owner: Any, value: Any) -> str:
    """Where a part of an object lies; an agent or team inside of an agent by its name, or that of the tool that it is.

    >>> _place("clerk/_workbench.0/_tools.0/", "_task_runner", AgentTool, "no agent")
    'clerk/_workbench.0/_tools.0/_task_runner/'
    """
    if not isinstance(value, ChatAgent | BaseGroupChat):
        return f"{path}{attribute}/"
    name = owner.name if isinstance(owner, AgentTool | TeamTool) else value.name
    return f"{_WAY.sub('', path)}{name}/"


def _free(path: str, taken: Container[str]) -> str:
    """A place that nothing else has: of several of one name each but the first has a number."""
    places = (path if number == 1 else f"{path.rstrip('/')}_{number}/" for number in count(1))
    return next(one for one in places if one not in taken)


async def managed(team: BaseGroupChat) -> list[tuple[str, Managed]]:
    """The manager of a team and what contains its members, each with its place."""
    manager = await manager_of(team)
    found: list[tuple[str, Managed]] = [("#manager/", manager)]
    for name in team._participant_names:
        found.append((f"#buffer:{name}/", await container_of(team, name)))
    return found


async def manager_of(team: BaseGroupChat) -> BaseGroupChatManager:
    """The manager of a team, which is made if the team has not run yet."""
    if not team._initialized:
        await team._init(team._runtime)
    identity = AgentId(team._group_chat_manager_topic_type, team._team_id)
    return await _runtime(team).try_get_underlying_agent_instance(identity, BaseGroupChatManager)  # type: ignore[type-abstract]


async def container_of(team: BaseGroupChat, name: str) -> ChatAgentContainer:
    """What contains a member of a team, hears for it and lets it speak."""
    topic = team._participant_topic_types[team._participant_names.index(name)]
    return await _runtime(team).try_get_underlying_agent_instance(AgentId(topic, team._team_id), ChatAgentContainer)


def _runtime(team: BaseGroupChat) -> SingleThreadedAgentRuntime:
    assert isinstance(team._runtime, SingleThreadedAgentRuntime)
    return team._runtime


def _holder(path: str, owner: Any) -> Holder:
    kinds = type(owner).__mro__
    names = tuple(name for kind in kinds for name in STATE.get(kind, ()) if hasattr(owner, name))
    if type(owner).__module__.startswith(_ITS_OWN):
        return Holder(path, owner, names)
    making = [vars(kind).get("__init__") for kind in kinds if kind.__module__.startswith(_ITS_OWN)]
    own = [one.__code__ for one in making if isinstance(one, FunctionType)]
    return Holder(path, owner, names, frozenset(name for code in own for name in code.co_names))


def _parts(owner: Any) -> Iterator[tuple[str, Any]]:
    """What an object has that may change in its turn; messages and models do not."""
    for name, value in getattr(owner, "__dict__", {}).items():
        if isinstance(value, _HOLDS):
            yield name, value
        elif isinstance(value, list | tuple):
            yield from ((f"{name}.{place}", one) for place, one in enumerate(value) if isinstance(one, _HOLDS))
        elif isinstance(value, dict):
            yield from ((f"{name}.{key}", one) for key, one in value.items() if isinstance(one, _HOLDS))


def asks_models(owner: Any) -> bool:
    """Whether an object of a team asks a model in its turn; a context has one only to count tokens."""
    return getattr(owner, "_model_client", None) is not None and not isinstance(owner, ChatCompletionContext)
