"""How fast the embedded engine answers beside other work, with its own choice of threads and with llama.cpp's.

`.venv/bin/python bench/embedded_busy.py` measures alone, beside one busy process, beside three, and, where
`make servers` has left model servers running, beside two of those that answer all the while. In each round every
variant is measured once in every situation, one after the other in a drawn order, each in a process of its own that
has been warmed up. It takes a quiet machine: on a busy one nothing is "alone". `--quick` only tries it out.

The variants: `default` is what Workbench chooses, `spinning` what llama.cpp does by itself (a thread for each core,
which waits by spinning: OpenMP's own GOMP_SPINCOUNT), `asleep` a thread for each core that soon falls asleep where it
waits, `one` a single thread. `--spins 100,1000` adds variants whose threads spin so often before they fall asleep.
What Workbench chooses follows the machine within a few seconds, so each variant is asked little for so long first.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

TOKENS = 64
LIMIT_S = 100
SETTLING_S = 4.5
SERVERS = Path(".servers/servers.json")
BUSY = "while True: pass"
PROMPT = "Erzähle etwas über Bonn und den Rhein."
CORES = str(os.cpu_count())
SPINNING = {"GOMP_SPINCOUNT": "300000", "WORKBENCH_THREADS": CORES}

Measured = dict[str, float | None]


@dataclass(frozen=True)
class Variant:
    """A way of waiting and a number of threads, as environment variables."""

    name: str
    environment: dict[str, str]


class Asker:
    """A process with an engine of its own, which measures when it is told to."""

    def __init__(self, variant: Variant) -> None:
        self.name = variant.name
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--ask"],
            env=os.environ | variant.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, at_once: int) -> Measured:
        """How fast so many answers come."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{at_once}\n")
        self._process.stdin.flush()
        found: Measured = json.loads(self._process.stdout.readline())
        return found

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


def serve() -> None:
    """In a process of its own: an answer for each line, which says how many requests are in flight."""
    import workbench as wb

    model = wb.model()

    async def one() -> tuple[int, float]:
        start, first, pieces = perf_counter(), 0.0, 0
        async for piece in model.stream(PROMPT, temperature=0, max_tokens=TOKENS, stop_repeats=False):
            first = first or perf_counter() - start
            if piece.reply is not None:
                pieces = piece.reply.usage.completion_tokens or 0
        return pieces, first

    async def several(count: int) -> Measured:
        settled = perf_counter() + SETTLING_S
        while perf_counter() < settled:
            await model.ask(PROMPT, max_tokens=1)
            await asyncio.sleep(0.5)
        start = perf_counter()
        try:
            async with asyncio.timeout(LIMIT_S):
                found = await asyncio.gather(*(one() for _ in range(count)))
        except TimeoutError:
            return {"tokens_per_s": 0.0, "first_s": None}
        total = perf_counter() - start
        return {"tokens_per_s": sum(tokens for tokens, _ in found) / total, "first_s": max(at for _, at in found)}

    for line in sys.stdin:
        print(json.dumps(asyncio.run(several(int(line)))), flush=True)


@contextmanager
def nothing() -> Iterator[None]:
    yield


@contextmanager
def busy(count: int) -> Iterator[None]:
    """So many processes that do nothing but compute."""
    processes = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


@contextmanager
def servers() -> Iterator[None]:
    """Two model servers that answer one question after the other, each by llama.cpp or vLLM, with threads that spin."""
    process = subprocess.Popen([sys.executable, __file__, "--servers"])
    try:
        yield
        if process.poll() is not None:
            sys.exit("the model servers do not answer: run `make servers` first, or remove .servers")
    finally:
        process.kill()
        process.wait()


def ask_servers() -> None:
    """In a process of its own: keep two model servers of this machine at work for ever."""
    import workbench as wb
    from workbench.errors import StreamCutError

    found = json.loads(SERVERS.read_text())
    wb.connect("one", found["current-ollama"]["url"], kind="ollama")
    os.environ["BENCH_KEY"] = found["vllm"].get("key", "")
    wb.connect("two", found["vllm"]["url"], key="env:BENCH_KEY")

    async def for_ever(model: Any) -> None:
        while True:
            with suppress(StreamCutError):
                await model.ask(PROMPT, max_tokens=256, temperature=1)

    async def both() -> None:
        await asyncio.gather(*(for_ever(wb.model(name)) for name in ("one", "two")))

    asyncio.run(both())


def measured(askers: Sequence[Asker], rounds: int) -> Iterator[dict[str, Any]]:
    """Every measurement, as it is made."""
    situations: dict[str, Any] = {"alone": nothing, "one busy": lambda: busy(1), "three busy": lambda: busy(3)}
    if SERVERS.is_file():
        situations["two model servers"] = servers
    for number in range(rounds):
        for situation, beside in situations.items():
            order = random.sample(askers, len(askers))
            for asker in order:
                for at_once in (1, 4):
                    with beside():
                        found = asker.ask(at_once)
                    yield {"round": number, "situation": situation, "variant": asker.name, "at_once": at_once} | found


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Medians over the rounds, with the least and the most."""
    lines = ["| beside | at once | variant | tokens/s, median (least to most) | first token, s, median (most) |"]
    lines.append("|---|---:|---|---:|---:|")
    groups: dict[tuple[str, int, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["situation"], row["at_once"], row["variant"]), []).append(row)
    for (situation, at_once, variant), found in groups.items():
        speeds = [row["tokens_per_s"] for row in found]
        firsts = [row["first_s"] for row in found if row["first_s"] is not None]
        waits = f"{statistics.median(firsts):.2f} ({max(firsts):.2f})" if firsts else f"none within {LIMIT_S}"
        speed = f"{statistics.median(speeds):.0f} ({min(speeds):.0f} to {max(speeds):.0f})"
        lines.append(f"| {situation} | {at_once} | {variant} | {speed} | {waits} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--spins", default="", help="further variants, by how often their threads spin")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--ask", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--servers", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.ask:
        serve()
    elif given.servers:
        ask_servers()
    else:
        compare(1 if given.quick else given.rounds, list(filter(None, given.spins.split(","))))


def compare(rounds: int, spins: Sequence[str]) -> None:
    """Measure all variants and print the table."""
    variants = [Variant("default", {}), Variant("spinning", SPINNING)]
    variants += [Variant("asleep", {"WORKBENCH_THREADS": CORES}), Variant("one", {"WORKBENCH_THREADS": "1"})]
    variants += [Variant(f"{count} spins", SPINNING | {"GOMP_SPINCOUNT": count}) for count in spins]
    rows = []
    with ExitStack() as stack:
        askers = [Asker(variant) for variant in variants]
        for asker in askers:
            stack.callback(asker.close)
            asker.ask(1)
        for row in measured(askers, rounds):
            rows.append(row)
            print(json.dumps(row), file=sys.stderr, flush=True)
    print(f"{os.cpu_count()} cores, load now {os.getloadavg()[0]:.1f}, answers of {TOKENS} tokens\n\n{table(rows)}")


if __name__ == "__main__":
    main()
