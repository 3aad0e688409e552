"""What is said on its way into a journal, several at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Generic, TypeVar

from workbench.errors import JournalError

_WAITS_S = 0.5

Kept = TypeVar("Kept")


class Batches(Generic[Kept]):
    """What is said on its way into the journal: much in one transaction, none of which waits for long.

    A kernel that is killed thus loses what a judge said in the last half second. Inside `async with`; what still waits
    is kept at its end.

    Args:
        keep: Keeps several. What it raises comes out of `add` or the end, and what was given is tried again there.
    """

    def __init__(self, keep: Callable[[Sequence[Kept]], None]) -> None:
        self._keep = keep
        self._waiting: list[Kept] = []
        self._flushed_s = monotonic()
        self._later: asyncio.TimerHandle | None = None

    def add(self, one: Kept) -> None:
        """Add one, and keep those that wait if it is time."""
        self._waiting.append(one)
        if monotonic() - self._flushed_s >= _WAITS_S:
            self._flush()
        elif self._later is None:
            self._later = asyncio.get_running_loop().call_later(_WAITS_S, self._flush_later)

    async def __aenter__(self) -> Batches[Kept]:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._later is not None:
            self._later.cancel()
        self._flush()

    def _flush_later(self) -> None:
        with suppress(JournalError):  # whoever adds the next, or ends, is told
            self._flush()

    def _flush(self) -> None:
        self._later, self._flushed_s = None, monotonic()
        if self._waiting:
            self._keep(self._waiting)
            self._waiting = []
