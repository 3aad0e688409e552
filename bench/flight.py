"""How well a comparison finds by itself how many requests to keep in flight, beside fixed numbers and vLLM's client.

`.venv/bin/python bench/flight.py MODEL LEVELS` asks a running server, for instance `embedded 1,2,4,8`. `openai/NAME`
and `ollama/NAME` are looked for where OPENAI_BASE_URL and OLLAMA_HOST say. In each round every fixed level is measured
once and the comparison that knows none once, one after the other in a drawn order. With `--vllm-bench PYTHON
--tokenizer FOLDER`, `PYTHON` being one that has vLLM, the levels are measured by `vllm bench serve` instead of by
Workbench.

Every measurement asks other prompts of the same kind, so that no cache helps the later ones. What is compared is the
tokens per second of a round, found by itself beside the best fixed level of that round.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import workbench as wb
from workbench.comparison import Comparison, make_plan

WORDS = (
    "Amt Bescheid Antrag Frist Gebühr Auskunft Formular Termin Ausweis Wohnsitz Meldung Steuer Rente Kindergeld "
    "Bauantrag Gewerbe"
)
WORDS_EACH = 20
# The command `vllm bench serve` itself; where vLLM for processors is installed, its console program is not.
VLLM_BENCH = (
    "import argparse; from vllm.benchmarks.serve import add_cli_args, main; "
    "parser = argparse.ArgumentParser(); add_cli_args(parser); main(parser.parse_args())"
)


@dataclass(frozen=True)
class Task:
    """What is asked in one measurement.

    Attributes:
        model: The model as `wb.model` takes it.
        prompts: How many prompts.
        tokens: The most tokens of an answer.
    """

    model: str
    prompts: int
    tokens: int

    def texts(self, seed: int) -> list[str]:
        """Other prompts for each seed."""
        drawn = random.Random(seed)
        return [" ".join(drawn.choices(WORDS.split(), k=WORDS_EACH)) + "?" for _ in range(self.prompts)]


@dataclass(frozen=True)
class Measured:
    """Tokens per second, the median of the seconds to the first token, and the last number in flight."""

    rate: float
    first_token_s: float
    level: int


def by_workbench(task: Task, level: int | None, seed: int) -> Measured:
    """A comparison with so many requests in flight, or as many as it finds."""
    plan = make_plan(task.texts(seed), wb.model(task.model), max_tokens=task.tokens, temperature=0.0)
    begun = monotonic()
    run = asyncio.run(Comparison(plan, concurrency=level).run())
    seconds = monotonic() - begun
    frame = run.frame
    if frame["error"].notna().any():
        raise SystemExit(f"not all was answered: {run}")
    tokens = float(frame["tokens"].sum())
    return Measured(tokens / seconds, float(frame["first_token_s"].median()), max(run.in_flight.values()))


def by_vllm_bench(python: Path, tokenizer: Path) -> Callable[[Task, int | None, int], Measured]:
    """What measures a level with vLLM's own client."""

    def measure(task: Task, level: int | None, seed: int) -> Measured:
        with tempfile.TemporaryDirectory() as folder:
            asked, told = Path(folder, "asked.json"), Path(folder, "told.json")
            turns = [[{"value": text}, {"value": "not used"}] for text in task.texts(seed)]
            asked.write_text(json.dumps([{"conversations": each} for each in turns]))
            command = [python, "-c", VLLM_BENCH, "--backend", "openai-chat", "--endpoint", "/v1/chat/completions"]
            command += ["--base-url", os.environ["OPENAI_BASE_URL"].removesuffix("/v1"), "--model", tokenizer]
            command += ["--served-model-name", task.model.partition("/")[2], "--dataset-name", "sharegpt"]
            command += ["--dataset-path", asked, "--sharegpt-output-len", task.tokens]
            command += ["--num-prompts", task.prompts, "--max-concurrency", level, "--temperature", 0]
            command += ["--save-result", "--result-filename", told, "--disable-tqdm"]
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(done.stderr[-2000:])
            found = json.loads(told.read_text())
        if found["completed"] != task.prompts:
            raise SystemExit(f"vLLM's client got {found['completed']} of {task.prompts} answers")
        return Measured(found["output_throughput"], found["median_ttft_ms"] / 1000, level or 0)

    return measure


def arguments() -> argparse.Namespace:
    """What is wanted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("levels", type=lambda text: [int(each) for each in text.split(",")])
    parser.add_argument("--prompts", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--vllm-bench", type=Path)
    parser.add_argument("--tokenizer", type=Path)
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    wanted = arguments()
    task = Task(wanted.model, wanted.prompts, wanted.tokens)
    fixed = by_vllm_bench(wanted.vllm_bench, wanted.tokenizer) if wanted.vllm_bench else by_workbench
    by_workbench(Task(task.model, 4, 4), None, -1)  # loads the model
    beside, seed = [], 0
    for number in range(wanted.rounds):
        # Drawn anew each time, as a server that was just flooded is slower for the next.
        order = random.Random(number).sample([*wanted.levels, None], len(wanted.levels) + 1)
        rates = {}
        for level in order:
            found = (by_workbench if level is None else fixed)(task, level, seed)
            seed += 1
            rates[level] = found.rate
            shown = f"found by itself, {found.level} at last" if level is None else f"{level} in flight"
            print(
                f"round {number + 1}: {shown}: {found.rate:.1f} tokens/s, "
                f"first token after {found.first_token_s:.2f} s",
                flush=True,
            )
        beside.append(rates[None] / max(rates[level] for level in wanted.levels))
    told = ", ".join(f"{each:.3f}" for each in beside)
    print(f"found by itself beside the best of each round: {told}; median {statistics.median(beside):.3f}")


if __name__ == "__main__":
    main()
