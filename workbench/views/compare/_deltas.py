"""What the kernel tells the page about a running comparison: numbered batches of changes, kept for late views."""

from __future__ import annotations

from collections.abc import Iterable
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
        good: Whether somebody finds the answer good; None where that was taken back.
        comment: With `good`: what was written about it.
    """

    text: str
    status: str
    note: str
    marks: list[str]
    cut: bool
    fresh: bool
    good: bool | None
    comment: str


Batch = dict[int, Change]


class Deltas:
    """The changes of a comparison in numbered batches, and those not yet sent.

    A view that holds everything up to batch N says so, and `since(N)` is all that it lacks. Nothing is kept twice: the
    batches together are the text.

    >>> deltas = Deltas()
    >>> deltas.add(0, {"text": "Bo"}); deltas.add(0, {"text": "nn"})
    >>> deltas.close()
    {0: {'text': 'Bonn'}}
    >>> deltas.number, deltas.since(0)
    (1, {0: {'text': 'Bonn'}})
    """

    def __init__(self) -> None:
        self._batches: list[Batch] = []
        self._open: Batch = {}
        self._united: Batch = {}
        self._count_united = 0

    @property
    def number(self) -> int:
        """Number of the newest closed batch; 0 before the first."""
        return self._count_united + len(self._batches)

    def add(self, index: int, change: Change) -> None:
        """Adds a change of one cell to the open batch."""
        _merge(self._open, index, change)

    def close(self) -> Batch:
        """Closes the open batch and returns it; empty, and not counted, where nothing has changed."""
        batch, self._open = self._open, {}
        if batch:
            self._batches.append(batch)
        return batch

    def since(self, number: int) -> Batch:
        """All closed batches after `number`, as one; of those that were united all, with texts that begin anew."""
        if number < self._count_united:
            return _merged([self._united, *self._batches])
        return _merged(self._batches[number - self._count_united :])

    def unite(self) -> None:
        """Makes one of all closed batches, as a long text in many pieces takes many times its room.

        >>> deltas = Deltas()
        >>> for text in ("Bo", "nn"): deltas.add(0, {"text": text}); _ = deltas.close()
        >>> deltas.unite(); deltas.number, deltas.since(1), deltas.since(2)
        (2, {0: {'text': 'Bonn', 'fresh': True}}, {})
        """
        united = self.since(0)
        for change in united.values():
            change["fresh"] = True
        self._count_united = self.number
        self._united, self._batches = united, []


def _merged(batches: Iterable[Batch]) -> Batch:
    texts: dict[int, list[str]] = {}
    merged: Batch = {}
    for batch in batches:
        for index, change in batch.items():
            if change.get("fresh"):
                texts[index] = []
            texts.setdefault(index, []).append(change.get("text", ""))
            merged.setdefault(index, {}).update(change)
    for index, parts in texts.items():
        if text := "".join(parts):
            merged[index]["text"] = text
    return merged


def _merge(batch: Batch, index: int, change: Change) -> None:
    known = batch.setdefault(index, {})
    if change.get("fresh"):
        known.pop("text", None)
    text = known.get("text", "") + change.get("text", "")
    known.update(change)
    if text:
        known["text"] = text
