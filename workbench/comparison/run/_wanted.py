"""Which cells of a plan are asked: those without an answer, and those that somebody wants to be asked again."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from workbench.comparison.results._results import Results


class Wanted:
    """The cells that are asked, by their index.

    Args:
        only: None for all cells of the plan.
        anew: Those of them that are asked though they have an answer, once each.

    >>> from workbench.comparison.results._results import MemoryResults
    >>> wanted = Wanted(None, [])
    >>> wanted.later(MemoryResults(), [3]); wanted.has_more(), wanted.holds(MemoryResults(), 2), wanted.has_more()
    (True, False, False)
    """

    def __init__(self, only: Collection[int] | None, anew: Collection[int]) -> None:
        self.are_all = only is None
        self._only = None if only is None else set(only)
        self._anew = set(anew)
        self._later: set[int] = set()

    def holds(self, results: Results, index: int) -> bool:
        """Whether a cell is to be asked."""
        is_open = results.status(index) != "answered" or index in self._anew
        return is_open and (self._only is None or index in self._only)

    def is_anew(self, index: int) -> bool:
        """Whether a cell is asked though it has an answer."""
        return index in self._anew

    def done(self, index: int) -> None:
        """A cell was asked."""
        self._anew.discard(index)

    def later(self, results: Results, cells: Iterable[int]) -> None:
        """Have cells asked when all else is done, whether they have an answer or not."""
        wished = set(cells)
        self._later |= wished
        self._anew |= {index for index in wished if results.status(index) == "answered"}

    def has_more(self) -> bool:
        """Whether there are such cells; if so, these are what is asked from now on."""
        if not self._later:
            return False
        self._only, self._later = self._later, set()
        return True
