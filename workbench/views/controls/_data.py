"""What the controls of a session show and do, as plain data: no framework is known here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from workbench.views.agents import Conversation, Question, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A call of a tool that waits for a person's word.

    Attributes:
        key: Stands for exactly this call, its arguments and the tool's description.
        who: Who wants it.
        tool: The tool, with nothing hidden in its name.
        arguments: Each argument with its value as JSON, with nothing hidden.
        editable: All arguments as JSON, to be changed.
        why: Why a person is asked.
        about: What the tool says of itself.
    """

    key: str
    who: str
    tool: str
    arguments: Sequence[tuple[str, str]]
    editable: str
    why: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A message that was said, and nobody has heard.

    Attributes:
        who: Who said it.
        text: The message.
        to: Who will hear it.
    """

    who: str
    text: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changeable:
    """What a branch that leaves after a turn may change.

    Attributes:
        said: The text that can be said in the turn instead; "" where nothing can.
        models: Who asks a model, and which one as far as its name is known.
        systems: Who has a system message, and its text.
        results: Tools that were called in the turn, and what each gave last.
        names: Names of models that can be asked instead; others can be written too.
    """

    said: str = ""
    models: Sequence[tuple[str, str]] = ()
    systems: Sequence[tuple[str, str]] = ()
    results: Sequence[tuple[str, str]] = ()
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """How a session stands.

    Attributes:
        conversation: The conversation.
        branch: The branch that is looked at.
        members: Who is in the team.
        next_agent: Who speaks next; "" where that is not known.
        busy: Whether a turn is being taken.
        pausing: Whether a run returns after it.
        held: What was said and nobody has heard.
        calls: Calls that wait for a person's word.
        person: The member that waits for what a person says; "" for none.
        standing: Who may call which tool for the rest of the run.
        limits: What the session may cost, by kind; None for no limit.
        spent: What it has cost, by kind.
    """

    conversation: Conversation
    branch: str = "0"
    members: Sequence[str] = ()
    next_agent: str = ""
    busy: bool = False
    pausing: bool = False
    held: Sequence[Waiting] = ()
    calls: Sequence[Pending] = ()
    person: str = ""
    standing: Sequence[tuple[str, str]] = ()
    limits: Mapping[str, float | None] = field(default_factory=dict)
    spent: Mapping[str, float] = field(default_factory=dict)


class Controls(Protocol):
    """What the view asks of a session. All is called in the loop in which the view was made."""

    def situation(self) -> Situation:
        """How the session stands now."""
        ...

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed`, in whatever thread, whenever something has happened; give what ends it."""
        ...

    def turn(self, number: int) -> tuple[Turn, list[Question]]:
        """A turn, and what it asked. Raises WorkbenchError for none."""
        ...

    def changeable(self, number: int) -> Changeable:
        """What a branch from a turn may change. Raises WorkbenchError for none."""
        ...

    async def do(self, what: str, given: Mapping[str, Any]) -> None:
        """Carry out what was pressed. Raises WorkbenchError, and whatever a team raises in a turn."""
        ...
