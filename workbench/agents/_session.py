"""A team's conversation, taken turn by turn or to its end, with all that happened in a table."""

from __future__ import annotations

import asyncio

import pandas as pd
from autogen_agentchat.base import Team
from autogen_core import CancellationToken

from workbench.agents._events import Entry, as_frame
from workbench.agents._failures import originals
from workbench.agents._turns import Task, advance, check, has_end, members
from workbench.errors import PromptError, UsageError


class Session:
    """A team at work on a task; made with `wb.agents.session`.

    Attributes:
        team: The AutoGen team. Between turns it is stopped, and can be saved with its own `save_state`.
        turns: How many turns are complete.
        stop_reason: Why the conversation ended; None while it goes on.
    """

    def __init__(self, team: Team, task: Task) -> None:
        self.team = check(team)
        self.turns = 0
        self.stop_reason: str | None = None
        self._task: Task | None = task
        self._entries: list[Entry] = []
        self._turn: asyncio.Task[None] | None = None

    @property
    def finished(self) -> bool:
        """Whether the team's own condition, or its number of turns, has ended the conversation."""
        return self.stop_reason is not None

    @property
    def events(self) -> pd.DataFrame:
        """All that happened, one row for each event.

        Columns: `turn` (0 for the task), `time` (UTC), `source` (who), `kind` (AutoGen's name of the message or event),
        `content`, `prompt_tokens` and `completion_tokens` (missing where no model was asked, or its server did not
        count), `undone` (the turn broke off and was taken back; a tool that it called has run all the same).
        """
        return as_frame(self._entries)

    async def step(self) -> pd.DataFrame:
        """Take one turn of one agent; the first step hands over the task as well.

        A turn that fails or is cancelled is taken back, and the next step repeats it. Cancelling makes the server stop.

        Returns:
            The new rows of `events`.

        Raises:
            UsageError: If the conversation has ended, or a turn is being taken already.
            WorkbenchError: What a model client raised in the turn; a note on it says which turn.
            RuntimeError: AutoGen's error, for anything else that failed in an agent.
        """
        if self.finished:
            raise UsageError(
                f"the conversation has ended: {self.stop_reason}", advice="make another session to start again"
            )
        if self._turn is not None and not self._turn.done():
            raise UsageError("a turn is being taken already", advice="wait for it")
        known = len(self._entries)
        if self._task is not None:
            await self._advance(self._task)
        if not self.finished:
            await self._advance(None)
        return as_frame(self._entries[known:])

    async def run(self) -> Session:
        """Take all turns until the conversation has ended; if it has, nothing happens.

        Returns:
            This session.

        Raises:
            UsageError: If nothing would ever end it.
            WorkbenchError: As for `step`; what was complete is kept, and `run` goes on from there.
        """
        if not has_end(self.team):
            raise UsageError(
                "nothing would end this team", advice="give it a termination_condition or max_turns, or take steps"
            )
        while not self.finished:
            await self.step()
        return self

    def __repr__(self) -> str:
        state = f"ended: {self.stop_reason}" if self.finished else "goes on"
        counted = f"{_counted(self.turns, 'turn')}, {_counted(len(self._entries), 'event')}"
        return f"Session of {', '.join(members(self.team))}: {counted}, {state}"

    async def _advance(self, task: Task | None) -> None:
        """Take a turn in a task of its own, so that a cancelled caller can still see it to its clean end."""
        token = CancellationToken()
        turn = self._turn = asyncio.ensure_future(self._taken(task, token))
        try:
            await asyncio.shield(turn)
        except asyncio.CancelledError:
            token.cancel()
            await asyncio.wait({turn})
            if not turn.cancelled():
                turn.exception()  # looked at, lest asyncio reports it as lost: the caller is being cancelled
            raise

    async def _taken(self, task: Task | None, token: CancellationToken) -> None:
        number = self.turns if task is not None else self.turns + 1
        known = len(self._entries)
        try:
            with originals():
                reason = await advance(self.team, task, token, lambda event: self._entries.append(Entry(number, event)))
        except BaseException as error:
            for entry in self._entries[known:]:
                entry.undone = True
            error.add_note(f"Turn {number} was taken back; those before it are kept. The next step repeats it.")
            raise
        self.stop_reason = reason
        self.turns = number
        self._task = None


def session(team: Team, task: Task) -> Session:
    """Begin a conversation of an AutoGen team about a task, to be taken turn by turn.

    Args:
        team: A `RoundRobinGroupChat`. Its termination condition and `max_turns` hold over all steps, as in one run.
        task: A text, a message of AutoGen's, or a list of those.

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
    if not task or (isinstance(task, str) and not task.strip()):
        raise PromptError("the task is empty", advice="write what the team is to do")
    return Session(team, task)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
