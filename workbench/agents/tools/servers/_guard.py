"""Run as a program between us and a server of tools: it ends the server, and what that has started, once we are gone.

`python _guard.py PARENT COMMAND …` hands its standard streams to the command. It ends the command when it is told to,
and when the other end of its standard input is closed, as it is when the process that has started it was killed.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable

_GRACE_S = 2.0
_LOOK_S = 1.0


def main(parent: int, command: list[str]) -> int:
    """Run the command to its end, or to ours."""
    awake, wakes = os.pipe()
    for end in (awake, wakes):
        os.set_blocking(end, False)
    told: list[int] = []
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(one, lambda number, frame: told.append(number))
    try:
        child = subprocess.Popen(command, process_group=0)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    poll = select.poll()
    poll.register(0, 0)  # only the end of it is looked for: what it says is the command's
    poll.register(awake, select.POLLIN)

    def waited(is_over: Callable[[], bool], seconds: float) -> bool:
        until = time.monotonic() + seconds
        while child.poll() is None and not is_over():
            if (left := until - time.monotonic()) <= 0:
                return False
            if any(number == 0 for number, _ in poll.poll(min(left, _LOOK_S) * 1000)):
                poll.unregister(0)
                told.append(0)
            with contextlib.suppress(BlockingIOError):
                os.read(awake, 4096)
        return True

    waited(lambda: bool(told) or os.getppid() != parent, float("inf"))
    if told == [0]:
        waited(lambda: len(told) > 1, _GRACE_S)  # a server of tools ends by itself when its input does
    for last in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, last)
        waited(lambda: False, _GRACE_S)
    return child.returncode if child.returncode is not None and child.returncode >= 0 else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
