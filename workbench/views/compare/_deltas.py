"""What the kernel tells the page about a running comparison: numbered batches of changes, and how all cells stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict


class Change(TypedDict, total=False):
    """What is new in one cell.

    Attributes:
        text: Text to add at the end.
        status: The new status.
        note: The new note.
        marks: With a note: what is to be known of the answer, each in a word or two.
        cut: With a note: whether the answer was cut by a limit.
        fresh: Whether all text that was there before is gone.
        rest: With a fresh text: how many characters of it were not told.
        says: With "answered": a number that only answers have that say the same.
        sketch: With "answered": the answer's words in 48 bits; the more of them differ, the more do the words.
        figures: With a note: seconds to the first token and in all, tokens, tokens a second; None where not known.
        scores: All scores of the answer, by their names.
        good: Whether somebody finds the answer good; None where that was taken back.
        comment: With `good`: what was written about it.
    """

    text: str
    status: str
    note: str
    marks: list[str]
    cut: bool
    fresh: bool
    rest: int
    says: int
    sketch: int
    figures: Sequence[float | None]
    scores: Mapping[str, float]
    good: bool | None
    comment: str


Batch = dict[int, Change]


@dataclass(slots=True)
class _Cell:
    """How one cell stands: all its changes in one, its text in the pieces in which it came, and who changed it last."""

    number: int = 0
    change: Change = field(default_factory=Change)
    pieces: list[str] = field(default_factory=list)

    def take(self, change: Change, number: int) -> None:
        if change.get("fresh"):
            self.pieces = []
        if text := change.get("text"):
            self.pieces.append(text)
        self.change.update(change)
        self.change.pop("text", None)
        self.number = number

    @property
    def text(self) -> str:
        if len(self.pieces) > 1:
            self.pieces = ["".join(self.pieces)]
        return self.pieces[0] if self.pieces else ""


class Deltas:
    """The changes of a comparison in numbered batches, those not yet sent, and how each cell stands.

    A view that holds everything up to batch N says so, and lacks the cells of `since(N)`. What was sent is kept only as
    what it made of each cell, so that a long run takes no more room than its texts.

    >>> deltas = Deltas()
    >>> deltas.add(0, {"text": "Bo"}); deltas.add(0, {"text": "nn"})
    >>> deltas.close()
    {0: {'text': 'Bonn'}}
    >>> deltas.number, deltas.since(0), deltas.since(1), deltas.now(0)
    (1, [0], [], {'fresh': True, 'text': 'Bonn'})
    """

    def __init__(self) -> None:
        self._open: Batch = {}
        self._cells: dict[int, _Cell] = {}
        self._number = 0

    @property
    def number(self) -> int:
        """Number of the newest closed batch; 0 before the first."""
        return self._number

    def add(self, index: int, change: Change) -> None:
        """Adds a change of one cell to the open batch."""
        known = self._open.setdefault(index, {})
        if change.get("fresh"):
            known.pop("text", None)
        text = known.get("text", "") + change.get("text", "")
        known.update(change)
        if text:
            known["text"] = text

    def close(self) -> Batch:
        """Closes the open batch and returns it; empty, and not counted, where nothing has changed."""
        batch, self._open = self._open, {}
        if batch:
            self._number += 1
            for index, change in batch.items():
                self._cells.setdefault(index, _Cell()).take(change, self._number)
        return batch

    def since(self, number: int) -> list[int]:
        """The cells that a closed batch after `number` has changed."""
        return sorted(index for index, cell in self._cells.items() if cell.number > number)

    def now(self, index: int) -> Change:
        """How a cell stands after the newest closed batch, with its whole text."""
        cell = self._cells.get(index, _Cell())
        change = Change(**cell.change)
        change["fresh"] = True
        if text := cell.text:
            change["text"] = text
        return change

    def standing(self, index: int) -> Change:
        """The same without the text; it is not to be changed."""
        return self._cells[index].change

    def text(self, index: int) -> str:
        """The whole text of a cell, with what is not yet sent."""
        opened = self._open.get(index, {})
        kept = self._cells.get(index)
        before = "" if kept is None or opened.get("fresh") else kept.text
        return before + opened.get("text", "")

    def texts(self) -> Iterator[tuple[int, str]]:
        """The cells that have text by their index, and the text, as far as it was sent."""
        return ((index, cell.text) for index, cell in self._cells.items() if cell.pieces)
