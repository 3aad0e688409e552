"""How many threads the embedded engine takes, and how they wait for each other, so that it answers on a busy machine.

llama.cpp cuts each token into hundreds of steps, after each of which its threads wait for each other. As a rule they
wait by spinning: on a busy machine a thread that could go on then burns the processor that the other one needs, and an
answer takes twenty times as long. OpenMP's threads can be told to fall asleep after a moment instead. That moment is
longer than a step takes on a quiet machine, so nothing is lost there, and shorter than a busy machine's turns, so the
threads follow what else the machine is doing from one step to the next, in the middle of an answer too. How many they
are follows as well, where they wait like that, but from one answer to the next (`_room.py`).
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# What tells GNU's OpenMP how long a thread spins; whoever sets one has decided already.
_SPINS, _WAITS = "GOMP_SPINCOUNT", "OMP_WAIT_POLICY"
_SPIN_COUNT = "300"  # about 10 microseconds; by default it is 300,000
_GROUPS = Path("/sys/fs/cgroup")
_OPENMP = "/libgomp.so"


@contextmanager
def sleeping_waits() -> Iterator[bool]:
    """Make an OpenMP that is loaded meanwhile put threads to sleep where they wait.

    Yields:
        Whether it will: on Linux, unless the environment says otherwise or another library has loaded it before.

    >>> with sleeping_waits():
    ...     "GOMP_SPINCOUNT" in os.environ or "OMP_WAIT_POLICY" in os.environ or sys.platform != "linux"
    True
    """
    if sys.platform != "linux" or _SPINS in os.environ or _WAITS in os.environ:
        yield os.environ.get(_WAITS, "").strip().lower() == "passive"
        return
    is_loaded = _OPENMP in Path("/proc/self/maps").read_text()
    os.environ[_SPINS] = _SPIN_COUNT
    try:
        yield not is_loaded
    finally:
        del os.environ[_SPINS]


def threads(wanted: int | None, *, waits_asleep: bool) -> int:
    """How many threads an engine takes.

    Args:
        wanted: What the user says, if anything; it never gets more than there are processors.
        waits_asleep: Whether threads that wait leave their processor to others. Where they do not, those processors
            that are busy now are left alone, and one is left to the rest of the machine where there are several.

    >>> threads(1, waits_asleep=False)
    1
    """
    usable = processors()
    if wanted is not None:
        return min(wanted, usable)
    most = min(usable, cores())
    if waits_asleep or most == 1:
        return most
    return max(1, min(most - 1, round(usable - _load())))


def processors() -> int:
    """How many processors this process may use at once: by its affinity, and by the quota of its container."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.floor(min(count, _quota(_groups()))))


def cores() -> int:
    """How many cores the machine has: two threads on one core share what it can compute."""
    import psutil  # browsers have none, and only an engine that starts wants to know

    return psutil.cpu_count(logical=False) or os.cpu_count() or 1


def _load() -> float:
    """How many processors are busy, on average over the last minute; 0 where the system does not tell."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def _groups() -> list[Path]:
    """The folders of the control groups that this process is in, inside a container and outside."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    own = [line.partition("::")[2].strip("/") for line in lines if "::" in line]
    return [_GROUPS / path for name in own for path in (Path(name), *Path(name).parents)] + [_GROUPS / "cpu"]


def _quota(folders: Sequence[Path]) -> float:
    """The least number of processors that one of these control groups allows, of either version; infinite if none.

    Source: Linux, "Control Group v2", cpu.max; "CFS Bandwidth Control", cpu.cfs_quota_us.
    """
    return min((allowed for folder in folders if (allowed := _allowed(folder))), default=math.inf)


def _allowed(folder: Path) -> float | None:
    try:
        if (file := folder / "cpu.max").exists():
            quota, period = file.read_text().split()
        else:
            quota, period = ((folder / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        return int(quota) / int(period) if quota != "max" and int(quota) > 0 else None
    except (OSError, ValueError):
        return None
