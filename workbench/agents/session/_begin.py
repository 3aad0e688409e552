"""How a conversation begins."""

from __future__ import annotations

from autogen_agentchat.base import ChatAgent, Team

from workbench.agents.autogen import Stage, Task, check, messages_of
from workbench.agents.session._approval import Approve, approvals
from workbench.agents.session._branches import Branch
from workbench.agents.session._limits import LimitLog, Limits
from workbench.agents.session._play import Play, Shared
from workbench.agents.session._session import Session


def session(
    team: Team | ChatAgent,
    task: Task,
    *,
    approve: Approve = "ask",
    limits: Limits | None = None,
) -> Session:
    """Begin a conversation of an AutoGen team about a task, to be taken turn by turn.

    Args:
        team: Any team of AutoGen's, or an agent, which then speaks once. Its termination condition and `max_turns`
            hold over all steps, as in one run.
        task: A text, a message of AutoGen's, or a list of those.
        approve: What becomes of calls of tools that are not marked with `read_only`: "ask" waits for `approve` or
            `reject`; "allow", "deny"; a dictionary of patterns such as `{"find_*": "allow", "delete(path=/tmp/*)":
            "ask"}`, in which the first that fits counts; or a function that is given the call and says True.
        limits: What it may cost.

    Returns:
        The session. Nothing has been asked yet.

    Raises:
        PromptError: If the task is empty.
        UnsupportedError: If such a team cannot be taken turn by turn.

    >>> from autogen_agentchat.agents import AssistantAgent
    >>> from autogen_agentchat.teams import RoundRobinGroupChat
    >>> from workbench.agents import client
    >>> from workbench.connections import wait
    >>> clerk = AssistantAgent("clerk", client("embedded", temperature=0, max_tokens=5))
    >>> team = RoundRobinGroupChat([clerk], max_turns=2)
    >>> wait(session(team, "Wo beantrage ich einen Ausweis?").run())
    Session of clerk: 2 turns, 3 events, ended: Maximum number of turns 2 reached.
    """
    play = Play(Shared(Stage(check(team))), approvals(approve), LimitLog(limits or Limits()), task=messages_of(task))
    root = Branch("0", play)
    return Session(play, [root], root)
