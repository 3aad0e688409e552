"""What is shown of a session of agents, as plain data: no framework is known here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PartKind = Literal["said", "thought", "call", "handoff", "event"]
Mark = Literal["failed", "recorded", "waiting", "changed"]
LinkKind = Literal["speaks", "hands", "delegates"]
State = Literal["ended", "halted", "goes on", "not begun"]
WayKind = Literal["approve", "answer", "limit", "queue", "step", "run", "ended"]
BarKind = Literal["step", "agent", "model", "tool"]
Role = Literal["system", "tools", "conversation", "results", "answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that happened in a turn.

    Attributes:
        kind: What it is.
        who: Who did it.
        text: What was said or thought; the arguments of a call; what an event tells.
        tool: Which tool was called; the framework's name of an event.
        result: What a tool gave; None where nothing came back.
        to: To whom was handed over.
        marks: What is to be known of it.
        before: What the model had answered, where something else is said.
    """

    kind: PartKind
    who: str
    text: str = ""
    tool: str = ""
    result: str | None = None
    to: str = ""
    marks: tuple[Mark, ...] = ()
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn; number 0 is the task.

    Attributes:
        number: Its number.
        who: Who took it.
        parts: What happened in it, in order.
        tokens: Tokens of its model calls; None where no server counted any.
        seconds: How long it took; None where that is not to be told.
        asked: How many answers came anew.
        recorded: How many were taken from what was noted.
        undone: Whether it broke off and was taken back.
        waits: Whether it is not over, and waits for a person.
        at_work: Whether it is not over, and is being taken.
        there: The turn of this number in the branch that this one leaves, where something else was said in it.
        where: The name of that branch.
    """

    number: int
    who: str
    parts: tuple[Part, ...]
    tokens: int | None = None
    seconds: float | None = None
    asked: int = 0
    recorded: int = 0
    undone: bool = False
    waits: bool = False
    at_work: bool = False
    there: Turn | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """How often one speaks to another.

    Attributes:
        source: Who speaks.
        target: Who heard it and spoke next, to whom was handed over, or who was given a task.
        kind: Which of the three.
        count: How often.
    """

    source: str
    target: str
    kind: LinkKind
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A branch of a session.

    Attributes:
        name: Its name.
        parent: The branch that it leaves; "" for the root.
        at: The turn after which it does.
        change: What was changed.
        turns: The number of its last turn.
        differs_at: The first turn in which something else was said than in the parent.
        state: Why it ended or halts, or that it goes on.
        note: What else is to be known.
        shown: Whether it is the one that is looked at.
        score: How good its end is, from 0 to 1; None where nobody said.
    """

    name: str
    parent: str
    at: int | None
    change: str
    turns: int
    differs_at: int | None
    state: str
    note: str = ""
    shown: bool = False
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that took time in a session.

    Attributes:
        kind: What it is.
        name: The turn's number, the agent, the model, or the tool.
        depth: How many others it is inside of.
        begin: When it began, in seconds of work from the beginning, or in order from 0.
        end: The same of its end.
        failed: The class of its error; "" if all was well.
        waits: Whether it broke off as it had to wait.
    """

    kind: BarKind
    name: str
    depth: int
    begin: float
    end: float
    failed: str = ""
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A way to go on.

    Attributes:
        kind: Which.
        what: The call that waits, who is asked, or who is next.
    """

    kind: WayKind
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A whole session.

    Attributes:
        agents: All who did something, in the order of their first appearance.
        turns: The turns.
        links: Who speaks to whom.
        branches: All branches.
        state: Whether it goes on.
        reason: Why it ended or halts.
        ways: What can be done next.
        warnings: Loops that were found.
    """

    agents: tuple[str, ...]
    turns: tuple[Turn, ...]
    links: tuple[Link, ...] = ()
    branches: tuple[Branch, ...] = ()
    state: State = "goes on"
    reason: str = ""
    ways: tuple[Way, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Handed:
    """A message or a tool that was handed to a model.

    Attributes:
        role: Which part of the context it fills.
        name: Who said it, or the tool's name.
        text: All of it; the schema of a tool.
    """

    role: Role
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question that left the team in a turn, and its answer.

    Attributes:
        kind: Who was asked: "model", "tool", "person", "code".
        who: Who asked.
        handed: The messages and tools that a model was handed, as they were; what else was asked, as one.
        settings: Other settings of a request to a model, as text.
        answer: The answer as it came.
        thought: What the model thought.
        finish: Why the model ended.
        prompt_tokens: As the server counted; None if it did not.
        completion_tokens: The same of the answer.
        failed: Whether a tool failed.
        recorded: Whether the answer was taken from a noted one.
    """

    kind: str
    who: str
    handed: tuple[Handed, ...]
    settings: str = ""
    answer: str = ""
    thought: str = ""
    finish: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    failed: bool = False
    recorded: bool = False
