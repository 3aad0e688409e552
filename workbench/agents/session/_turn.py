"""A turn of a conversation, with all that is needed to come back to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.agents._desk import Asked, Failure
from workbench.agents.autogen import Entry, Event, Rest
from workbench.agents.calls import Check, call_of_turn, messages_of, record_of, written_test
from workbench.files._whole import at_home, write_whole
from workbench.messages import Message
from workbench.texts import counted


@dataclass(slots=True, repr=False)
class Turn:
    """What one agent did when it was its turn; turn 0 is the task.

    Attributes:
        number: Its number.
        agent: Who took it; "" for the task.
        entries: What happened in it.
        asked: What models, tools and persons were asked, and what they answered.
        seconds: How long it took.
        before: Where the team was before.
        spoken: Where the team was when the agent had spoken and nobody had heard it.
        after: Where the team was when the turn was over.
        heard_entries: How many entries there were when the agent had spoken; the others belong to the delivery.
        heard_asked: The same of what was asked.
        began: When it began, in seconds since 1970; 0 where nobody knows.
        spoke: When the agent had spoken; what follows is the delivery.
        ended: When it was over.
        failed: What was asked in it and got no answer.
    """

    number: int
    agent: str
    entries: list[Entry]
    asked: list[Asked] = field(repr=False)
    seconds: float
    before: Rest = field(repr=False)
    spoken: Rest = field(repr=False)
    after: Rest = field(repr=False)

    heard_entries: int = 0
    heard_asked: int = 0
    began: float = 0.0
    spoke: float = 0.0
    ended: float = 0.0
    failed: list[Failure] = field(default_factory=list, repr=False)

    def as_prompt(self, call: int | None = None) -> list[Message]:
        """The messages that a model was handed in this turn, its system message too: a prompt for `wb.compare`.

        Args:
            call: Which of the calls of models in the turn, from 0; None for the agent's own last.

        Returns:
            The conversation, without the tools that were offered.

        Raises:
            UsageError: If the turn asked no model, or has no such call.
        """
        return messages_of(call_of_turn(self.asked, self.agent, self.number, call))

    def as_test(self, path: str | Path | None = None, *, call: int | None = None, check: Check | None = None) -> str:
        """Write a test for pytest that asks a model of this turn again, and says what has to come.

        It plays the answer that was recorded; with `WORKBENCH_MODE=live` the model is asked anew. Where the model
        called tools, it has to call the same with the same arguments; what it said has to be the very same, unless
        `check` says otherwise, which a model needs that draws its words by chance.

        Args:
            path: Where the test is written, such as "test_notice.py"; None for nowhere.
            call: As for `as_prompt`.
            check: A text or several that the answer has to hold, or a function of its text that says whether it is
                right and needs nothing from outside.

        Returns:
            The text of the test, all of the call included.

        Raises:
            UsageError: As for `as_prompt`; if the check does not hold for the recorded answer or cannot be written
                down; or if the file cannot be written.
        """
        record = record_of(call_of_turn(self.asked, self.agent, self.number, call))
        text = written_test(record, self.number, self.agent, check)
        if path is not None:
            write_whole(at_home(path), lambda fresh: fresh.write_bytes(text.encode()))
        return text

    def __repr__(self) -> str:
        who = f"{self.agent}, " if self.agent else "the task, "
        return f"turn {self.number}: {who}{counted(len(self.entries), 'event')}, {counted(len(self.asked), 'question')}"

    def edited(self, old: Event, new: Event, rest: Rest) -> Turn:
        """The turn with another message in place of one of its own, and the team as it then is."""
        entries = [replace(entry, event=new) if entry.event is old else entry for entry in self.entries]
        return replace(self, entries=entries, spoken=rest, after=rest)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A part of a turn that broke off and was taken back.

    Attributes:
        number: The turn's number.
        agent: Who was to take it; "" for the task and for a delivery.
        began: When it began, in seconds since 1970.
        ended: When it broke off.
        error: The class of the error; "" where it only has to wait.
        halted: The kind of reason for which it waits, or was stopped; "" for an error.
        asked: What was asked in it and answered, what was taken from an earlier attempt too.
        failed: What was asked in it and got no answer.
    """

    number: int
    agent: str
    began: float
    ended: float
    error: str
    halted: str
    asked: tuple[Asked, ...] = field(default=(), repr=False)
    failed: tuple[Failure, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Cost:
    """What turns cost.

    Attributes:
        calls: How often a model was asked.
        tokens: Tokens of prompts and answers, as far as servers counted them.
        seconds: The time.
    """

    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.calls + other.calls, self.tokens + other.tokens, self.seconds + other.seconds)


def cost_of(asked: Sequence[Asked], seconds: float = 0.0) -> Cost:
    """What questions to models cost, without those that were answered from noted ones."""
    usages = [one.answer.usage for one in asked if one.kind == "model" and not one.recorded]
    return Cost(len(usages), sum(usage.prompt_tokens + usage.completion_tokens for usage in usages), seconds)


def cost_of_turns(turns: Sequence[Turn]) -> Cost:
    """What turns cost."""
    return sum((cost_of(turn.asked, turn.seconds) for turn in turns), Cost())
