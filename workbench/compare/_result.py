"""What a comparison found, as data and as tables."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import pandas as pd

from workbench.compare._plan import Cell, Plan
from workbench.errors import WorkbenchError
from workbench.messages import Reply

Status = Literal["answered", "failed", "stopped"]
STATUSES: tuple[Status, ...] = get_args(Status)

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
    "tries": "Int64",
    "left_out": "string",
}
_CUT = "the prompt was cut"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one cell.

    Attributes:
        cell: The cell.
        reply: The answer; where `error` is set, what had come of it.
        error: Why there is no whole answer.
        tries: How often it was asked.
    """

    cell: Cell
    reply: Reply | None = None
    error: Exception | None = None
    tries: int = 1

    @property
    def status(self) -> Status:
        """How it ended: "answered", "failed" or "stopped"."""
        if self.error is not None or self.reply is None:
            return "failed"
        return "stopped" if self.reply.finish == "cancelled" else "answered"

    @property
    def left_out(self) -> str | None:
        """Why a verdict does not count this cell, in a word or two; None where it does.

        What says something of the server, the limits or luck says nothing of how well the model answers.
        """
        reply = self.reply
        if self.status != "answered" or reply is None:
            return self.status
        marks = {
            "prompt cut": any(warning.startswith(_CUT) for warning in reply.warnings),
            "cut by the limit": reply.finish == "length",
            "refused by the server's filter": reply.finish == "content_filter",
            "empty": not reply.text.strip() and not reply.tool_calls,
            "retried": self.tries > 1,
        }
        return next((mark for mark, is_set in marks.items() if is_set), None)

    @property
    def problem(self) -> str | None:
        """The error in one line; None where there is none."""
        if self.error is None:
            return None
        text = str(self.error)
        if not isinstance(self.error, WorkbenchError):
            text = f"{type(self.error).__name__}: {text}"
        return " ".join(text.split())


class Results(Mapping[int, Result]):
    """The results of a comparison by the index of their cells, wherever they are."""

    @abstractmethod
    def status(self, index: int) -> Status | None:
        """The status of one cell; None if it was not asked."""

    @abstractmethod
    def statuses(self) -> dict[Status, int]:
        """How many cells have each status."""


class Answers(Results):
    """Results in memory.

    >>> answers = Answers()
    >>> answers.add(Result(Cell(0, 0, 0, 0)))
    >>> answers.statuses()["failed"]
    1
    """

    def __init__(self) -> None:
        self._results: dict[int, Result] = {}

    def add(self, result: Result) -> None:
        """Take a result."""
        self._results[result.cell.index] = result

    def __getitem__(self, index: int) -> Result:
        return self._results[index]

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._results))

    def __len__(self) -> int:
        return len(self._results)

    def status(self, index: int) -> Status | None:
        """The status of one cell; None if it was not asked."""
        result = self._results.get(index)
        return None if result is None else result.status

    def statuses(self) -> dict[Status, int]:
        """How many cells have each status."""
        found = [result.status for result in self._results.values()]
        return {status: found.count(status) for status in STATUSES}


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A comparison that has ended.

    Attributes:
        plan: What was to be asked.
        results: What came of every cell that was asked, by the cell's index.
        stopped: Whether it was stopped before its end.
    """

    plan: Plan
    results: Results = field(repr=False)
    stopped: bool = False

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each prompt, model and repeat.

        Columns: `prompt_id` (from 0), `prompt`, `model` (the label), `repeat` (from 0), `answer`, `error` (in one
        line), `load_s`, `first_token_s`, `total_s` (seconds), `prompt_tokens`, `tokens` (of the answer),
        `tokens_per_s`, `finish`, `warnings`, `tries`, `left_out` (why a verdict does not count it), then the columns
        of the table that the prompts came from (with
        `input_` before a name that is taken). What is not known is missing; a cell that was never asked has the
        finish "not asked".
        """
        rows = [self._row(cell) for cell in self.plan.cells()]
        frame = pd.DataFrame(rows, columns=list(_TYPES)).astype(_TYPES)
        given = self._given()
        if given is None:
            return frame
        return pd.concat([frame, given.iloc[frame["prompt_id"]].reset_index(drop=True)], axis=1)

    @property
    def table(self) -> pd.DataFrame:
        """Prompts down, models across, the answers as text; a cell that failed or was stopped says so.

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
        text = result.reply.text if result.reply else ""
        match result.status:
            case "failed":
                return f"failed: {result.problem}"
            case "stopped":
                return f"stopped: {text}"
        return text

    def result(self, prompt: int, candidate: int, repeat: int) -> Result | None:
        """What came of one cell; None if it was not asked."""
        return self.results.get(self.plan.cell(prompt, candidate, repeat).index)

    @property
    def counts(self) -> dict[str, int]:
        """How many cells were answered, failed, stopped while being answered, and not asked."""
        counts: dict[str, int] = dict(self.results.statuses().items())
        return counts | {"not asked": len(self.plan) - len(self.results)}

    @property
    def summary(self) -> str:
        """The counts in one line, such as "58 of 60 answered, 2 failed"."""
        answered, *others = self.counts.items()
        rest = "".join(f", {count} {name}" for name, count in others if count)
        return f"{answered[1]} of {len(self.plan)} answered{rest}"

    def __repr__(self) -> str:
        return self.summary

    def _given(self) -> pd.DataFrame | None:
        """The table that the prompts came from, with names that are free; a column of the prompts alone is left out."""
        table = self.plan.table
        if table is None:
            return None
        taken = {*_TYPES, *map(str, table.columns)}
        names = []
        for name in map(str, table.columns):
            free = name
            while free in (_TYPES if free == name else taken):
                free = f"input_{free}"
            taken.add(free)
            names.append(free)
        given = table.set_axis(names, axis=1)
        same = "input_prompt" in given and given["input_prompt"].tolist() == list(self.plan.prompts)
        return given.drop(columns="input_prompt") if same else given

    def _row(self, cell: Cell) -> dict[str, Any]:
        row: dict[str, Any] = {
            "prompt_id": cell.prompt,
            "prompt": self.plan.prompt_text(cell.prompt),
            "model": self.plan.candidates[cell.candidate].label,
            "repeat": cell.repeat,
        }
        result = self.results.get(cell.index)
        if result is None:
            return row | {"finish": "not asked", "left_out": "not asked"}
        row |= {"error": result.problem, "tries": result.tries, "left_out": result.left_out}
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
