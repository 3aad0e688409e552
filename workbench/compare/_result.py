"""What a comparison found, as data and as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import pandas as pd

from workbench.compare._plan import Cell, Plan
from workbench.errors import UsageError, WorkbenchError
from workbench.messages import Reply

Status = Literal["answered", "failed", "stopped"]

_TYPES = {
    "prompt_id": "Int64",
    "prompt": "string",
    "model": "string",
    "repeat": "Int64",
    "answer": "string",
    "error": "string",
    "load_s": "Float64",
    "first_token_s": "Float64",
    "total_s": "Float64",
    "prompt_tokens": "Int64",
    "tokens": "Int64",
    "tokens_per_s": "Float64",
    "finish": "string",
    "warnings": "string",
}
SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one cell.

    Attributes:
        cell: The cell.
        reply: The answer; where `error` is set, what had come of it.
        error: Why there is no whole answer.
    """

    cell: Cell
    reply: Reply | None = None
    error: Exception | None = None

    @property
    def status(self) -> Status:
        """How it ended: "answered", "failed" or "stopped"."""
        if self.error is not None or self.reply is None:
            return "failed"
        return "stopped" if self.reply.finish == "cancelled" else "answered"

    @property
    def problem(self) -> str | None:
        """The error in one line; None where there is none."""
        if self.error is None:
            return None
        if isinstance(self.error, WorkbenchError):
            return str(self.error)
        return " ".join(f"{type(self.error).__name__}: {self.error}".split())


@dataclass(frozen=True, slots=True)
class Run:
    """A comparison that has ended.

    Attributes:
        plan: What was to be asked.
        results: What came of every cell that was asked, by the cell's index.
        stopped: Whether it was stopped before its end.
    """

    plan: Plan
    results: Mapping[int, Result] = field(repr=False)
    stopped: bool = False

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each prompt, model and repeat.

        Columns: `prompt_id` (from 0), `prompt`, `model` (the label), `repeat` (from 0), `answer`, `error` (in one
        line), `load_s`, `first_token_s`, `total_s` (seconds), `prompt_tokens`, `tokens` (of the answer),
        `tokens_per_s`, `finish`, `warnings`, then the columns of the table that the prompts came from (with
        `input_` before a name that is taken). What is not known is missing; a cell that was never asked has the
        finish "not asked".
        """
        rows = [self._row(cell) for cell in self.plan.cells()]
        frame = pd.DataFrame(rows, columns=list(_TYPES)).astype(_TYPES)
        for name, values in self.plan.columns.items():
            if name == "prompt" and list(values) == list(self.plan.prompts):
                continue
            frame[f"input_{name}" if name in _TYPES else name] = [values[number] for number in frame["prompt_id"]]
        return frame

    @property
    def table(self) -> pd.DataFrame:
        """Prompts down, models across, the answers as text; a failed cell says why.

        With repeats, every repeat has a row of its own.
        """
        labels = [candidate.label for candidate in self.plan.candidates]
        numbers = range(self.plan.repeats)
        rows = [
            [self.text(prompt, candidate, repeat) for candidate in range(len(labels))]
            for prompt in range(len(self.plan.prompts))
            for repeat in numbers
        ]
        prompts = [self.plan.prompt_text(prompt) for prompt in range(len(self.plan.prompts))]
        index: pd.Index[Any] = pd.Index(prompts, name="prompt")
        if self.plan.repeats > 1:
            index = pd.MultiIndex.from_product([prompts, numbers], names=["prompt", "repeat"])
        return pd.DataFrame(rows, index=index, columns=pd.Index(labels, name="model"), dtype="string")

    def text(self, prompt: int, candidate: int, repeat: int) -> str:
        """What a table shows for one cell: the answer, or in words why there is none."""
        result = self.result(prompt, candidate, repeat)
        if result is None:
            return "not asked"
        if result.problem is not None:
            return f"failed: {result.problem}"
        return result.reply.text if result.reply else ""

    def result(self, prompt: int, candidate: int, repeat: int) -> Result | None:
        """What came of one cell; None if it was not asked."""
        index = (prompt * len(self.plan.candidates) + candidate) * self.plan.repeats + repeat
        return self.results.get(index)

    @property
    def counts(self) -> dict[str, int]:
        """How many cells were answered, failed, stopped while being answered, and not asked."""
        statuses = [result.status for result in self.results.values()]
        counts: dict[str, int] = {name: statuses.count(name) for name in get_args(Status)}
        return counts | {"not asked": len(self.plan) - len(statuses)}

    def __repr__(self) -> str:
        answered, *others = self.counts.items()
        rest = "".join(f", {count} {name}" for name, count in others if count)
        return f"{answered[1]} of {len(self.plan)} answered{rest}"

    def _row(self, cell: Cell) -> dict[str, Any]:
        row: dict[str, Any] = {
            "prompt_id": cell.prompt,
            "prompt": self.plan.prompt_text(cell.prompt),
            "model": self.plan.candidates[cell.candidate].label,
            "repeat": cell.repeat,
        }
        result = self.results.get(cell.index)
        if result is None:
            return row | {"finish": "not asked"}
        row["error"] = result.problem
        if reply := result.reply:
            row |= {
                "answer": reply.text,
                "load_s": reply.timing.load_s,
                "first_token_s": reply.timing.first_token_s,
                "total_s": reply.timing.total_s,
                "prompt_tokens": reply.usage.prompt_tokens,
                "tokens": reply.usage.completion_tokens,
                "tokens_per_s": reply.timing.tokens_per_s,
                "finish": reply.finish,
                "warnings": "; ".join(reply.warnings) or None,
            }
        return row


def check_suffix(path: Path) -> None:
    """Raise UsageError unless `write_frame` can write a file of this name."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"no way to write {path.suffix or 'a file without ending'}", where=str(path), advice="use .csv or .parquet"
        )


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as .csv or .parquet; an existing file is replaced only once the new one is whole.

    Raises:
        UsageError: If the name has another ending.
        OSError: If it cannot be written.
    """
    check_suffix(path)
    fresh = path.with_name(f".{path.name}.new")
    try:
        if path.suffix.lower() == ".csv":
            frame.to_csv(fresh, index=False)
        else:
            frame.to_parquet(fresh, index=False)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
