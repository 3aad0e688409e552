"""A turn of a conversation, with all that is needed to come back to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from workbench.agents._desk import Asked
from workbench.agents.autogen import Entry, Event, Rest
from workbench.agents.session._counted import counted


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

    def __repr__(self) -> str:
        who = f"{self.agent}, " if self.agent else "the task, "
        return f"turn {self.number}: {who}{counted(len(self.entries), 'event')}, {counted(len(self.asked), 'question')}"

    def edited(self, old: Event, new: Event, rest: Rest) -> Turn:
        """The turn with another message in place of one of its own, and the team as it then is."""
        entries = [replace(entry, event=new) if entry.event is old else entry for entry in self.entries]
        return replace(self, entries=entries, spoken=rest, after=rest)


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
