"""Signals that end a command: what was done until then is written first, and the exit status says which it was."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # the last two are there on one system each
_AFTER_SIGNAL = 128


class Endings:
    """Takes the signals that end a command, as a context, and calls `stop` for each.

    One that is ignored, as `nohup` and the shell's `&` do, stays so.

    Args:
        stop: Ends the work, so that it returns soon; may be called repeatedly.

    Attributes:
        status: The exit status after a signal, as shells tell it; None where none came.
        name: The name of the signal; "" where none came.
    """

    def __init__(self, stop: Callable[[], object]) -> None:
        self.status: int | None = None
        self.name = ""
        self._stop = stop
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for name in _NAMES:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._come)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _come(self, number: int, _: FrameType | None) -> None:
        self.name = signal.Signals(number).name
        self.status = _AFTER_SIGNAL + number
        if self.name == "SIGHUP":
            _leave_terminal()
        self._stop()


def _leave_terminal() -> None:
    """Write nothing more to a terminal that is closed: that would fail, and cost what is still to be done."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        # Whether it is a terminal cannot be asked any more, but files and pipes are told from it.
        if stat.S_ISCHR(os.fstat(number).st_mode):
            os.dup2(nowhere, number)
    os.close(nowhere)
