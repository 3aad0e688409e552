"""Kernels that are killed, run side by side, or find the disk full: nothing answered is lost or asked twice."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from slow_server import SlowServer, slow_server

from workbench.comparison import open_run, runs


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


CHILD = """
import asyncio, sys
import workbench as wb
from workbench.comparison import Comparison, make_plan
wb.connect("slow", sys.argv[1] + "/v1")
plan = make_plan([f"Amt {number}" for number in range(int(sys.argv[2]))], "slow/m", max_tokens=4)
run = asyncio.run(Comparison(plan, concurrency=int(sys.argv[3]), name="killed").run())
print(run.summary, run.frame["answer"].nunique())
"""


@pytest.fixture
def slow() -> Iterator[SlowServer]:
    with slow_server(0.05) as server:
        yield server


def child(server: SlowServer, cells: int, flying: int = 4) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(CHILD), server.address, str(cells), str(flying)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.parametrize(("cells", "flying", "seconds"), [(160, 4, 0.05), (1600, 16, 0.0)])
def test_a_killed_kernel_loses_no_answer_and_asks_none_twice(
    slow: SlowServer, cells: int, flying: int, seconds: float
) -> None:
    import random

    kills, slow.seconds = 20, seconds
    drawn = random.Random(4)
    for _ in range(kills):
        process = child(slow, cells, flying)
        before = len(slow.texts)
        wanted = before + drawn.randint(1, cells // kills)
        while len(slow.texts) < wanted and process.poll() is None:
            asyncio.run(asyncio.sleep(0.002))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    last = child(slow, cells, flying)
    out, _ = last.communicate(timeout=60)
    assert out.split("\n")[0] == f"{cells} of {cells} answered {cells}", out
    texts = [text for text in slow.texts if text != "Hallo"]
    assert set(texts) == {f"Amt {number}" for number in range(cells)}
    assert len(texts) <= cells + kills * flying


def test_two_kernels_ask_each_cell_once(slow: SlowServer) -> None:
    both = [child(slow, 40), child(slow, 40)]
    for process in both:
        out, _ = process.communicate(timeout=60)
        assert out.startswith("40 of 40 answered 40"), out
    assert sorted(text for text in slow.texts if text != "Hallo") == sorted(f"Amt {n}" for n in range(40))


FULL = """
import asyncio, resource, signal
from scripted_model import replied, scripted
from workbench.comparison import Comparison, make_plan
from workbench.errors import JournalError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))  # as a full disk, files can grow no further

async def long(request):
    await asyncio.sleep(0.005)
    yield replied("Amt " * 2000)

try:
    asyncio.run(Comparison(make_plan([f"p{n}" for n in range(200)], scripted("x/a", long)), name="full").run())
except JournalError as error:
    print(type(error).__name__, "|", error, "|", error.run.counts["answered"], len(error.run.results[0].reply.text))
"""


def test_a_full_disk_is_told_and_loses_nothing() -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", FULL], capture_output=True, text=True, timeout=60, check=False, env=environment
    )
    name, said, counts = done.stdout.strip().split(" | ")
    assert name == "JournalError", done.stdout + done.stderr
    assert "the same call goes on where it stopped" in said
    answered, length = map(int, counts.split())
    assert answered >= 1
    assert length == 8000
    assert open_run("full").counts["answered"] >= 1


KERNEL = """
import asyncio, sys
import workbench as wb
wb.connect("slow", sys.argv[1] + "/v1")
run = asyncio.run(wb.compare([f"Amt {number}" for number in range(40)], "slow/m", max_tokens=4, **eval(sys.argv[2])))
print(run.summary)
"""


def kernel(server: SlowServer, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", KERNEL, server.address, repr({"concurrency": 2} | options)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGHUP])
def test_a_kernel_that_ends_keeps_what_is_answered_and_its_name_goes_on(
    slow: SlowServer, ending: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORKBENCH_JOURNAL")
    slow.seconds, texts = 0.02, slow.texts
    process = kernel(slow)
    while len(texts) < 15 and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(ending)
    process.communicate()
    listed = runs().iloc[0]
    assert not listed["named"]
    assert listed["answered"] >= 10
    out, _ = kernel(slow, name=listed["name"]).communicate(timeout=60)
    assert out == "40 of 40 answered\n"
    asked = [text for text in texts if text != "Hallo"]
    assert set(asked) == {f"Amt {number}" for number in range(40)}
    assert len(asked) <= 40 + 2
