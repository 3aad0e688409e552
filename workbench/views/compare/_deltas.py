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
    """

    text: str
    status: str
    note: str


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

    @property
    def number(self) -> int:
        """Number of the newest closed batch; 0 before the first."""
        return len(self._batches)

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
        """All closed batches after `number`, as one."""
        return _merged(self._batches[number:])


def _merged(batches: Iterable[Batch]) -> Batch:
    texts: dict[int, list[str]] = {}
    merged: Batch = {}
    for batch in batches:
        for index, change in batch.items():
            texts.setdefault(index, []).append(change.get("text", ""))
            merged.setdefault(index, {}).update(change)
    for index, parts in texts.items():
        if text := "".join(parts):
            merged[index]["text"] = text
    return merged


def _merge(batch: Batch, index: int, change: Change) -> None:
    known = batch.setdefault(index, {})
    text = known.get("text", "") + change.get("text", "")
    known.update(change)
    if text:
        known["text"] = text
