"""What was found out of servers, for a while, and by one who asks where many want to know."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


class Remembered(Generic[T]):
    """Answers by key, each of which holds for some seconds.

    Args:
        seconds: How long an answer holds.

    >>> kept = Remembered[int](60.0)
    >>> async def answer():
    ...     return 42
    >>> asyncio.run(kept.get("key", answer))
    42
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kept: dict[Hashable, tuple[float, T | None]] = {}
        self._asking: WeakKeyDictionary[asyncio.AbstractEventLoop, defaultdict[Hashable, asyncio.Lock]] = (
            WeakKeyDictionary()
        )

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[T | None]]) -> T | None:
        """The answer that is kept, or else the one that is given now.

        None is not an answer: it is told to those who waited for it, and asked for anew by the next. What is raised is
        told to nobody else.
        """
        begun = monotonic()
        if (kept := self._kept.get(key)) is not None and begun < kept[0]:
            return kept[1]
        locks = self._asking.setdefault(asyncio.get_running_loop(), defaultdict(asyncio.Lock))
        async with locks[key]:
            if (kept := self._kept.get(key)) is None or begun >= kept[0]:
                found = await ask()
                kept = self._kept[key] = (monotonic() + (0.0 if found is None else self._seconds), found)
        return kept[1]

    def forget(self) -> None:
        """Ask anew the next time."""
        self._kept.clear()
