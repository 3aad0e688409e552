"""Where results are kept: any store, and the one in memory."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from workbench.comparison.results._result import STATUSES, Result, Status


class Results(Mapping[int, Result]):
    """The results of a comparison by the index of their cells, wherever they are.

    Attributes:
        path: The file of the journal that holds them; None where none does.
    """

    path: Path | None = None

    @abstractmethod
    def status(self, index: int) -> Status | None:
        """The status of one cell; None if it was not asked."""

    @abstractmethod
    def take(self, result: Result) -> None:
        """Take what came of a cell that was asked again, where it is kept already."""

    def several(self, indices: Iterable[int]) -> Iterator[Result | None]:
        """What came of each of these cells, in their order; None for one that was not asked."""
        return map(self.get, indices)

    @abstractmethod
    def earlier(self, index: int) -> list[Result]:
        """The answers of a cell before it was asked again, the oldest first."""

    @abstractmethod
    def earlier_counts(self) -> dict[int, int]:
        """How many earlier answers each cell has that has some."""

    @abstractmethod
    def statuses(self) -> dict[Status, int]:
        """How many cells have each status."""


class MemoryResults(Results):
    """Results in memory.

    >>> from workbench.comparison.plan._plan import Cell
    >>> answers = MemoryResults()
    >>> answers.add(Result(Cell(0, 0, 0, 0)))
    >>> answers.statuses()["failed"]
    1
    """

    def __init__(self) -> None:
        self._results: dict[int, Result] = {}
        self._earlier: dict[int, list[Result]] = {}

    def add(self, result: Result) -> None:
        """Take a result; an answer in whose place it comes is an earlier one from then on."""
        index = result.cell.index
        if self.status(index) == "answered":
            self._earlier.setdefault(index, []).append(self._results[index])
        self._results[index] = result

    def take(self, result: Result) -> None:
        """Take a result."""
        self.add(result)

    def earlier(self, index: int) -> list[Result]:
        """The answers of a cell before it was asked again, the oldest first."""
        return list(self._earlier.get(index, ()))

    def earlier_counts(self) -> dict[int, int]:
        """How many earlier answers each cell has that has some."""
        return {index: len(several) for index, several in self._earlier.items()}

    def __getitem__(self, index: int) -> Result:
        return self._results[index]

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._results))

    def __len__(self) -> int:
        return len(self._results)

    def status(self, index: int) -> Status | None:
        """The status of one cell; None if it was not asked."""
        result = self._results.get(index)
        return None if result is None else result.status

    def statuses(self) -> dict[Status, int]:
        """How many cells have each status."""
        found = [result.status for result in self._results.values()]
        return {status: found.count(status) for status in STATUSES}
