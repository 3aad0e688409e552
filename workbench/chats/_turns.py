"""What was said: a person's turns, each with the turn before it, and what every model answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from workbench.messages import Message, Reply

Status = Literal["waiting", "answering", "answered", "failed", "stopped"]


@dataclass(slots=True, eq=False)
class Answer:
    """What one model answers to one turn; it grows while it comes.

    Attributes:
        model: The model's label.
        status: How it stands.
        text: The answer as far as it came.
        reasoning: What the model wrote while thinking.
        reply: The whole reply, with times and tokens; None where none came.
        problem: Why it failed, in one line.

    >>> Answer("embedded", "answered", "In Bonn.")
    embedded, answered: In Bonn.
    """

    model: str
    status: Status = "waiting"
    text: str = ""
    reasoning: str = ""
    reply: Reply | None = field(default=None, repr=False)
    problem: str = ""

    def __repr__(self) -> str:
        return f"{self.model}, {self.status}: {self.problem or self.text}"


@dataclass(slots=True, eq=False)
class Turn:
    """What a person says, and the answers to it.

    Attributes:
        key: A number that no other turn of the chat has.
        text: What is said.
        before: The turn before it; None for the first.
        tries: For each model its answers: one, or another for each time that it was asked again, the newest last.
    """

    key: int
    text: str
    before: Turn | None = field(repr=False)
    tries: list[list[Answer]] = field(repr=False)

    @property
    def answers(self) -> list[Answer]:
        """The newest answer of each model."""
        return [tries[-1] for tries in self.tries]

    def heard(self, place: int) -> str:
        """What a model is taken to have answered: its newest answer of which anything came; "" where none did."""
        return next((one.text for one in reversed(self.tries[place]) if one.text.strip()), "")


@dataclass(slots=True, eq=False)
class Branch:
    """A way through the turns.

    Attributes:
        name: Its name.
        last: Its last turn; None where nothing was said.
    """

    name: str
    last: Turn | None


def way_to(turn: Turn | None) -> list[Turn]:
    """All turns from the first to this one.

    >>> first = Turn(1, "Hallo", None, [])
    >>> [turn.key for turn in way_to(Turn(2, "Und?", first, []))]
    [1, 2]
    """
    way: list[Turn] = []
    while turn is not None:
        way.append(turn)
        turn = turn.before
    return way[::-1]


def messages_of(turns: Sequence[Turn], place: int, system: str | None = None) -> list[Message]:
    r"""The turns as a conversation with one of the models.

    Where it answered nothing, the next turn goes on in the same message: chat templates refuse two of a person in a
    row, and nothing that was said is to be kept from it.

    Args:
        turns: The turns.
        place: Which of the models, from 0.
        system: A system message before all.

    >>> lost = Turn(1, "Hallo", None, [[Answer("embedded", "failed", problem="no answer")]])
    >>> [message.content for message in messages_of([lost, Turn(2, "Noch da?", lost, [[Answer("embedded")]])], 0)]
    ['Hallo\n\nNoch da?']
    """
    said = [Message("system", system)] if system is not None else []
    for turn in turns:
        if said and said[-1].role == "user":
            said[-1] = Message("user", f"{said[-1].content}\n\n{turn.text}")
        else:
            said.append(Message("user", turn.text))
        if heard := turn.heard(place):
            said.append(Message("assistant", heard))
    return said


def to_answer(turns: Sequence[Turn], place: int, system: str | None = None) -> list[Message]:
    """The same up to the last turn, whatever was answered to it."""
    said = messages_of(turns, place, system)
    return said[:-1] if said and said[-1].role == "assistant" else said
