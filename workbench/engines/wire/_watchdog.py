"""Ending answers that do not come on: a deadline for the first piece, for each further one, and for all."""

from __future__ import annotations

import asyncio

import aiohttp

from workbench.engines.wire._limits import Limits
from workbench.engines.wire._place import Place
from workbench.errors import DeadlineError


class Watchdog:
    """Watches one response and closes it when a deadline has passed; `failure` then says which.

    Only time in which the answer is waited for counts, not that which a caller takes between two pieces.

    Args:
        limits: The deadlines; the clock starts now, when the request is sent.
    """

    def __init__(self, limits: Limits) -> None:
        self._expired = ""
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._last: float | None = None
        self._is_waited_for = True
        self._response: aiohttp.ClientResponse | None = None
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, response: aiohttp.ClientResponse) -> None:
        """Begin."""
        self._response = response
        self._timer = self._loop.call_at(self._due(), self._look)

    @property
    def has_begun(self) -> bool:
        """Whether there is a response to watch."""
        return self._response is not None

    def pause(self) -> None:
        """A piece has come; what the caller does with it is his time."""
        self._is_waited_for = False

    def go_on(self) -> None:
        """The next piece is waited for."""
        is_first = self._last is None
        self._last = self._loop.time()
        self._is_waited_for = True
        if is_first and self._timer is not None:
            # From now on the deadline is that of the next piece, which may be nearer than that of the first was.
            self._timer.cancel()
            self._timer = self._loop.call_at(self._due(), self._look)

    def stop(self) -> None:
        """The answer is complete, or nobody wants it any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def failure(self, place: Place) -> DeadlineError | None:
        """The error for the deadline that has passed, if one has."""
        if not self._expired:
            return None
        advice = "what had come is on the error's reply; see the server's log, or raise this limit of the connection"
        return DeadlineError(self._expired, where=str(place), advice=advice)

    def _due(self) -> float:
        """When the next deadline passes."""
        limits, last = self._limits, self._last
        next_one = self._began + limits.first_s if last is None else last + limits.token_s
        return min(next_one, self._began + limits.request_s)

    def _reason(self) -> str:
        """Which deadline that is."""
        limits = self._limits
        if self._due() == self._began + limits.request_s:
            return f"the answer took more than {limits.request_s:g} s (request_s)"
        if self._last is None:
            return f"nothing of the answer came for {limits.first_s:g} s (first_s)"
        return f"nothing more came for {limits.token_s:g} s (token_s)"

    def _look(self) -> None:
        due = self._due()
        now = self._loop.time()
        if now < due or not self._is_waited_for:
            again = due if now < due else now + min(self._limits.token_s, 1.0)
            self._timer = self._loop.call_at(again, self._look)
            return
        self._timer = None
        self._expired = self._reason()
        if self._response is not None:
            self._response.close()
