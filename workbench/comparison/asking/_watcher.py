"""Whoever wants to see a comparison while it runs."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import ParamSpec, Protocol

from workbench.comparison.plan._plan import Cell
from workbench.comparison.results._result import Result
from workbench.messages import Piece

P = ParamSpec("P")


class Watcher(Protocol):
    """Whoever wants to see a comparison while it runs.

    Called in the comparison's event loop, so it must not block. If it raises, that is told as a warning, and the
    comparison goes on without it.
    """

    def began(self, cell: Cell) -> None:
        """Note that a cell is being asked now; if that is again, what had come of it counts no more."""

    def piece(self, cell: Cell, piece: Piece) -> None:
        """Note a piece of a cell's answer."""

    def ended(self, cell: Cell, result: Result) -> None:
        """Note that a cell is done: answered, failed or stopped."""


class Watched:
    """A comparison's watcher, if there is one, that cannot cost an answer.

    Attributes:
        watcher: The watcher; None where nobody watches, or it has failed.
    """

    def __init__(self) -> None:
        self.watcher: Watcher | None = None

    def began(self, cell: Cell) -> None:
        """Pass on that a cell is being asked."""
        if self.watcher:
            self._tell(self.watcher.began, cell)

    def piece(self, cell: Cell, piece: Piece) -> None:
        """Pass on a piece of the answer to a cell."""
        if self.watcher:
            self._tell(self.watcher.piece, cell, piece)

    def ended(self, result: Result) -> None:
        """Pass on the result of a cell that is done."""
        if self.watcher:
            self._tell(self.watcher.ended, result.cell, result)

    def _tell(self, what: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            what(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - a picture that fails must not cost an answer
            self.watcher = None
            warnings.warn(f"the comparison goes on unwatched: {type(error).__name__}: {error}", stacklevel=2)
