"""Measure clients side by side against a server with no delay, and keep the newest table in `bench/README.md`.

`python bench/run.py [--quick]`. The clients run one after the other, each in a process of its own, round by round; the
table gives the median of the rounds, and the ratio to bare aiohttp within the same round.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import platform
import statistics
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = HERE.parent / ".venv-bench"
BEGIN, END = "<!-- the newest table begins -->", "<!-- the newest table ends -->"
TOKENS = (64, 256)


@dataclass(frozen=True)
class Client:
    """A client to be measured.

    Attributes:
        script: Its file in `bench/clients/`.
        shown: Its name in the table.
        replies: How many replies of 64 tokens it is asked for, so that each client takes some seconds.
        is_peer: Whether it runs in the peers' environment instead of the project's.
    """

    script: str
    shown: str
    replies: int
    is_peer: bool = False

    @property
    def python(self) -> Path:
        """The Python that runs it."""
        return PEERS / "bin" / "python" if self.is_peer else Path(sys.executable)


CLIENTS = (
    Client("bare_aiohttp", "bare aiohttp, whole buffer", 4000),
    Client("workbench_compare", "Workbench, `wb.compare`", 4000),
    Client("openai_documented", "`openai` as documented", 200),
    Client("inspect_ai_model", "inspect_ai, model API", 100, is_peer=True),
)


def peers() -> None:
    """Make the environment of the peers, if the lock has changed since."""
    lock = HERE / "requirements.lock"
    stamp = PEERS / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    if stamp.exists():
        return
    venv.create(PEERS, with_pip=True, clear=True)
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", str(lock)]
    subprocess.run([PEERS / "bin" / "python", *install], check=True)
    stamp.touch()


@contextmanager
def server() -> Iterator[str]:
    """The address of a running server with no delay."""
    process = subprocess.Popen([sys.executable, HERE / "server.py"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def measure(client: Client, address: str, tokens: int, replies: int) -> dict[str, float]:
    """Replies per second and peak memory of one client; raises if it did not get whole replies."""
    script = HERE / "clients" / f"{client.script}.py"
    done = subprocess.run(
        [client.python, script, address, f"tokens-{tokens}", str(replies)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures = json.loads(done.stdout.splitlines()[-1])
    if figures["tokens"] != tokens * replies:
        raise SystemExit(f"{client.script} received {figures['tokens']} tokens instead of {tokens * replies}")
    return {"rate": replies / figures["seconds"], "peak_mib": figures["peak_mib"]}


def table(tokens: int, rounds: list[dict[str, dict[str, float]]]) -> str:
    """The figures of some rounds as a Markdown table."""
    rows = [
        f"| replies of {tokens} tokens | replies/s, median (least to most) | beside bare aiohttp | peak memory, MiB |",
        "|---|---:|---:|---:|",
    ]
    for client in CLIENTS:
        rates = [one[client.script]["rate"] for one in rounds]
        ratio = statistics.median(one[client.script]["rate"] / one[CLIENTS[0].script]["rate"] for one in rounds)
        peak = max(one[client.script]["peak_mib"] for one in rounds)
        spread = f"{statistics.median(rates):,.0f} ({min(rates):,.0f} to {max(rates):,.0f})"
        rows.append(f"| {client.shown} | {spread} | {ratio:.3f} | {peak:,.0f} |")
    return "\n".join(rows)


def machine() -> str:
    """What was measured on, and with what."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    cores = len(Path("/proc/cpuinfo").read_text().split("processor\t")) - 1
    names = {"aiohttp": version("aiohttp"), "msgspec": version("msgspec"), "openai": version("openai")}
    command = "from importlib.metadata import version; print(version('inspect-ai'))"
    found = subprocess.run([PEERS / "bin" / "python", "-c", command], stdout=subprocess.PIPE, text=True, check=True)
    names["inspect-ai"] = found.stdout.strip()
    versions = ", ".join(f"{name} {number}" for name, number in names.items())
    return (
        f"Measured on {datetime.datetime.now(datetime.UTC).date()}: {cpu}, {cores} cores, "
        f"Python {platform.python_version()}, {versions}."
    )


def main() -> None:
    """Measure, print, and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, which is not kept")
    quick = parser.parse_args().quick
    peers()
    tables = []
    with server() as address:
        for tokens in TOKENS:
            rounds = []
            for _ in range(1 if quick else 3):
                share = 64 / tokens * (0.1 if quick else 1)
                rounds.append(
                    {c.script: measure(c, address, tokens, max(64, round(c.replies * share))) for c in CLIENTS}
                )
            tables.append(table(tokens, rounds))
    text = "\n\n".join([machine(), *tables])
    print(text)
    if not quick:
        readme = HERE / "README.md"
        before, _, rest = readme.read_text().partition(BEGIN)
        readme.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
