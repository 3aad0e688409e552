"""A turn of a conversation, with all that is needed to come back to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.agents._desk import Asked
from workbench.agents.autogen import Entry, Rest


@dataclass(slots=True)
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

    @property
    def calls(self) -> int:
        """How often a model was asked anew."""
        return sum(one.kind == "model" and not one.recorded for one in self.asked)

    @property
    def tokens(self) -> int:
        """The tokens of its model calls that were asked anew, prompts and answers, as far as servers counted them."""
        usages = [one.answer.usage for one in self.asked if one.kind == "model" and not one.recorded]
        return sum(usage.prompt_tokens + usage.completion_tokens for usage in usages)
