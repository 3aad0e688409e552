"""Where the results of a running comparison are: in memory, or in a journal, which is written in a thread."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Protocol, cast

from workbench.comparison.journal._journal import Entry, Journal
from workbench.comparison.journal._keys import Keys
from workbench.comparison.plan._plan import Cell, Plan
from workbench.comparison.results._encoding import decode_result, encode_result_or_failure
from workbench.comparison.results._result import STATUSES, Result, Status
from workbench.comparison.results._results import Results

_READ_AT_ONCE = 50


class JournalResults(Results):
    """The results of a plan, read from its journal when they are wanted, so that memory stays flat.

    Args:
        plan: The plan.
        keys: The keys of its cells.
        journal: The journal.

    Raises:
        JournalError: If the journal cannot be read; so does reading a result.
    """

    path: Path

    def __init__(self, plan: Plan, keys: Keys, journal: Journal) -> None:
        self._plan = plan
        self._keys = keys
        self._journal = journal
        self.path = journal.path
        self._lost: dict[int, Result] = {}
        weakref.finalize(self, journal.close)
        # One byte for each cell: 0 for none, else one more than the number of its status.
        self._statuses = bytearray(len(plan))
        with journal.understood():
            known = {key: STATUSES.index(cast(Status, status)) + 1 for key, status in journal.statuses()}
        if known:
            for cell in plan.cells():
                self._statuses[cell.index] = known.get(keys[cell], 0)

    def __getitem__(self, index: int) -> Result:
        if index in self._lost:
            return self._lost[index]
        cell = self._plan.cell_at(index)
        kept = self._journal.result(self._keys[cell]) if self._statuses[index] else None
        if kept is None:
            raise KeyError(index)
        return self._decoded(kept, cell)

    def several(self, indices: Iterable[int]) -> Iterator[Result | None]:
        """What came of each of these cells, in their order, read many at a time."""
        left = iter(indices)
        while together := list(islice(left, _READ_AT_ONCE)):
            cells = [self._plan.cell_at(index) for index in together]
            keys = [self._keys[cell] for cell in cells]
            kept = self._journal.results(keys)
            for cell, key in zip(cells, keys, strict=True):
                if cell.index in self._lost or not self._statuses[cell.index] or key not in kept:
                    yield self._lost.get(cell.index)
                else:
                    yield self._decoded(kept[key], cell)

    def earlier(self, index: int) -> list[Result]:
        """The answers of a cell before it was asked again, the oldest first."""
        cell = self._plan.cell_at(index)
        return [self._decoded(kept, cell) for kept in self._journal.earlier(self._keys[cell])]

    def earlier_counts(self) -> dict[int, int]:
        """How many earlier answers each cell has that has some."""
        counts = self._journal.earlier_counts()
        found = {cell.index: counts.get(self._keys[cell], 0) for cell in self._plan.cells()} if counts else {}
        return {index: count for index, count in found.items() if count}

    def _decoded(self, kept: bytes, cell: Cell) -> Result:
        with self._journal.understood():
            return decode_result(kept, cell, self._plan.candidates[cell.candidate])

    def __contains__(self, index: object) -> bool:
        return isinstance(index, int) and 0 <= index < len(self._statuses) and bool(self._statuses[index])

    def __iter__(self) -> Iterator[int]:
        return (index for index, status in enumerate(self._statuses) if status)

    def __len__(self) -> int:
        return len(self._statuses) - self._statuses.count(0)

    def status(self, index: int) -> Status | None:
        """The status of one cell, without reading it; None if it was not asked."""
        number = self._statuses[index]
        return STATUSES[number - 1] if number else None

    def statuses(self) -> dict[Status, int]:
        """How many cells have each status, without reading any."""
        return {status: self._statuses.count(number) for number, status in enumerate(STATUSES, 1)}

    def entry(self, result: Result) -> tuple[Result, Entry]:
        """A result, and how the journal keeps it; one that cannot be written down is a failure that says so."""
        result, kept = encode_result_or_failure(result)
        is_another = self.status(result.cell.index) == "answered"
        return result, Entry(self._keys[result.cell], result.status, kept, is_another)

    def landed(self, result: Result) -> None:
        """A result is in the journal."""
        self._statuses[result.cell.index] = STATUSES.index(result.status) + 1

    def lost(self, result: Result) -> None:
        """A result could not be kept; it stays in memory."""
        self._lost[result.cell.index] = result
        self.landed(result)

    def take(self, result: Result) -> None:
        """A result came of another asking, be it kept or lost; it stays in memory."""
        self.lost(result)


class Written(Protocol):
    """Results that a journal keeps."""

    def entry(self, result: Result) -> tuple[Result, Entry]:
        """A result as it counts, and how the journal keeps it."""

    def landed(self, result: Result) -> None:
        """A result is in the journal."""

    def lost(self, result: Result) -> None:
        """A result could not be kept."""
