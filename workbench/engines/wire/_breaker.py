"""A circuit breaker for each server: one that fails again and again is left alone for a moment."""

from __future__ import annotations

import threading
from time import monotonic

FAILURES = 5
PAUSE_S = 10.0


class Breaker:
    """Counts the failures of one server in a row.

    After some it opens: nothing is sent for a pause. Then one request is let through; if it succeeds all are, else
    the next pause begins. May be used from any thread.
    Source: M. Nygard, Release It!, 2nd edition 2018, "Circuit Breaker".

    Args:
        failures: How many failures in a row open it.
        pause_s: Seconds for which it stays open.

    >>> breaker = Breaker(failures=1, pause_s=60)
    >>> breaker.closed_in()
    0.0
    >>> breaker.failed()
    >>> 0 < breaker.closed_in() <= 60
    True
    """

    def __init__(self, failures: int = FAILURES, pause_s: float = PAUSE_S) -> None:
        self._most = failures
        self._pause_s = pause_s
        self._count = 0
        self._opens_at = 0.0
        self._lock = threading.Lock()

    def closed_in(self) -> float:
        """0 if a request may be sent now; else the seconds until one may. Whoever gets 0 must send one."""
        if self._count < self._most:
            return 0.0
        with self._lock:
            now = monotonic()
            if now < self._opens_at:
                return self._opens_at - now
            self._opens_at = now + self._pause_s  # this one tries; the others wait for what comes of it
            return 0.0

    def succeeded(self) -> None:
        """The server has answered."""
        self._count = 0

    def failed(self) -> None:
        """The server has not answered, or said that it cannot."""
        with self._lock:
            self._count += 1
            if self._count >= self._most:
                self._opens_at = monotonic() + self._pause_s

    @property
    def failures(self) -> int:
        """Failures in a row until now."""
        return self._count


_breakers: dict[str, Breaker] = {}


def breaker(address: str) -> Breaker:
    """The breaker of the server at this address, shared by all that ask it.

    >>> breaker("http://127.0.0.1:8000") is breaker("http://127.0.0.1:8000")
    True
    """
    return _breakers.setdefault(address, Breaker())


def forget() -> None:
    """Forget what was counted of all servers, as a new process would."""
    _breakers.clear()
