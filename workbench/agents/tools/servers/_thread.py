"""The thread in which servers with tools are kept: agents may be asked in any loop, and one loop after the other."""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_ENDS_WITHIN_S = 10.0


class _Keeper:
    """A loop in a thread of its own, and what has to be ended before the interpreter ends."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.ends: set[Callable[[], Awaitable[None]]] = set()
        threading.Thread(target=self.loop.run_forever, name="workbench-tools", daemon=True).start()
        atexit.register(self.end)

    def end(self) -> None:
        """End all servers that are still there."""

        async def all_ended() -> None:
            await asyncio.gather(*(end() for end in [*self.ends]), return_exceptions=True)

        try:
            asyncio.run_coroutine_threadsafe(all_ended(), self.loop).result(_ENDS_WITHIN_S)
        except TimeoutError:  # what is left notices that this process has ended, and is ended by that
            return


_lock = threading.Lock()
_keepers: list[_Keeper] = []


def _keeper() -> _Keeper:
    with _lock:
        if not _keepers:
            _keepers.append(_Keeper())
        return _keepers[0]


async def there(work: Coroutine[Any, Any, T]) -> T:
    """What comes of work that is done in that thread; whoever stops waiting for it stops it."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, _keeper().loop))


def at_the_end(end: Callable[[], Awaitable[None]]) -> None:
    """End something, in that thread, before the interpreter ends."""
    _keeper().ends.add(end)


def no_more(end: Callable[[], Awaitable[None]]) -> None:
    """Note that it has ended."""
    _keeper().ends.discard(end)
