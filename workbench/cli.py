"""The terminal's door: `workbench models | ask | compare | lab`.

Results go to standard output, progress and errors to standard error. The exit status is 0 when all was answered, 1 when
a server or a cell failed, 2 when the call cannot work, and 130 after an interrupt; what was answered is always written.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import rich.console
import rich.progress
import rich.table
import rich.text
import typer

from workbench import __version__
from workbench.compare import Cell, Comparison, Result, Run, check_suffix, make_plan, write_frame
from workbench.connections import Model, model, models
from workbench.errors import UsageError, WorkbenchError
from workbench.messages import Piece

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
_errors = rich.console.Console(stderr=True)

SystemOption = Annotated[str | None, typer.Option(help="System message.")]
TemperatureOption = Annotated[float | None, typer.Option(help="0 takes the likeliest token each time.")]
TokensOption = Annotated[int | None, typer.Option(help="Limit of each answer, in tokens.")]
SeedOption = Annotated[int | None, typer.Option(help="Start of the random numbers.")]


def main() -> None:
    """Run the command line, and tell every error of ours in one line."""
    try:
        app()
    except WorkbenchError as error:
        print(f"workbench: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError) else 1)


@app.callback(invoke_without_command=True)
def _top(version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False) -> None:
    """Connect to local and remote language models, compare them, and work with them in JupyterLab."""
    if version:
        print(f"workbench {__version__}")
        raise typer.Exit


@app.command("models")
def _models(connection: Annotated[str | None, typer.Argument(help="Only this connection.")] = None) -> None:
    """List every model of every connection; a connection that does not answer makes the exit status 1."""
    frame = models(connection)
    table = rich.table.Table(box=None, pad_edge=False)
    columns = ["model", "context", "tools", "schema", "thinking", "vision", "loaded"]
    for name in columns:
        table.add_column(name, overflow="fold", justify="right" if name == "context" else "left")
    for _, row in frame[frame["problem"].isna()].iterrows():
        table.add_row(*(rich.text.Text(_word(row[name])) for name in columns))
    rich.console.Console().print(table)
    problems = list(frame["problem"].dropna())
    for problem in problems:
        print(f"workbench: {_plain(problem)}", file=sys.stderr)
    raise typer.Exit(1 if problems else 0)


@app.command("ask")
def _ask(
    name: Annotated[str, typer.Argument(metavar="MODEL", help='"connection/model", such as embedded.')],
    prompt: Annotated[str, typer.Argument(help="What to ask; - reads it from standard input.")],
    system: SystemOption = None,
    temperature: TemperatureOption = None,
    max_tokens: TokensOption = None,
    seed: SeedOption = None,
    schema: Annotated[Path | None, typer.Option(help="File with the JSON schema of the answer.")] = None,
) -> None:
    """Ask one model and print its answer as it arrives."""
    asked = model(name, temperature=temperature, max_tokens=max_tokens, seed=seed).using(
        system=system, schema=_schema(schema)
    )
    _finish(_stream(asked, sys.stdin.read() if prompt == "-" else prompt))


@app.command("compare")
def _compare(
    file: Annotated[Path, typer.Argument(help="Table with the prompts: .csv or .parquet.")],
    name: Annotated[list[str], typer.Option("--model", help="A model to compare; give one or more.")],
    out: Annotated[Path, typer.Option(help="File for the results: .csv or .parquet.")],
    template: Annotated[str | None, typer.Option(help="Jinja template over the columns; @FILE reads one.")] = None,
    system: SystemOption = None,
    repeats: Annotated[int, typer.Option(help="How often each model gets each prompt.")] = 1,
    temperature: TemperatureOption = None,
    max_tokens: TokensOption = None,
    seed: SeedOption = None,
    concurrency: Annotated[int | None, typer.Option(help="Requests kept in flight on each server.")] = None,
) -> None:
    """Ask several models the same, and write one row for each prompt, model and repeat.

    Without a template, the column "prompt" of the table holds the prompts.
    """
    _check_out(out)
    if template is not None and template.startswith("@"):
        template = _read(Path(template[1:])).decode()
    plan = make_plan(
        _table(file),
        name,
        template=template,
        system=system,
        repeats=repeats,
        temperature=temperature,
        max_tokens=max_tokens,
        seed=seed,
    )
    comparison = Comparison(plan, concurrency=concurrency)
    with rich.progress.Progress(
        rich.progress.BarColumn(),
        rich.progress.MofNCompleteColumn(),
        rich.progress.TextColumn("{task.fields[failed]} failed"),
        rich.progress.TimeElapsedColumn(),
        console=_errors,
        disable=not _errors.is_terminal,
    ) as progress:
        comparison.watch(_Bar(progress, len(plan)))
        run = _finish(_until_interrupted(comparison))
    write_frame(run.frame, out)
    print(f"{run}, written to {out}")
    if run.stopped:
        raise typer.Exit(130)
    raise typer.Exit(0 if run.counts["answered"] == len(plan) else 1)


@app.command("lab", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def _lab(context: typer.Context) -> None:
    """Open JupyterLab, on the first notebook where there is one; further arguments are passed on."""
    start = Path("notebooks/00_start.ipynb")
    command = [sys.executable, "-m", "jupyterlab", *context.args, *([str(start)] if start.exists() else [])]
    os.execv(sys.executable, command)


class _Bar:
    """A watcher that moves a progress bar."""

    def __init__(self, progress: rich.progress.Progress, total: int) -> None:
        self._progress = progress
        self._failed = 0
        self._task = progress.add_task("", total=total, failed=0)

    def began(self, cell: Cell) -> None:
        """Nothing moves yet."""

    def piece(self, cell: Cell, piece: Piece) -> None:
        """Nothing moves yet."""

    def ended(self, cell: Cell, result: Result) -> None:
        """One more is done."""
        self._failed += result.status == "failed"
        self._progress.update(self._task, advance=1, failed=self._failed)


async def _stream(asked: Model, prompt: str) -> None:
    try:
        async for piece in asked.stream(prompt):
            print(_plain(piece.text), end="", flush=True)
    finally:
        print()


async def _until_interrupted(comparison: Comparison) -> Run:
    """Carry out a comparison; an interrupt stops it, so that what was answered can be written."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, comparison.stop)
    return await comparison.run()


def _finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
    try:
        return asyncio.run(coroutine)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _check_out(out: Path) -> None:
    """Make sure, before anything is asked, that the results can be written."""
    check_suffix(out)
    if not out.parent.is_dir() or not os.access(out.parent, os.W_OK):
        raise UsageError("there is no folder to write to", where=str(out.parent), advice="make it, or name another")


def _table(file: Path) -> pd.DataFrame:
    check_suffix(file)
    try:
        return pd.read_parquet(file) if file.suffix.lower() == ".parquet" else pd.read_csv(file)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else " ".join(str(error).split())
        raise UsageError(f"the table cannot be read: {reason}", where=str(file), advice="check the file") from None


def _schema(file: Path | None) -> Any:
    if file is None:
        return None
    try:
        return json.loads(_read(file))
    except ValueError as error:
        raise UsageError(f"the schema is no JSON: {error}", where=str(file), advice="mend the file") from None


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}", where=str(file), advice="check it") from None


def _word(value: object) -> str:
    """A cell of the table of models: yes, no, or a question mark where nobody has said."""
    if pd.isna(value):  # type: ignore[call-overload]
        return "?"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else _plain(str(value))


def _plain(text: str) -> str:
    """Text of a model or server without the control characters by which it could steer a terminal."""
    return _CONTROL.sub("�", text)
