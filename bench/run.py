"""Measure clients side by side against a server with no delay, and keep the newest table in `bench/README.md`.

`python bench/run.py [--quick]`. The clients run one after the other, each in a process of its own, round by round; the
table gives the median of the rounds, and of their ratios to bare aiohttp within the same round.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from serving import serving

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- the newest table begins -->", "<!-- the newest table ends -->"
TOKENS = (64, 256)
ROUNDS = 5
QUICK_SHARE = 0.1
MOST_S = 600


@dataclass(frozen=True)
class Client:
    """A client to be measured.

    Attributes:
        script: Its file in `bench/clients/`.
        shown: Its name in the table.
        replies: How many replies of 64 tokens it is asked for, so that each client takes some seconds.
        packages: What of it has a version worth telling.
        lock: Name of the lock of its environment, as not all peers take the same packages; None runs it in ours.
    """

    script: str
    shown: str
    replies: int
    packages: tuple[str, ...] = ()
    lock: str | None = "requirements"

    @property
    def python(self) -> Path:
        """The Python that runs it."""
        return environment(self.lock) / "bin" / "python" if self.lock else Path(sys.executable)


def environment(lock: str) -> Path:
    """Where the packages of a lock are installed."""
    return HERE.parent / (".venv-bench" if lock == "requirements" else f".venv-bench-{lock}")


YARDSTICK = Client("bare_aiohttp", "bare aiohttp, whole buffer, orjson", 6000, ("aiohttp", "orjson"))
OURS = Client(
    "workbench_compare", "Workbench, `wb.compare`", 6000, ("model-workbench", "aiohttp", "msgspec"), lock=None
)
CLIENTS = (
    Client("raw_sockets", "*raw sockets, nothing decoded: what the server gives*", 40_000),
    YARDSTICK,
    OURS,
    Client("openai_documented", "`openai` as documented", 256, ("openai",)),
    Client("inspect_ai_model", "inspect_ai, model API", 128, ("inspect-ai",)),
    Client("litellm_completion", "LiteLLM as documented", 64, ("litellm",), lock="litellm"),
)


def install(lock: str) -> None:
    """Make the environment of a lock, if the lock has changed since."""
    file, folder = HERE / f"{lock}.lock", environment(lock)
    stamp = folder / hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    if stamp.exists():
        return
    venv.create(folder, with_pip=True, clear=True)
    command = ["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", str(file)]
    subprocess.run([folder / "bin" / "python", *command], check=True)
    stamp.touch()


def measure(client: Client, address: str, tokens: int, replies: int) -> dict[str, float]:
    """Replies per second and peak memory of one client; raises if it did not get whole replies."""
    script = HERE / "clients" / f"{client.script}.py"
    done = subprocess.run(
        [client.python, script, address, f"tokens-{tokens}", str(replies)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=MOST_S,
    )
    figures = json.loads(done.stdout.splitlines()[-1])
    if figures["tokens"] != tokens * replies:
        raise SystemExit(f"{client.script} received {figures['tokens']} tokens instead of {tokens * replies}")
    return {
        "rate": replies / figures["seconds"],
        "cpu_ms": 1000 * figures["cpu_seconds"] / replies,
        "peak_mib": figures["peak_mib"],
    }


def table(tokens: int, rounds: list[dict[str, dict[str, float]]]) -> str:
    """The figures of some rounds as a Markdown table."""
    rows = [
        f"| replies of {tokens} tokens | replies/s, median (least to most) | beside bare aiohttp "
        "| Workbench beside it | CPU per reply, ms "
        "| peak memory, MiB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for client in CLIENTS:
        rates = [one[client.script]["rate"] for one in rounds]
        beside_bare = statistics.median(one[client.script]["rate"] / one[YARDSTICK.script]["rate"] for one in rounds)
        ours_beside = statistics.median(one[OURS.script]["rate"] / one[client.script]["rate"] for one in rounds)
        cpu = statistics.median(one[client.script]["cpu_ms"] for one in rounds)
        peak = max(one[client.script]["peak_mib"] for one in rounds)
        spread = f"{statistics.median(rates):,.0f} ({min(rates):,.0f} to {max(rates):,.0f})"
        rows.append(f"| {client.shown} | {spread} | {beside_bare:.3f} | {ours_beside:.2f} | {cpu:,.2f} | {peak:,.0f} |")
    return "\n".join(rows)


def machine() -> str:
    """What was measured on, and with what."""
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text().splitlines() if listed.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cpu = named[0] if named else platform.machine()
    return (
        f"Measured on {datetime.datetime.now(datetime.UTC).date()}: {cpu}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, load before it began {os.getloadavg()[0]:.1f}. Versions: {versions()}."
    )


def versions() -> str:
    """The packages that each client runs on, read in its own environment."""
    command = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    told = []
    for client in (client for client in CLIENTS if client.packages):
        done = subprocess.run(
            [client.python, "-c", command, *client.packages], stdout=subprocess.PIPE, text=True, check=True
        )
        numbers = done.stdout.split()
        told.append(", ".join(f"{name} {number}" for name, number in zip(client.packages, numbers, strict=True)))
    return "; ".join(told)


def measured(address: str, tokens: int, *, quick: bool) -> list[dict[str, dict[str, float]]]:
    """The figures of all clients, by script, round by round."""
    share = 64 / tokens * (QUICK_SHARE if quick else 1)
    return [
        {client.script: measure(client, address, tokens, max(16, round(client.replies * share))) for client in CLIENTS}
        for _ in range(1 if quick else ROUNDS)
    ]


def main() -> None:
    """Measure, print, and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round of short replies, which is not kept")
    quick = parser.parse_args().quick
    for lock in sorted({client.lock for client in CLIENTS if client.lock}):
        install(lock)
    measured_on = machine()
    with serving("server.py") as address:
        tables = [table(tokens, measured(address, tokens, quick=quick)) for tokens in (TOKENS[:1] if quick else TOKENS)]
    text = "\n\n".join([measured_on, *tables])
    print(text)
    if not quick:
        readme = HERE / "README.md"
        before, _, rest = readme.read_text().partition(BEGIN)
        readme.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
