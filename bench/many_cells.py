"""How much memory a comparison of many cells takes, and how long it takes to go on with one that is finished.

`.venv/bin/python bench/many_cells.py [CELLS]` asks a function that answers at once, 10,000 times and then CELLS times
(100,000), each in a process of its own and with a journal, and prints memory, speed, and the seconds of a second call
of the same, which asks nothing. The function is not a model server: what is measured is the comparison.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

FEW, MANY = 10_000, 100_000


async def _asked(count: int) -> dict[str, float]:
    from workbench.comparison import Comparison, make_plan

    calls = 0

    async def answer(prompt: str) -> str:
        nonlocal calls
        calls += 1
        return f"Antwort auf {prompt}"

    prompts = [f"Welches Amt ist für Fall {number} zuständig?" for number in range(count)]
    begun = perf_counter()
    run = await Comparison(make_plan(prompts, answer), name="many").run()
    found = {"answered": run.counts["answered"], "seconds": perf_counter() - begun, "calls": calls}
    return found | {"memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _in_a_process(count: int, folder: str) -> dict[str, float]:
    command = [sys.executable, str(Path(__file__).resolve()), "--ask", str(count)]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure and print."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    for count in (FEW, many):
        with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder:
            first, again = _in_a_process(count, folder), _in_a_process(count, folder)
        print(
            f"{count} cells: {first['answered']:.0f} answered in {first['seconds']:.1f} s, peak memory "
            f"{first['memory_mib']:.0f} MiB; the same call again: {again['seconds']:.1f} s, "
            f"{again['calls']:.0f} asked, peak memory {again['memory_mib']:.0f} MiB",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--ask"]:
        print(json.dumps(asyncio.run(_asked(int(sys.argv[2])))))
    else:
        main()
