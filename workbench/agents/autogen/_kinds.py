"""Which teams can be taken turn by turn, and what they are given to do."""

from __future__ import annotations

from collections.abc import Sequence

from autogen_agentchat.base import ChatAgent, Team
from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage, SelectorEvent, TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_agentchat.teams._group_chat._base_group_chat import BaseGroupChat
from autogen_agentchat.teams._group_chat._graph._digraph_group_chat import GraphFlow
from autogen_core import SingleThreadedAgentRuntime

from workbench.agents.autogen._settle import inner_teams
from workbench.errors import PromptError, UnsupportedError

Task = str | BaseChatMessage | Sequence[BaseChatMessage]


def check(team: Team | ChatAgent) -> BaseGroupChat:
    """The team, if it can be taken turn by turn; an agent alone is a team in which it speaks once.

    Raises:
        UnsupportedError: If it cannot.
    """
    if isinstance(team, ChatAgent):
        return RoundRobinGroupChat([team], max_turns=1)
    if not isinstance(team, BaseGroupChat):
        raise UnsupportedError(
            f"a {type(team).__name__} cannot be taken turn by turn",
            advice="use one of AutoGen's teams, or run it itself",
        )
    if not isinstance(team._runtime, SingleThreadedAgentRuntime) or not team._embedded_runtime:
        raise UnsupportedError(
            "a team on a runtime of its own cannot be taken turn by turn", advice="make the team without runtime="
        )
    return team


def has_end(team: BaseGroupChat) -> bool:
    """Whether anything ever stops this team; a graph stops where it ends."""
    return team._termination_condition is not None or team._max_turns is not None or isinstance(team, GraphFlow)


def messages_of(task: Task) -> list[BaseChatMessage]:
    """A task as messages.

    Raises:
        PromptError: If it is empty.
    """
    if not task or (isinstance(task, str) and not task.strip()):
        raise PromptError("the task is empty", advice="write what the team is to do")
    if isinstance(task, str):
        return [TextMessage(content=task, source="user")]
    return [task] if isinstance(task, BaseChatMessage) else list(task)


def kinds_of_messages(team: BaseGroupChat) -> dict[str, type[BaseAgentEvent | BaseChatMessage]]:
    """The kinds of messages that a team and those inside it make known, by their names."""
    kinds: dict[str, type[BaseAgentEvent | BaseChatMessage]] = {"SelectorEvent": SelectorEvent}
    for inner in inner_teams(team):
        kinds |= kinds_of_messages(inner)
    return kinds | team._message_factory._message_types
