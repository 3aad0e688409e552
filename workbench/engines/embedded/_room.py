"""How many processors others leave free now, from one moment to the next."""

from __future__ import annotations

import asyncio
import os
import statistics
from pathlib import Path
from time import monotonic

from workbench.engines.embedded._threads import threads

# Looks are cheap, but not free; what was seen a second ago still holds.
_LOOK_EVERY_S = 1.0
_AGREEING = 3
_SAMPLES = 3
_BETWEEN_S = 0.002
_LOADAVG = Path("/proc/loadavg")
_TASKS = Path("/proc/self/task")


class Watch:
    """How many threads the machine has room for; it changes its mind only when it sees the same several times.

    A start anew costs about a second, which what is over in a moment is not worth.
    """

    def __init__(self) -> None:
        self._count: int | None = None
        self._other: int | None = None
        self._seen = 0
        self._looked_at = 0.0

    async def threads(self) -> int:
        """So many threads, as the machine has been for some seconds; at first, as it is at this moment."""
        if self._count is not None and monotonic() - self._looked_at < _LOOK_EVERY_S:
            return self._count
        self._looked_at = monotonic()
        return self.agreed(room(await busy_elsewhere()))

    def agreed(self, seen: int) -> int:
        """What holds after another look.

        Args:
            seen: For how many threads there is room by that look.

        >>> watch = Watch()
        >>> [watch.agreed(seen) for seen in (2, 1, 2, 1, 1, 1, 1, 2)]
        [2, 2, 2, 2, 2, 1, 1, 1]
        """
        if self._count is None or not _is_another(seen, self._count):
            self._count, self._seen = self._count or seen, 0
        else:
            self._seen = self._seen + 1 if self._other is None or not _is_another(seen, self._other) else 1
            self._other = seen
            if self._seen == _AGREEING:
                self._count, self._seen = seen, 0
        return self._count


def _is_another(seen: int, count: int) -> bool:
    """Whether the difference is worth a start anew: among many threads one more or less is not."""
    return abs(seen - count) > count // 4


def room(busy: float) -> int:
    """How many threads an engine takes whose threads leave their processor to others where they wait.

    Measured on two processors: beside one busy process one thread writes half as fast again as two.

    Args:
        busy: How many processors of the machine others keep busy.

    >>> room(0) == threads(None, waits_asleep=True), room(1000)
    (True, 1)
    """
    free = (os.cpu_count() or 1) - round(busy)
    return max(1, min(threads(None, waits_asleep=True), free))


async def busy_elsewhere() -> float:
    """How many threads of other processes run or wait for a processor, on average over a hundredth of a second.

    0 where the system does not tell. Source: proc(5), /proc/loadavg, fourth field.

    >>> asyncio.run(busy_elsewhere()) >= 0
    True
    """
    found = []
    for number in range(_SAMPLES):
        if number:
            await asyncio.sleep(_BETWEEN_S)
        found.append(_runnable_elsewhere())
    return statistics.fmean(found)


def _runnable_elsewhere() -> int:
    try:
        everywhere = int(_LOADAVG.read_text().split()[3].partition("/")[0])
        here = sum(_is_runnable(task) for task in _TASKS.iterdir())
    except (OSError, ValueError, IndexError):
        return 0
    return max(0, everywhere - here)


def _is_runnable(task: Path) -> bool:
    try:
        return (task / "stat").read_text().rpartition(")")[2].split()[0] == "R"
    except (OSError, IndexError):  # a thread may end meanwhile
        return False
