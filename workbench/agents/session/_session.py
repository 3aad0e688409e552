"""A team's conversation, taken turn by turn or to its end, in as many branches as it takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.agents._desk import Call, Halt
from workbench.agents._reasons import because
from workbench.agents.autogen import as_frame, has_end
from workbench.agents.session._blame import Blame, Scorer, blamed, calls_for
from workbench.agents.session._branches import Answers, Branch, Models, Tools, branch_of, changed, frame_of, rewind
from workbench.agents.session._limits import Limits
from workbench.agents.session._loops import loops_in
from workbench.agents.session._play import Play
from workbench.agents.session._queue import Queue
from workbench.agents.session._said import answer, send
from workbench.agents.session._tables import tools_of, usage_of
from workbench.agents.session._turn import Turn
from workbench.agents.session._until import Until
from workbench.arguments import MOST, as_flag, as_name, as_whole
from workbench.errors import UsageError
from workbench.files._whole import at_home


class Session:
    """A team at work on a task; made with `wb.agents.session`.

    Attributes:
        team: The AutoGen team. Its branches take turns on it: between turns it is where the last one left it.
        breakpoints: Places at which `run` stops.
    """

    def __init__(self, tree: list[Branch], branch: Branch) -> None:
        self.team = branch.play.shared.stage.team
        self.breakpoints: list[Until] = []
        self._tree = tree
        self._branch = branch

    @property
    def turns(self) -> int:
        """How many turns of agents are complete."""
        return max(0, len(self._play.turns) - 1)

    @property
    def stop_reason(self) -> str | None:
        """Why the conversation ended; None while it goes on."""
        return self._play.stop_reason

    @property
    def finished(self) -> bool:
        """Whether the team's own condition, or its number of turns, has ended the conversation."""
        return self.stop_reason is not None

    @property
    def halted(self) -> str | None:
        """Why the last `run` or `step` returned before the conversation ended; None if it did not."""
        return self.halt.text if self.halt is not None else None

    @property
    def halt(self) -> Halt | None:
        """The same as a value: the kind of reason, and its text."""
        return self._play.halted

    @property
    def next_agent(self) -> str | None:
        """Who speaks next; None before the start, at the end, and while something said is not delivered."""
        return self._play.next_agent

    @property
    def events(self) -> pd.DataFrame:
        """All that happened, one row for each event.

        Columns: `turn` (0 for the task), `time` (UTC), `source` (who), `kind` (AutoGen's name of the message or event),
        `content`, `prompt_tokens` and `completion_tokens` (missing where no model was asked, or its server did not
        count), `undone` (the turn broke off and was taken back; what a tool did in it is done all the same).
        """
        return as_frame(self._play.entries)

    @property
    def tools(self) -> pd.DataFrame:
        """All calls of tools: `turn`, `agent`, `tool`, `arguments` (JSON), `result`, `failed`, `recorded`."""
        return tools_of(self._play.turns)

    @property
    def usage(self) -> pd.DataFrame:
        """What each part of the team has asked models: `calls`, `recorded`, `prompt_tokens`, `completion_tokens`."""
        return usage_of(self._play.turns)

    @property
    def branches(self) -> pd.DataFrame:
        """All branches of this conversation, one row for each.

        Columns: `branch`, `parent`, `at` (the turn after which it branches off), `change`, `turns`, `differs_at` (the
        first turn in which something else was said than in the parent), `asked` (anew), `recorded` (taken from what
        was noted), `state`, `note`; `score`, once `wb.agents.score_branches` gave one.
        """
        return frame_of(self._tree)

    @property
    def name(self) -> str:
        """The name of this branch: "0" for the original, "0.1" for its first branch."""
        return self._branch.name

    @property
    def queue(self) -> Queue:
        """What was said and nobody has heard yet; it can be edited, dropped and redirected before it is delivered."""
        return Queue(self._play)

    @property
    def waiting(self) -> list[Call]:
        """Calls of tools that wait for a person's word."""
        return list(self._play.approvals.waiting)

    @property
    def approvals(self) -> pd.DataFrame:
        """Every decision on a call: `time`, `turn`, `agent`, `tool`, `arguments`, `decision`, `by`, `reason`."""
        return self._play.approvals.frame

    @property
    def standing(self) -> pd.DataFrame:
        """What is approved for the whole run: `agent`, `tool`; `revoke` takes it back."""
        return self._play.approvals.standing

    @property
    def limits(self) -> Limits:
        """What the conversation may cost; `limit` changes it."""
        return self._play.limits.now

    @property
    def changes(self) -> pd.DataFrame:
        """Each change of the limits: `time`, `limit`, `before`, `after`, `who`, `why`."""
        return self._play.limits.frame

    @property
    def loops(self) -> list[str]:
        """Where the team goes round in circles, in the words of studies of failing teams; empty where it does not."""
        return loops_in(self._play.turns, ends=has_end(self.team))

    async def step(self, *, deliver: bool = True) -> pd.DataFrame:
        """Take one turn of one agent; the first step hands over the task as well.

        A turn that fails or is cancelled is taken back, and the next step repeats it, without asking again what was
        answered already. Cancelling makes the server stop. A turn that needs a person's word is taken back too: what
        it waits for stands in `halted`.

        Args:
            deliver: Whether the others hear at once what the agent says. If not, it stays in `queue`, where it can be
                changed; the next step delivers it first.

        Returns:
            The new rows of `events`.

        Raises:
            UsageError: If the conversation has ended, or a turn is being taken already.
            WorkbenchError: What a model client raised in the turn; a note on it says which turn.
            RuntimeError: AutoGen's error, for anything else that failed in an agent.
        """
        self._play.check_goes_on()
        self._play.pausing = False
        known = {id(entry) for entry in self._play.entries}
        await self._play.step(deliver=as_flag("deliver=", deliver))
        return as_frame([entry for entry in self._play.entries if id(entry) not in known])

    async def run(self, until: Until | None = None) -> Session:
        """Take turns until the conversation has ended, or something halts it; if it has ended, nothing happens.

        Args:
            until: Where to stop, beside the breakpoints.

        Returns:
            This session; `halted` says why it returned before the end.

        Raises:
            UsageError: If nothing would ever end it.
            WorkbenchError: As for `step`; what was complete is kept, and `run` goes on from there.
        """
        places = [*self.breakpoints, *([until] if until is not None else [])]
        if not places and self.limits == Limits():
            self._play.check_ends()
        await self._play.run(places)
        return self

    def pause(self) -> None:
        """Pause after the turn under way, when `run` returns."""
        self._play.pausing = True
        self._play.tell()

    def stop(self) -> None:
        """Stop at once, when `run` returns: the turn under way is taken back, and its server stops."""
        self._play.pausing = True
        self._play.cancel(Halt("stop", because("stopped; the turn was taken back")))

    def limit(self, *, who: str = "", why: str = "", **limits: float | None) -> None:
        """Set limits anew, also while it runs; each change is kept in `changes`.

        Args:
            who: Who changes them.
            why: The reason.
            limits: `turns`, `calls`, `tokens`, `seconds`; None for no limit.

        Raises:
            UsageError: If there is no such limit.
        """
        self._play.limits.change(limits, who, why)
        self._play.keep()

    def answer(self, text: str, agent: str | None = None) -> None:
        """Say what a person says whom the team asks; the next step goes on with it.

        Args:
            text: What the person says.
            agent: The member that stands for the person; needed where there are several.

        Raises:
            UsageError: If no such member waits for a person.
        """
        answer(self._play, text, agent)
        self._play.keep()

    async def send(self, text: str, to: str | None = None) -> None:
        """Say something to the team between two turns: a detail, a wish, another plan.

        Args:
            text: The message; it comes from "user".
            to: The one member that is to hear it; None for all. The manager hears it too. After the end it begins
                the conversation anew, with all that was said before.

        Raises:
            UsageError: If there is no such member, or nothing has begun yet.
            PromptError: If the text is empty.
        """
        await send(self._play, text, to)
        self._play.keep()

    def let(self, agent: str) -> None:
        """Choose who speaks next, whomever the manager chose. Raises UsageError if nobody is to speak next."""
        (name,) = self._play.members(agent)
        self._play.let(name)
        self._play.keep()

    def approve(
        self,
        call: Call | None = None,
        *,
        arguments: Mapping[str, Any] | None = None,
        always: bool = False,
        reason: str = "",
    ) -> None:
        """Approve a tool that waits for it, which then runs; the next step goes on with it.

        Args:
            call: One of `waiting`; needed where there are several.
            arguments: Other arguments than those that the model gave.
            always: Whether this agent may call this tool for the rest of the run, as long as the tool stays the same:
                what it says of itself, its schema, and the code of its function, though not of what that calls.
            reason: Why; it stands in `approvals`.

        Raises:
            UsageError: If no such call waits.
        """
        self._play.approvals.approve(call, arguments, always=always, reason=reason)
        self._play.keep()

    def reject(self, message: str = "", call: Call | None = None) -> None:
        """Reject a tool that waits; the model is told the message. Raises UsageError if none waits."""
        self._play.approvals.reject(call, message)
        self._play.keep()

    def revoke(self, tool: str) -> None:
        """Take back that a tool is approved for the run. Raises UsageError if it is not."""
        self._play.approvals.revoke(tool)
        self._play.keep()

    def turn(self, number: int) -> Turn:
        """A turn, with what it asked models, tools and persons; 0 is the task. Raises UsageError if it is not there."""
        number = as_whole("a turn's number", number, -MOST)
        if not 0 <= number < len(self._play.turns):
            raise UsageError(f"there is no turn {number}", advice=f"turns are 0 to {len(self._play.turns) - 1}")
        return self._play.turns[number]

    def rewind(self, to: int, *, answers: Answers = "live", tools: Tools = "recorded") -> Session:
        """Go back to where a turn was over; what came after it stays as a branch of its own.

        Args:
            to: The number of the turn; 0 for the task, before anybody has spoken.
            answers: "live" asks models anew, "recorded" takes what they answered to the same questions.
            tools: What a call of a tool gets that was made before with the same arguments: "recorded", its result;
                "live", another run; "dry" runs only what is marked as read-only.

        Returns:
            This session.

        Raises:
            UsageError: If there is no such turn, or a turn is being taken.
        """
        self._play.check_ready()
        rewind(self._tree, self._branch, self.turn(to), answers, tools)
        self._play.keep()
        return self

    def fork(
        self,
        at: int | None = None,
        *,
        edit: str | None = None,
        models: Models | None = None,
        system: Mapping[str, str] | None = None,
        tool_result: Mapping[str, str] | None = None,
        answers: Answers = "recorded",
        tools: Tools = "recorded",
    ) -> Session:
        """Make a branch that goes its own way from a turn on; this conversation stays as it is.

        Args:
            at: The number of the turn after which it branches off; None for the last.
            edit: What is said in that turn instead, not beside `tool_result`; for turn 0, another task.
            models: Other models for agents, by their names: names, models or clients; "manager" for the team's own.
            system: Other system messages for agents, by their names.
            tool_result: Other results of tools, by their names: turn `at` is taken again with them.
            answers: "recorded" takes what was answered here to the same questions, so that a branch in which nothing
                was changed asks nobody; "live" asks anew.
            tools: As for `rewind`.

        Returns:
            A session of the branch; take its steps, or run it.

        Raises:
            UsageError: If there is no such turn or agent, or a turn is being taken.
        """
        self._play.check_ready()
        turn = self.turn(self.turns if at is None else at)
        changes = changed(edit, models, system, tool_result)
        made = branch_of(self._tree, self._branch, turn, changes, answers, tools)
        made.play.keep()
        return Session(self._tree, made)

    def blame_calls(self, samples: int = 20) -> int:
        """How often `blame` will ask models, if its continuations take as long as this conversation did."""
        return calls_for(self._play.turns, samples)

    async def blame(self, scorer: Scorer, samples: int = 20, *, tools: Tools = "recorded") -> Blame:
        """Find the turn that broke a conversation: continue it from each turn on with live models, and score the ends.

        Args:
            scorer: From the last message to 1 or True for success, 0 or False for none; it may be async.
            samples: How many continuations from each turn; models have to be asked with a temperature above 0.
            tools: As for `rewind`.

        Returns:
            What became of the conversation from each turn on, and the turn that is to blame, if one surely is.

        Raises:
            UsageError: If the conversation has not ended, or a continuation waits for a person.
        """
        self._play.check_ready()
        return await blamed(self._tree, self._branch, scorer, samples, tools)

    def branch(self, name: str) -> Session:
        """A session of one of `branches`, such as "0.1". Raises UsageError if there is none of this name."""
        found = next((one for one in self._tree if one.name == as_name("name", name)), None)
        if found is None:
            raise UsageError(f"there is no branch {name!r}", advice="session.branches lists them")
        return Session(self._tree, found)

    def save(self, file: str | Path) -> Path:
        """Write the whole conversation, with its branches, into a file that `wb.agents.load` goes on with.

        Args:
            file: The file; one that is there is replaced, once the new one is whole.

        Returns:
            The file.

        Raises:
            UsageError: If nothing has begun yet, it is kept in this file already, or it cannot be written.
            SessionFileError: If it holds what a file does not.
        """
        assert self._play.shared.book is not None
        self._play.shared.book.save(path := at_home(file))
        return path

    def __repr__(self) -> str:
        return f"Session of {', '.join(self.team._participant_names)}: {self._play.progress}"

    @property
    def _play(self) -> Play:
        return self._branch.play
