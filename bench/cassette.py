"""What recording costs, and how fast a recording plays: streamed replies/s beside the same without, in pairs.

`.venv/bin/python bench/cassette.py` compares 500 cells against the server with no delay (`server.py`), 64 at once, in
many rounds. Each round asks four times in the same process: as it is, twice while everything is recorded, and as it is
again, or the other way round, so that a machine that becomes slower or faster does so for both alike; then it plays
what was recorded. What counts is the median over the rounds of the ratios within one round, with an interval. With
`--embedded` the packaged model answers, a few tokens a cell: that is a live rate as a machine without a GPU has it.

`--instructions` counts what the processor is told to do for a reply, instead of how long it takes: valgrind counts that
while few and while many cells are asked, as it is and recorded, and the difference is what the further cells took. It
is slow, and moves by one or two hundredths only, whatever else the machine does. But it knows nothing of what the
system does to write, nor of what waits for memory, and so tells less than the time does. What a cassette is packed for
when it is ejected is counted apart, as by then all is answered.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, chdir, nullcontext
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

from serving import serving

import workbench as wb
from workbench.engines import undisturbed

CELLS, TOKENS = 500, 64
IN_FLIGHT = 64  # a number found while they are asked would differ each time
FEW, MANY, FEW_IN_FLIGHT = 100, 1100, 16
COUNTED = ("live", "record", "record and eject")


class Times(NamedTuple):
    """Seconds that something took, and of those of the processor."""

    seconds: float
    processor: float


async def compared(
    asked: wb.Model, cells: int, cassette: AbstractContextManager[Any] | None, concurrency: int
) -> Times:
    """What it took to ask so many cells, until the last answer."""
    gc.collect()
    with cassette or nullcontext():
        start, start_cpu = perf_counter(), process_time()
        run = await wb.compare([f"Was ist {number}?" for number in range(cells)], [asked], concurrency=concurrency)
        times = Times(perf_counter() - start, process_time() - start_cpu)
    if run.counts["answered"] != cells:
        raise AssertionError(str(run))
    return times


async def measured(asked: wb.Model, cells: int, rounds: int, concurrency: int) -> None:
    await compared(asked, cells, None, concurrency)
    found: dict[str, list[float]] = {"record": [], "processor": [], "replay": []}
    for number in range(rounds):
        live, recorded = [], []
        for is_recorded in random.choice([(False, True, True, False), (True, False, False, True)]):
            if is_recorded:
                path = Path(f"{number} {len(recorded)}")
                tape = wb.cassette(path, mode="record")
                recorded.append(await compared(asked, cells, tape, concurrency))
            else:
                live.append(await compared(asked, cells, None, concurrency))
        player = wb.cassette(path, mode="replay", speed="instant")
        played = await compared(asked, cells, player, concurrency)
        live_s, recorded_s = (sum(one.seconds for one in times) for times in (live, recorded))
        found["record"].append(live_s / recorded_s)
        found["processor"].append(sum(one.processor for one in recorded) / sum(one.processor for one in live))
        found["replay"].append(live_s / 2 / played.seconds)
        size = path.with_suffix(".cassette").stat().st_size
        print(
            f"round {number + 1}: {2 * cells / live_s:,.0f} cells/s as it is, {2 * cells / recorded_s:,.0f} recorded, "
            f"{cells / played.seconds:,.0f} played; {size / cells:,.0f} bytes a cell",
            flush=True,
        )
    print(f"recording: {share(found['record'])} cells/s, {share(found['processor'])} processor time")
    print(f"playing: {statistics.median(found['replay']):.1f} times the live rate")


def share(ratios: list[float]) -> str:
    """The median of ratios as a change in percent, with its interval of 95 % by drawing the rounds anew."""
    medians = sorted(statistics.median(random.choices(ratios, k=len(ratios))) for _ in range(2000))
    middle, low, high = (100 * (one - 1) for one in (statistics.median(ratios), medians[49], medians[1949]))
    return f"{middle:+.1f} % ({low:+.1f} to {high:+.1f})"


def instructions(address: str) -> None:
    """Print how many instructions a reply takes in each way."""
    jobs = [(way, cells) for cells in (FEW, MANY) for way in COUNTED]
    with ThreadPoolExecutor(2) as several:
        counts = dict(zip(jobs, several.map(lambda job: counted(address, *job), jobs), strict=True))
    each = {way: (counts[way, MANY] - counts[way, FEW]) / (MANY - FEW) for way in COUNTED}
    for way, count in each.items():
        print(f"{way}: {count / 1e6:.3f} million instructions a reply, {100 * (count / each['live'] - 1):+.1f} %")


def counted(address: str, way: str, cells: int) -> int:
    """The instructions of a process that asks so many cells and ends."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={folder}/counts"]
        command += [sys.executable, __file__, "--ask", address, way, str(cells)]
        surroundings = os.environ | {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=True)
    found = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    assert found is not None
    return int(found[1].replace(",", ""))


async def ask_and_end(address: str, way: str, cells: int) -> None:
    wb.connect("bench", address, kind="openai")
    asked = wb.model(f"bench/tokens-{TOKENS}")
    await compared(asked, 5, None, FEW_IN_FLIGHT)
    tape = None if way == "live" else wb.cassette(Path("counted"), mode="record")
    await compared(asked, cells, None, FEW_IN_FLIGHT)
    if tape is not None and way == "record and eject":
        tape.eject()
    os._exit(0)  # what is tidied up at the end of a process is part of no way


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--embedded", action="store_true", help="ask the packaged model, 60 cells")
    parser.add_argument("--instructions", action="store_true", help="count instructions with valgrind, some minutes")
    parser.add_argument("--ask", nargs=3, metavar=("ADDRESS", "WAY", "CELLS"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.ask:
        address, way, cells = given.ask
        asyncio.run(ask_and_end(address, way, int(cells)))
        return
    with undisturbed(), serving("server.py") as address, tempfile.TemporaryDirectory() as folder, chdir(folder):
        if given.instructions:
            instructions(address)
            return
        wb.connect("bench", address, kind="openai")
        if given.embedded:
            asyncio.run(measured(wb.model("embedded", max_tokens=16), 60, given.rounds, 4))
        else:
            asyncio.run(measured(wb.model(f"bench/tokens-{TOKENS}"), CELLS, given.rounds, IN_FLIGHT))


if __name__ == "__main__":
    main()
