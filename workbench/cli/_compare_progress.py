"""What the terminal shows of a comparison: how much it will be, and how it gets on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

import pandas as pd
import rich.progress

from workbench.cli import _terminal
from workbench.cli.language import said
from workbench.comparison import Cell, Plan, Result, Watcher, estimate
from workbench.language import usual_language
from workbench.messages import Piece
from workbench.texts import replaced
from workbench.views import Headway, duration

_PAUSE_S = 0.2


def tell_estimate(plan: Plan, name: str | None, concurrency: int | None) -> None:
    """Print on standard error about how much a plan is, before anybody is asked.

    Args:
        plan: The plan.
        name: The name under which some of it may be answered already.
        concurrency: As for a comparison.
    """
    print(repr(plan), file=sys.stderr)
    for row in estimate(plan, name, concurrency=concurrency).itertuples():
        print(f"  {replaced(str(row.model))}: {_told(row)}", file=sys.stderr, flush=True)


def _told(row: Any) -> str:
    """What an estimate tells of one candidate, as a phrase."""
    if row.cells == row.answered:
        return said("all {count} answered").format(count=row.cells)
    known = said(", {count} answered").format(count=row.answered) if row.answered else ""
    if pd.isna(row.answer_tokens):
        answers = said("answers of unknown length")
    else:
        answers = said("{count} in answers").format(count=row.answer_tokens)
    if pd.isna(row.seconds):
        time = said("time not known before the first answers")
    else:
        time = said("about {time}").format(time=duration(row.seconds))
    return said("{count} to ask{known}: about {tokens} tokens in prompts, {answers}; {time}").format(
        count=row.cells - row.answered, known=known, tokens=row.prompt_tokens, answers=answers, time=time
    )


class _Tally:
    """A watcher that counts what is done, and tells how many are done, how many failed, and how it gets on."""

    def __init__(self, plan: Plan, tell: Callable[[int, int, str], None], *, tells_pieces: bool) -> None:
        self._headway = Headway((one.connection for one in plan.candidates), len(plan) // len(plan.candidates))
        self._tell = tell
        self._tells_pieces = tells_pieces
        self._told_s = -_PAUSE_S
        self._done = 0
        self._failed = 0

    def began(self, cell: Cell) -> None:
        """Nothing is done yet."""
        self._headway.began(cell)

    def piece(self, cell: Cell, piece: Piece) -> None:
        """Nothing is done yet, but more has come."""
        self._headway.piece(cell)
        if self._tells_pieces and monotonic() - self._told_s >= _PAUSE_S:
            self._told_s = monotonic()
            self._tell(self._done, self._failed, self._headway.line(usual_language()))

    def ended(self, cell: Cell, result: Result) -> None:
        """One more is done."""
        self._headway.ended(cell, result)
        self._done += 1
        self._failed += result.status == "failed"
        self._tell(self._done, self._failed, self._headway.line(usual_language()))


@contextmanager
def progress(plan: Plan) -> Iterator[Watcher]:
    """A watcher that moves a bar on a terminal, and elsewhere writes a line at every tenth."""
    total = len(plan)
    if not _terminal.console.is_terminal:
        yield _Tally(plan, lambda done, failed, line: _tenth(done, failed, total, line), tells_pieces=False)
        return
    bar = rich.progress.Progress(
        rich.progress.BarColumn(),
        rich.progress.MofNCompleteColumn(),
        rich.progress.TextColumn(said("{count} failed").format(count="{task.fields[failed]}")),
        rich.progress.TimeElapsedColumn(),
        rich.progress.TextColumn("{task.fields[headway]}"),
        console=_terminal.console,
    )
    task = bar.add_task("", total=total, failed=0, headway="")

    def move(done: int, failed: int, line: str) -> None:
        bar.update(task, completed=done, failed=failed, headway=line)

    bar.start()
    try:
        yield _Tally(plan, move, tells_pieces=True)
    finally:
        with suppress(OSError):  # a terminal that was closed must not cost the answers
            bar.stop()


def _tenth(done: int, failed: int, total: int, line: str) -> None:
    if done * 10 // total > (done - 1) * 10 // total:
        rest = f", {line}" if line else ""
        told = said("{done} of {total} done, {failed} failed").format(done=done, total=total, failed=failed)
        print(f"{told}{rest}", file=sys.stderr, flush=True)
