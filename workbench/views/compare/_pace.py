"""Calls an action soon after it is wished, but only so many times a second, from whatever thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pace:
    """An action that may be wished as often as you like, and runs at most `per_second` times a second.

    It runs in a thread of its own, so that it also comes in time while an event loop is busy. The last wish is never
    lost.

    Args:
        action: What is to be done; safe to be called from any thread.
        per_second: Limit of calls a second.

    >>> done = threading.Event()
    >>> Pace(done.set, per_second=20).soon(); done.wait(5)
    True
    """

    def __init__(self, action: Callable[[], None], per_second: int) -> None:
        self._action = action
        self._interval = 1 / per_second
        self._next = 0.0
        self._wished = False
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def soon(self) -> None:
        """Wishes the action; it runs at once or when the interval since the last call is over."""
        with self._lock:
            self._wished = True
            self._start()

    def _start(self) -> None:
        if self._wished and self._timer is None:
            self._timer = threading.Timer(max(0.0, self._next - time.monotonic()), self._run)
            self._timer.daemon = True
            self._timer.start()

    def _run(self) -> None:
        self._wished = False
        try:
            self._action()
        finally:
            with self._lock:
                self._next = time.monotonic() + self._interval
                self._timer = None
                self._start()
