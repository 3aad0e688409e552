"""Calls an action soon after it is wished, but only so many times a second, from whatever thread."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable


class Pace:
    """An action that may be wished as often as you like, and runs at most `per_second` times a second.

    It runs in a thread of its own, so that it also comes in time while an event loop is busy; where there are none, as
    in a browser, in the event loop that runs. The last wish is never lost.

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
        self._is_due = False
        self._lock = threading.Lock()

    def soon(self) -> None:
        """Wishes the action; it runs at once or when the interval since the last call is over."""
        with self._lock:
            self._wished = True
            self._start()

    def _start(self) -> None:
        if self._wished and not self._is_due:
            self._is_due = True
            wait_s = max(0.0, self._next - time.monotonic())
            timer = threading.Timer(wait_s, self._run)
            timer.daemon = True
            try:
                timer.start()
            except RuntimeError:
                asyncio.get_running_loop().call_later(wait_s, self._run)

    def _run(self) -> None:
        self._wished = False
        try:
            self._action()
        finally:
            with self._lock:
                self._next = time.monotonic() + self._interval
                self._is_due = False
                self._start()
