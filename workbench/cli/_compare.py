"""The command `compare`: several models, all prompts of a table, one file of answers."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import rich.progress
import typer

from workbench.cli import _terminal
from workbench.cli._files import decoded, read, write
from workbench.cli._options import SeedOption, StopRepeatsOption, SystemOption, TemperatureOption, TokensOption
from workbench.cli._terminal import INTERRUPTED, complain
from workbench.compare import (
    Cell,
    Comparison,
    Result,
    Run,
    Watcher,
    check_writable,
    make_plan,
    read_table,
)
from workbench.messages import Piece

_FAILURES_SHOWN = 5


def compare(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Table with the prompts: .csv, .parquet or .jsonl.")],
    model_names: Annotated[list[str], typer.Option("--model", help="A model to compare; give one or more.")],
    out: Annotated[Path, typer.Option(help="File for the results: .csv, .parquet, .jsonl or .xlsx.")],
    template: Annotated[str | None, typer.Option(help="Jinja template over the columns; @FILE reads one.")] = None,
    column: Annotated[str | None, typer.Option(help='Column that holds the prompts.  [default: "prompt"]')] = None,
    system: SystemOption = None,
    repeats: Annotated[int, typer.Option(help="How often each model gets each prompt.")] = 1,
    temperature: TemperatureOption = None,
    max_tokens: TokensOption = None,
    seed: SeedOption = None,
    stop_repeats: StopRepeatsOption = None,
    concurrency: Annotated[
        int | None, typer.Option(help="Requests kept in flight on each server; found out if not given.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Keep answers under this name; the same call goes on there.")] = None,
) -> None:
    """Ask several models the same, and write all answers to a file.

    The file gets one row for each prompt, model and repeat. An interrupt writes what was answered until then.
    """
    if template is not None and template.startswith("@"):
        template = decoded(read(Path(template[1:])), template[1:])
    plan = make_plan(
        read_table(file),
        model_names,
        template=template,
        column=column,
        system=system,
        repeats=repeats,
        temperature=temperature,
        max_tokens=max_tokens,
        seed=seed,
        stop_repeats=stop_repeats,
    )
    comparison = Comparison(plan, concurrency=concurrency, name=name)
    check_writable(comparison.result.frame, out)
    with _progress(len(plan)) as watcher:
        comparison.watch(watcher)
        run = _carried_out(comparison)
    written = write(run.frame, out)
    _tell_failures(run)
    print(f"{run.summary}, written to {written}")
    if run.stopped:
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(0 if written == out and run.counts["answered"] == len(plan) else 1)


class _Tally:
    """A watcher that counts what is done, and tells how many are done and how many of these failed."""

    def __init__(self, tell: Callable[[int, int], None]) -> None:
        self._tell = tell
        self._done = 0
        self._failed = 0

    def began(self, cell: Cell) -> None:
        """Nothing is done yet."""

    def piece(self, cell: Cell, piece: Piece) -> None:
        """Nothing is done yet."""

    def ended(self, cell: Cell, result: Result) -> None:
        """One more is done."""
        self._done += 1
        self._failed += result.status == "failed"
        self._tell(self._done, self._failed)


@contextmanager
def _progress(total: int) -> Iterator[Watcher]:
    """A watcher that moves a bar on a terminal, and elsewhere writes a line at every tenth."""
    if not _terminal.console.is_terminal:
        yield _Tally(lambda done, failed: _tenth(done, failed, total))
        return
    with rich.progress.Progress(
        rich.progress.BarColumn(),
        rich.progress.MofNCompleteColumn(),
        rich.progress.TextColumn("{task.fields[failed]} failed"),
        rich.progress.TimeElapsedColumn(),
        console=_terminal.console,
    ) as bar:
        task = bar.add_task("", total=total, failed=0)
        yield _Tally(lambda done, failed: bar.update(task, completed=done, failed=failed))


def _tenth(done: int, failed: int, total: int) -> None:
    if done * 10 // total > (done - 1) * 10 // total:
        print(f"{done} of {total} done, {failed} failed", file=sys.stderr, flush=True)


def _carried_out(comparison: Comparison) -> Run:
    """The run of a comparison; an interrupt stops it, so that what was answered can be written."""
    before = signal.signal(signal.SIGINT, lambda *_: comparison.stop())
    try:
        return asyncio.run(comparison.run())
    finally:
        signal.signal(signal.SIGINT, before)


def _tell_failures(run: Run) -> None:
    """Why cells failed, the commonest reasons first."""
    reasons = Counter(result.problem for result in run.results.values() if result.problem)
    for reason, count in reasons.most_common(_FAILURES_SHOWN):
        complain(f"{count} failed: {reason}")
    if len(reasons) > _FAILURES_SHOWN:
        complain(f"{len(reasons) - _FAILURES_SHOWN} further reasons are in the column error")
