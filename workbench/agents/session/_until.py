"""Where a run stops by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autogen_agentchat.messages import BaseChatMessage, ToolCallExecutionEvent, ToolCallRequestEvent

from workbench.agents._reasons import OR, Reason, because
from workbench.agents.autogen import Entry
from workbench.agents.session._turn import Turn
from workbench.errors import UsageError
from workbench.texts import quoted


@dataclass(frozen=True, slots=True)
class Until:
    """A place at which a run stops: a breakpoint, or the end of one run.

    Attributes:
        agent: Before this agent speaks.
        kind: After a turn with an event of this kind, in AutoGen's words, such as "HandoffMessage".
        tool: After a turn in which this tool was called.
        text: After a turn in which a message contains this text; capitals make no difference.
        messages: As soon as there are so many messages, the task's included.

    Raises:
        UsageError: If nothing is given.

    >>> Until(agent="clerk")
    before clerk speaks
    """

    agent: str | None = None
    kind: str | None = None
    tool: str | None = None
    text: str | None = None
    messages: int | None = None

    def __post_init__(self) -> None:
        if not any(value is not None for value in (self.agent, self.kind, self.tool, self.text, self.messages)):
            raise UsageError("a place to stop at is empty", advice="name an agent, kind, tool, text or messages")

    def __repr__(self) -> str:
        return self.in_words()

    def in_words(self) -> Reason:
        """Where it is."""
        told = [
            (because("before {} speaks", self.agent), self.agent),
            (because("after a {}", self.kind), self.kind),
            (because("after a call of {}", self.tool), self.tool),
            (because("after a message with {}", quoted(self.text)), self.text),
            (because("at {} messages", self.messages), self.messages),
        ]
        return Reason(OR.join(words for words, value in told if value is not None))

    def before(self, agent: str | None) -> bool:
        """Whether to stop before this agent speaks."""
        return self.agent is not None and self.agent == agent

    def after(self, turns: Sequence[Turn]) -> bool:
        """Whether to stop after the last of these turns."""
        messages = 0 if self.messages is None else sum(one.is_message for turn in turns for one in turn.entries)
        if self.messages is not None and messages >= self.messages:
            return True
        return any(self._is_in(entry) for entry in turns[-1].entries)

    def _is_in(self, entry: Entry) -> bool:
        event = entry.event
        if self.kind is not None and type(event).__name__ == self.kind:
            return True
        if self.tool is not None and isinstance(event, ToolCallRequestEvent | ToolCallExecutionEvent):
            return any(call.name == self.tool for call in event.content)
        return (
            self.text is not None
            and isinstance(event, BaseChatMessage)
            and self.text.casefold() in event.to_text().casefold()
        )
