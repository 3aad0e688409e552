"""What recording costs, and how fast a recording plays: streamed replies/s beside the same without, in pairs.

`.venv/bin/python bench/cassette.py` compares 500 cells against the server with no delay (`server.py`), in many rounds,
of which each asks once as it is, once while everything is recorded, and once plays that, in a drawn order of the first
two, in the same process. What counts is the median over the rounds of the ratios within one round; rounds are short, so
that what else the machine does disturbs both sides of a ratio alike. On a machine whose speed changes from second to
second the median still moves by ten hundredths: so the quickest round of each side is told too, as other work only ever
takes time, and never gives any. With `--embedded`
the packaged model answers, a few tokens a cell: that is a live rate as a machine without a GPU has it.

`--instructions` counts what the processor is told to do for a reply, instead of how long it takes: valgrind counts that
while few and while many cells are asked, as it is and recorded, and the difference is what the further cells took. It
is slow, knows nothing of the time that the system needs to write, and moves by one or two hundredths only, whatever
else the machine does. What a cassette is packed for when it is ejected is counted apart, as by then all is answered.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from time import perf_counter, process_time

from serving import serving

import workbench as wb
from workbench.engines import undisturbed

CELLS, TOKENS = 500, 64
FEW, MANY, IN_FLIGHT = 100, 1100, 16  # a number found while they are asked would differ each time
COUNTED = ("live", "record", "record and eject")


async def compared(
    asked: wb.Model, cells: int, cassette: object, concurrency: int | None = None
) -> tuple[float, float]:
    """Cells per second, and seconds of the processor for a cell."""
    with cassette or nullcontext():  # type: ignore[attr-defined]
        start, start_cpu = perf_counter(), process_time()
        run = await wb.compare([f"Was ist {number}?" for number in range(cells)], [asked], concurrency=concurrency)
        seconds, processor = perf_counter() - start, process_time() - start_cpu
    if run.counts["answered"] != cells:
        raise AssertionError(str(run))
    return cells / seconds, processor / cells


async def measured(asked: wb.Model, cells: int, rounds: int) -> None:
    await compared(asked, cells, None)
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, list[float]] = {"record": [], "processor": [], "replay": []}
        best: dict[str, tuple[float, float]] = {}
        for number in range(rounds):
            path, seen = Path(folder) / str(number), {}
            for mode in random.sample(["live", "record"], 2):
                tape = wb.cassette(path, mode="record") if mode == "record" else None
                rate, processor = seen[mode] = await compared(asked, cells, tape)
                most, least = best.get(mode, seen[mode])
                best[mode] = max(most, rate), min(least, processor)
            seen["replay"] = await compared(asked, cells, wb.cassette(path, mode="replay", speed="instant"))
            found["record"].append(seen["record"][0] / seen["live"][0] - 1)
            found["processor"].append(seen["record"][1] / seen["live"][1] - 1)
            found["replay"].append(seen["replay"][0] / seen["live"][0])
            size = path.with_suffix(".cassette").stat().st_size
            print(
                f"round {number + 1}: {seen['live'][0]:,.0f} cells/s as it is, {seen['record'][0]:,.0f} recorded, "
                f"{seen['replay'][0]:,.0f} played; {size / cells:,.0f} bytes a cell",
                flush=True,
            )
    middle = {name: statistics.median(values) for name, values in found.items()}
    print(
        f"recording: {100 * middle['record']:+.1f} % cells/s, {100 * middle['processor']:+.1f} % processor time; "
        f"playing: {middle['replay']:.1f} times the live rate"
    )
    rates, processors = zip(best["live"], best["record"], strict=True)
    print(
        f"quickest rounds: {100 * (rates[1] / rates[0] - 1):+.1f} % cells/s, "
        f"{100 * (processors[1] / processors[0] - 1):+.1f} % processor time"
    )


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
    await compared(asked, 5, None, IN_FLIGHT)
    tape = None if way == "live" else wb.cassette(Path("counted"), mode="record")
    await compared(asked, cells, None, IN_FLIGHT)
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
    with undisturbed(), serving("server.py") as address:
        if given.instructions:
            instructions(address)
            return
        wb.connect("bench", address, kind="openai")
        if given.embedded:
            asyncio.run(measured(wb.model("embedded", max_tokens=16), 60, given.rounds))
        else:
            asyncio.run(measured(wb.model(f"bench/tokens-{TOKENS}"), CELLS, given.rounds))


if __name__ == "__main__":
    main()
