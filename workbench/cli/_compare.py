"""The command `compare`: several models, all prompts of a table, one file of answers."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli._compare_progress import progress, tell_estimate
from workbench.cli._files import decoded, read, rescued, write, written_to
from workbench.cli._options import SeedOption, StopRepeatsOption, SystemOption, TemperatureOption, TokensOption
from workbench.cli._signals import Endings
from workbench.cli._terminal import complain
from workbench.cli.language import said
from workbench.comparison import (
    Comparison,
    Kept,
    Plan,
    Run,
    are_kept,
    check_writable,
    make_plan,
    read_table,
    unfinished,
)
from workbench.connections import wait
from workbench.errors import JournalError, UsageError
from workbench.texts import replaced

_FAILURES_SHOWN = 5


def compare(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Table with the prompts: .csv, .xlsx, .parquet, .jsonl, …")
    ],
    model_names: Annotated[list[str], typer.Option("--model", help="A model to compare; give one or more.")],
    out: Annotated[
        Path | None,
        typer.Option(help="File for the results: .csv, .parquet, .jsonl or .xlsx; without it they are only kept."),
    ] = None,
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
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ask all anew, though the same call was ended before all was answered.")
    ] = False,
) -> None:
    """Ask several models the same, and write all answers to a file.

    The file gets one row for each prompt, model and repeat. An interrupt, SIGTERM and a terminal that is closed write
    what was answered until then, with the exit status 130, 143 or 129. However it was ended, the same call goes on
    where it stopped.
    """
    if template is not None and template.startswith("@"):
        template = decoded(read(Path(template[1:])), template[1:])
    table = read_table(file)
    if how := table.attrs.get("read_as"):
        complain(said("{file} was read {how}").format(file=file, how=how))
    plan = make_plan(
        table,
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
    resumed = None if name is not None or fresh else wait(unfinished(plan))
    comparison = Comparison(plan, concurrency=concurrency, name=name, stem=file.stem, resumed=resumed)
    if out is not None:
        check_writable(comparison.result.frame, out)
    elif name is None and not are_kept():
        raise UsageError("the answers would go nowhere", advice="give --out a file, or --name a name")
    if resumed is not None:
        again = said("goes on with {name}, which was not finished; --fresh asks all anew")
        print(again.format(name=repr(replaced(resumed.stem))), file=sys.stderr)
    tell_estimate(plan, name if resumed is None else resumed.stem, concurrency)
    comparison.announce(_announce)
    with Endings(comparison.stop) as endings:
        run = _carried_out(comparison, plan)
        told = _written(comparison, run, out)
        reasons, recorded = _counted(run)
        _tell_failures(reasons)
        print(f"{run.summary}, {told}")
        if recorded:
            complain(said("{count} of the answers were recorded earlier (column recorded_at)").format(count=recorded))
        if run.stopped:
            complain(_ended_by(endings.name, goes_on=bool(comparison.name)))
    if run.stopped and endings.status is not None:
        raise typer.Exit(endings.status)
    is_where_wanted = out is None or told == written_to(out)
    raise typer.Exit(0 if is_where_wanted and run.counts["answered"] == len(plan) else 1)


def _written(comparison: Comparison, run: Run, out: Path | None) -> str:
    """Write the answers where they are wanted, note that, and say where they are."""
    if out is not None:
        told = written_to(write(run.frame, out))
    elif comparison.name:
        told = said("kept; to write them: workbench save {name} FILE").format(name=shlex.quote(comparison.name))
    else:
        told = written_to(rescued(run.frame, "answers.csv"))
    if run.counts["answered"] == len(run.plan):
        comparison.deliver()
    return told


def _carried_out(comparison: Comparison, plan: Plan) -> Run:
    """The run of a comparison, which is told of meanwhile. A journal that fails costs no answer."""
    with progress(plan) as watcher:
        comparison.watch(watcher)
        try:
            return asyncio.run(comparison.run())
        except JournalError as error:
            if error.run is None:
                raise
            complain(str(error))
            return comparison.result


def _ended_by(signal: str, *, goes_on: bool) -> str:
    if goes_on:
        return said("ended by {signal}; the same call goes on from here").format(signal=signal)
    return said("ended by {signal}").format(signal=signal)


def _announce(kept: Kept) -> None:
    """Print where it is kept, so that its answers are found though this process is killed."""
    if kept.problem:
        complain(said("not kept, so that a kill loses the answers: {problem}").format(problem=kept.problem))
    else:
        told = said("kept as {name} in {folder}; the same call goes on there if this one is ended")
        print(replaced(told.format(name=repr(kept.name), folder=kept.folder)), file=sys.stderr, flush=True)


def _counted(run: Run) -> tuple[Counter[str], int]:
    """Why cells failed, how often each, and how many answers were recorded: all answers are read once for both."""
    reasons, recorded = Counter[str](), 0
    for result in run.results.several(range(len(run.plan))):
        if result is not None:
            reasons.update([result.problem] if result.problem else [])
            recorded += bool(result.reply and result.reply.recorded_at)
    return reasons, recorded


def _tell_failures(reasons: Counter[str]) -> None:
    """Why cells failed, the commonest reasons first."""
    for reason, count in reasons.most_common(_FAILURES_SHOWN):
        complain(said("{count} failed: {reason}").format(count=count, reason=reason))
    if len(reasons) > _FAILURES_SHOWN:
        count = len(reasons) - _FAILURES_SHOWN
        complain(said("{count} further reasons are in the column error").format(count=count))
