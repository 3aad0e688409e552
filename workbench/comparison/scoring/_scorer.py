"""What a scorer is: a function that says of one answer how good it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, get_args

from workbench.comparison.plan._dialogue import Question, conversation
from workbench.comparison.statistics._verdict import Better
from workbench.connections import Model
from workbench.errors import UsageError
from workbench.messages import Message, Reply

Value = bool | float | None


@dataclass(frozen=True, slots=True)
class Score:
    """What a scorer says of one answer.

    Attributes:
        value: True or False for right or wrong, or a number; None where it cannot be said.
        note: Why, in one line; shown beside the value.

    >>> Score(False, "expected 4, got 5").value
    False
    """

    value: Value
    note: str = ""


Scored = Value | Score | Mapping[str, Value | Score]


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One answered cell of a comparison, as a scorer sees it.

    Attributes:
        prompt_id: Number of the prompt, from 0.
        prompt: The prompt as it was given: a text, a conversation or a dialogue.
        model: Label of the candidate.
        repeat: Number of the repeat, from 0.
        reply: The whole reply.
        given: The row of the table that the prompt came from, by column; empty without a table.
        earlier: Of a dialogue the answers before the last.

    >>> row = Row(0, "2 + 2?", "embedded", 0, Reply(text="4", finish="stop"), {"expected": "4"})
    >>> row.answer == row["expected"]
    True
    """

    prompt_id: int
    prompt: Question
    model: str
    repeat: int
    reply: Reply
    given: Mapping[str, Any] = field(default_factory=dict)
    earlier: tuple[Reply, ...] = ()

    @property
    def answer(self) -> str:
        """The answer's text; of a dialogue that of the last."""
        return self.reply.text

    @property
    def answers(self) -> tuple[str, ...]:
        """The texts of all answers: of a dialogue one for each turn."""
        return tuple(reply.text for reply in (*self.earlier, self.reply))

    @property
    def conversation(self) -> tuple[Message, ...]:
        """The messages that the last answer answers."""
        return conversation(self.prompt, self.earlier)

    def __getitem__(self, column: str) -> Any:
        """The value of a column of the table. Raises UsageError where there is none, offering the nearest."""
        if column in self.given:
            return self.given[column]
        near = get_close_matches(column, self.given, n=1)
        there = ", ".join(map(repr, self.given)) or "none, as the prompts came from no table"
        offer = f"did you mean {near[0]!r}? " if near else ""
        raise UsageError(f"the table has no column {column!r}", advice=f"{offer}there are {there}")


@dataclass(frozen=True, slots=True)
class Scorer:
    """A named way to score answers.

    Any function of a `Row` will do where a scorer is wanted; this one also says when its scores may be used again.

    Attributes:
        name: What tables call it.
        function: From a row to a bool, a number, a `Score`, or a dict of them by name; may be a coroutine function.
        identity: All that the scores depend on besides the row, as a text; scores are kept under it.
        better: Whether "higher" or "lower" values are better.
        model: The model that it asks, whose version its scores depend on too; None where it asks none.
        columns: The columns of the table that its scores depend on; None where it may read any.

    Raises:
        UsageError: If name, function, identity or direction cannot be one.

    >>> short = Scorer("short", lambda row: len(row.answer) < 80, "under 80 characters")
    >>> short(Row(0, "Ist das Amt offen?", "embedded", 0, Reply(text="Ja.", finish="stop")))
    True
    """

    name: str
    function: Callable[[Row], Scored | Awaitable[Scored]] = field(repr=False)
    identity: str
    better: Better = "higher"
    model: Model | None = field(default=None, repr=False)
    columns: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise UsageError(f"name= must be a text that names the scorer, not {self.name!r}")
        if not callable(self.function):
            raise UsageError(f"{self.function!r} is not a function", where=self.name, advice="give a function of a row")
        if not isinstance(self.identity, str):
            raise UsageError(f"identity= must be a text, not {self.identity!r}", where=self.name)
        if self.better not in get_args(Better):
            raise UsageError(f'better= must be "higher" or "lower", not {self.better!r}', where=self.name)

    def __call__(self, row: Row) -> Scored | Awaitable[Scored]:
        """The score of one answer."""
        return self.function(row)
