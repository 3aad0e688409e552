"""How a conversation begins, or goes on from its file."""

from __future__ import annotations

from pathlib import Path

from autogen_agentchat.base import ChatAgent, Team

from workbench.agents.autogen import Stage, Task, check, messages_of
from workbench.agents.file import Book, begun, tree_of
from workbench.agents.session import (
    Approve,
    Branch,
    LimitLog,
    Limits,
    Models,
    Play,
    Session,
    Shared,
    approvals,
    clients_of,
)
from workbench.agents.traces import traced
from workbench.connections import Receiver, wait
from workbench.files._whole import at_home


def session(
    team: Team | ChatAgent,
    task: Task,
    *,
    approve: Approve = "ask",
    limits: Limits | None = None,
    models: Models | None = None,
    file: str | Path | None = None,
    traces: str | Receiver | None = None,
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
        models: Other models than the team was made with, by the names of agents: names, models or clients; "manager"
            for the team's own.
        file: Where it is kept, if anywhere: every turn and change is there as soon as it is complete, so that `load`
            goes on after the end of the process, whatever ended it. Keys of connections are left out.
        traces: Where spans of OpenTelemetry are sent as turns end, if anywhere: the address of a receiver of OTLP over
            HTTP that the policy allows, or a `Receiver`. Whatever becomes of them, the session goes on.

    Returns:
        The session. Nothing has been asked yet.

    Raises:
        PromptError: If the task is empty.
        UsageError: If no such agent asks a model.
        UnsupportedError: If such a team cannot be taken turn by turn.
        SessionFileError: If there is a file of this name already, or it cannot be written.
        ConfigurationError, PolicyError: If traces cannot or must not be sent there.

    >>> from autogen_agentchat.agents import AssistantAgent
    >>> from autogen_agentchat.teams import RoundRobinGroupChat
    >>> from workbench.agents import client
    >>> from workbench.connections import wait
    >>> clerk = AssistantAgent("clerk", client("embedded", temperature=0, max_tokens=5))
    >>> team = RoundRobinGroupChat([clerk], max_turns=2)
    >>> wait(session(team, "Wo beantrage ich einen Ausweis?").run())
    Session of clerk: 2 turns, 3 events, ended: Maximum number of turns 2 reached.
    """
    play = line(team, task, approve=approve, limits=limits, models=models)
    root = Branch("0", play)
    tree = [root]
    if traces is not None:
        play.shared.traces = traced(tree, traces)
    play.shared.book = Book(play.shared, tree, None if file is None else begun(at_home(file)))
    return Session(tree, root)


def line(
    team: Team | ChatAgent, task: Task, *, approve: Approve, limits: Limits | None = None, models: Models | None = None
) -> Play:
    """The first line of a conversation, that nothing keeps; arguments and errors as for `session`."""
    stage = Stage(check(team))
    if models:
        wait(stage.prepare())
    others = clients_of(stage, models or {})
    return Play(Shared(stage), approvals(approve), LimitLog(limits or Limits()), messages_of(task), models=others)


def load(
    file: str | Path,
    team: Team | ChatAgent,
    *,
    approve: Approve = "ask",
    trusted: bool = False,
    traces: str | Receiver | None = None,
) -> Session:
    """Go on with a conversation that is kept in a file, with its branches and all that was answered in them.

    The file is data: nothing in it is run, and it names no model or server that is asked. It goes on being written.

    Args:
        file: The file, as `session` was given it or `Session.save` wrote it.
        team: A team that was made in the same way.
        approve: What becomes of calls of tools, as for `session`; the file has no say in it.
        trusted: Whether what the file says was approved counts as approved, for calls that wait and for the run. Only
            for a file that nobody else could write; otherwise they are asked for again.
        traces: As for `session`; the file has no say in it. Spans of what was before go along, in the same trace.

    Returns:
        The session of the original branch; `Session.branch` gives the others.

    Raises:
        SessionFileError: If it is not such a file, is damaged or holds what it must not, the team is another, or
            another process goes on with it.
        ConfigurationError, PolicyError: If traces cannot or must not be sent there.
        UnsupportedError: If such a team cannot be taken turn by turn.
    """
    stage = Stage(check(team))
    wait(stage.prepare())
    tree = tree_of(at_home(file), stage, approvals(approve), trusted=trusted)
    if traces is not None:
        tree[0].play.shared.traces = traced(tree, traces)
    return Session(tree, tree[0])
