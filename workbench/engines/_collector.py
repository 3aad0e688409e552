"""Keeping Python's garbage collector from stopping a stream to look through everything that was there before."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def undisturbed() -> Iterator[None]:
    """Make the collector look only at what is made meanwhile.

    Many requests in flight make it look through all objects again and again, which in a process with pandas takes a
    sixth of the time and stops all answers for a tenth of a second: that would be measured as the server's delay.
    Garbage that was there before is collected afterwards. Where another had set objects aside before, nothing changes.

    >>> with undisturbed():
    ...     gc.get_freeze_count() > 0
    True
    """
    if gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
