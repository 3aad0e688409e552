"""How many threads the embedded engine takes, and that they leave the processor to others where they wait."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.engines.embedded import _threads

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux tells and sets this")


def group(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def test_a_containers_quota_counts(tmp_path: Path) -> None:
    two = group(tmp_path / "new", cpu__max="200000 100000\n")
    half = group(tmp_path / "new" / "inner", cpu__max="50000 100000\n")
    free = group(tmp_path / "free", cpu__max="max 100000\n")
    old = group(tmp_path / "old", cpu__cfs_quota_us="300000\n", cpu__cfs_period_us="100000\n")
    unlimited = group(tmp_path / "unlimited", cpu__cfs_quota_us="-1\n", cpu__cfs_period_us="100000\n")
    broken = group(tmp_path / "broken", cpu__max="viel\n")
    assert _threads._quota([two, half]) == 0.5
    assert _threads._quota([old, free, unlimited, broken, tmp_path / "none"]) == 3.0
    assert _threads._quota([free, unlimited]) == float("inf")


@pytest.mark.parametrize(("quota", "threads"), [(0.5, 1), (1.5, 1), (3.0, 3), (float("inf"), 8)])
def test_no_more_threads_than_the_quota_allows(monkeypatch: pytest.MonkeyPatch, quota: float, threads: int) -> None:
    machine(monkeypatch, processors=8, cores=8)
    monkeypatch.setattr(_threads, "_quota", lambda _: quota)
    assert _threads.threads(None, waits_asleep=True) == threads
    assert _threads.threads(64, waits_asleep=True) == threads
    assert _threads.threads(1, waits_asleep=True) == 1


def test_two_threads_of_one_core_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, processors=8, cores=4)
    assert _threads.threads(None, waits_asleep=True) == 4
    assert _threads.threads(6, waits_asleep=True) == 6


@pytest.mark.parametrize(("load", "threads"), [(0.0, 7), (0.6, 7), (3.2, 5), (7.0, 1), (40.0, 1)])
def test_threads_that_spin_leave_busy_processors_alone(
    monkeypatch: pytest.MonkeyPatch, load: float, threads: int
) -> None:
    machine(monkeypatch, processors=8, cores=8, load=load)
    assert _threads.threads(None, waits_asleep=False) == threads
    assert _threads.threads(None, waits_asleep=True) == 8
    assert _threads.threads(2, waits_asleep=False) == 2


def test_one_processor_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, processors=1, cores=1, load=3.0)
    assert _threads.threads(None, waits_asleep=False) == 1


def machine(monkeypatch: pytest.MonkeyPatch, *, processors: int, cores: int, load: float = 0.0) -> None:
    """Another machine than this, without limits."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)), raising=False)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, load, load), raising=False)
    monkeypatch.setattr("psutil.cpu_count", lambda logical: cores)
    monkeypatch.setattr(_threads, "_groups", list)


WAITING = """
import os
{before}
from workbench.engines.embedded._llama_server import library
before = dict(os.environ)
asleep = library()[1]
assert dict(os.environ) == before, "the environment is as it was"
print(asleep)
"""


@linux
@pytest.mark.parametrize(
    ("before", "environment", "asleep"),
    [
        ("", {}, True),
        ("import ctypes; ctypes.CDLL('libgomp.so.1')", {}, False),
        ("", {"GOMP_SPINCOUNT": "300000"}, False),
        ("", {"OMP_WAIT_POLICY": "ACTIVE"}, False),
        ("", {"OMP_WAIT_POLICY": "passive"}, True),
    ],
)
def test_who_decides_how_threads_wait(before: str, environment: dict[str, str], asleep: bool) -> None:
    """The user's own settings count, and a library that is there already keeps its own."""
    own = {name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    assert output(WAITING.format(before=before), own | environment) == f"{asleep}\n"


AT_ONCE = """
import asyncio
import workbench as wb
async def both():
    return await asyncio.gather(*(wb.model().ask("Wo?", max_tokens=1) for _ in range(8)))
print(len(asyncio.run(both())))
"""


def test_first_requests_at_once_load_the_library_once() -> None:
    assert output(AT_ONCE, dict(os.environ)) == "8\n"


ASKED = """
import asyncio, os
import workbench as wb
asyncio.run(wb.model().ask("Wo?", max_tokens=24))
count = 0
for one in os.listdir("/proc/self/task"):
    try:
        with open(f"/proc/self/task/{one}/stat") as opened:
            stat = opened.read().rpartition(")")[2].split()
    except OSError:  # a thread may end meanwhile
        continue
    count += int(stat[11]) >= 5  # proc(5): hundredths of a second at work
print(count)
"""


@linux
@pytest.mark.skipif(_threads.processors() < 2, reason="takes two processors")
def test_the_engine_takes_as_many_threads_as_it_is_told() -> None:
    one, two = (output(ASKED, os.environ | {"WORKBENCH_THREADS": count}) for count in ("1", "2"))
    assert int(two) - int(one) == 1


def output(code: str, environment: dict[str, str]) -> str:
    """What a fresh process prints."""
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
