"""The terminal's door: `workbench models | ask | compare | doctor | benchmark | pull | lab`.

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
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import pandas as pd
import rich.console
import rich.progress
import rich.table
import rich.text
import typer

from workbench import __version__
from workbench.benchmark import Bench, benchmark
from workbench.compare import (
    Cell,
    Comparison,
    Result,
    Run,
    Watcher,
    check_writable,
    make_plan,
    read_table,
    write_frame,
)
from workbench.connections import Model, Steps, model, models, pull
from workbench.connections.doctor import doctor
from workbench.errors import UsageError, WorkbenchError
from workbench.language import language
from workbench.messages import Piece, Reply
from workbench.views import Course, diagnosis_text, progress_words

Number = TypeVar("Number", int, float)
# Control characters steer a terminal; reversed writing and invisible tags deceive its reader.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
_FAILURES_SHOWN = 5
_INTERRUPTED = 130

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
        _complain(str(error))
        sys.exit(2 if isinstance(error, UsageError) else 1)


@app.callback(invoke_without_command=True)
def _top(version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False) -> None:
    """Connect to local and remote language models and compare them."""
    if version:
        print(f"workbench {__version__}")
        raise typer.Exit


@app.command("models")
def _models(connection: Annotated[str | None, typer.Argument(help="Only this connection.")] = None) -> None:
    """List the models of all connections.

    A connection that does not answer makes the exit status 1.
    """
    frame = models(connection)
    table = rich.table.Table(box=None, pad_edge=False)
    columns = ["model", "context", "tools", "schema", "thinking", "vision", "loaded"]
    for name in columns:
        table.add_column(name, overflow="fold", justify="right" if name == "context" else "left")
    for _, row in frame[frame["problem"].isna()].iterrows():
        table.add_row(*(rich.text.Text(_word(row[name])) for name in columns))
    # Where no terminal sets a width, other programs read along, and a folded name would be none.
    rich.console.Console(width=None if sys.stdout.isatty() else 1000).print(table)
    problems = list(frame["problem"].dropna())
    for problem in problems:
        _complain(problem)
    raise typer.Exit(1 if problems else 0)


@app.command("ask")
def _ask(
    name: Annotated[str, typer.Argument(metavar="MODEL", help='"connection/model", such as embedded.')],
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What to ask; - reads it from standard input.")],
    system: SystemOption = None,
    temperature: TemperatureOption = None,
    max_tokens: TokensOption = None,
    seed: SeedOption = None,
    schema: Annotated[Path | None, typer.Option(help="File with the JSON schema of the answer.")] = None,
) -> None:
    """Ask one model and print its answer as it arrives."""
    if prompt == "-":
        prompt = _decoded(sys.stdin.buffer.read(), "standard input")
    asked = model(name, temperature=temperature, max_tokens=max_tokens, seed=seed)
    asked = asked.using(system=system, schema=_schema(schema))
    try:
        reply = asyncio.run(_stream(asked, prompt))
    except KeyboardInterrupt:
        raise typer.Exit(_INTERRUPTED) from None
    for warning in reply.warnings:
        _complain(warning)


@app.command("compare")
def _compare(
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
    concurrency: Annotated[
        int | None, typer.Option(help="Requests kept in flight on each server; found out if not given.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Keep answers under this name; the same call goes on there.")] = None,
) -> None:
    """Ask several models the same, and write all answers to a file.

    The file gets one row for each prompt, model and repeat. An interrupt writes what was answered until then.
    """
    if template is not None and template.startswith("@"):
        template = _decoded(_read(Path(template[1:])), template[1:])
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
    )
    comparison = Comparison(plan, concurrency=concurrency, name=name)
    check_writable(comparison.result.frame, out)
    with _progress(len(plan)) as watcher:
        comparison.watch(watcher)
        run = _carried_out(comparison)
    written = _write(run.frame, out)
    _tell_failures(run)
    print(f"{run.summary}, written to {written}")
    if run.stopped:
        raise typer.Exit(_INTERRUPTED)
    raise typer.Exit(0 if written == out and run.counts["answered"] == len(plan) else 1)


@app.command("doctor")
def _doctor(
    name: Annotated[str, typer.Argument(metavar="CONNECTION", help='"connection" or "connection/model".')] = "embedded",
    again: Annotated[bool, typer.Option("--again", help="Ask the model anew, though nothing has changed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print all that was found as JSON.")] = False,
) -> None:
    """Find out what works on a connection, and what to do about the rest.

    The exit status is 1 when the model was not reached.
    """
    found = doctor(name, again=again)
    print(found.json if as_json else diagnosis_text(found, language()))
    raise typer.Exit(0 if found.reached else 1)


@app.command("benchmark")
def _benchmark(
    name: Annotated[str, typer.Argument(metavar="MODEL", help='"connection/model", such as embedded.')],
    concurrency: Annotated[
        str | None, typer.Option(help="Requests in flight, such as 1,2,4; doubled while that pays if not given.")
    ] = None,
    rates: Annotated[
        str | None, typer.Option(help="Instead, requests per second that come at random, such as 0.5,2.")
    ] = None,
    requests: Annotated[int | None, typer.Option(help="Requests for each load.")] = None,
    output_tokens: Annotated[int, typer.Option(help="Tokens after which an answer is cut.")] = 64,
    limit: Annotated[float, typer.Option(help="Seconds after which it ends in any case.")] = 300.0,
    out: Annotated[Path | None, typer.Option(help="File for a row of each request: .csv, .parquet, …")] = None,
) -> None:
    """Measure how fast a model server answers under growing load.

    The exit status is 1 when a request failed.
    """
    asked = benchmark(
        name,
        concurrency=_numbers("--concurrency", concurrency, int),
        rates=_numbers("--rates", rates, float),
        requests=requests,
        output_tokens=output_tokens,
        limit_s=limit,
        told=lambda load, done, count: print(f"load {load:g}: {done} of {count} done", file=sys.stderr, flush=True),
    )
    try:
        bench = asyncio.run(asked)
    except KeyboardInterrupt:
        raise typer.Exit(_INTERRUPTED) from None
    print(_bench_text(bench))
    if out is not None:
        print(f"written to {_write(bench.frame, out)}")
    raise typer.Exit(1 if bench.frame.empty or bench.frame["error"].notna().any() else 0)


def _numbers(option: str, given: str | None, kind: Callable[[str], Number]) -> list[Number] | None:
    try:
        return None if given is None else [kind(one) for one in given.split(",")]
    except ValueError:
        raise UsageError(f"{option} {given!r} is no list of numbers", advice="give such as 1,2,4") from None


def _bench_text(bench: Bench) -> str:
    """The table of a bench, and its knee."""
    shown = ["requests", "failed", "output_tokens_per_s", "first_token_s_p50", "first_token_s_p90", "end_to_end_s_p50"]
    table = bench.table[[bench.table.columns[0], *shown]].round(3).to_string(index=False)
    return f"{table}\n{bench.model}: {bench.words}"


@app.command("pull")
def _pull(
    name: Annotated[str, typer.Argument(metavar="MODEL", help='"connection/model", such as ollama/qwen3:4b.')],
    insecure: Annotated[bool, typer.Option("--insecure", help="The registry may be reached without TLS.")] = False,
) -> None:
    """Fetch a model from a registry onto its server.

    An interrupt cancels; the same call goes on from there.
    """
    try:
        asyncio.run(_pulled(pull(name, insecure=insecure)))
    except KeyboardInterrupt:
        _complain(progress_words(language()).cancelled)
        raise typer.Exit(_INTERRUPTED) from None
    print(f"{_plain(name)} is there")


@app.command("lab", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def _lab(context: typer.Context) -> None:
    """Open JupyterLab, on the first notebook where there is one.

    All arguments are passed on to JupyterLab.
    """
    start = Path("notebooks/00_start.ipynb")
    named = any(not argument.startswith("-") for argument in context.args)
    opened = [str(start)] if start.exists() and not named else []
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *context.args, *opened])


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
    if not _errors.is_terminal:
        yield _Tally(lambda done, failed: _tenth(done, failed, total))
        return
    with rich.progress.Progress(
        rich.progress.BarColumn(),
        rich.progress.MofNCompleteColumn(),
        rich.progress.TextColumn("{task.fields[failed]} failed"),
        rich.progress.TimeElapsedColumn(),
        console=_errors,
    ) as bar:
        task = bar.add_task("", total=total, failed=0)
        yield _Tally(lambda done, failed: bar.update(task, completed=done, failed=failed))


def _tenth(done: int, failed: int, total: int) -> None:
    if done * 10 // total > (done - 1) * 10 // total:
        print(f"{done} of {total} done, {failed} failed", file=sys.stderr, flush=True)


async def _pulled(steps: Steps) -> None:
    """Fetch a model to the end, with a bar on a terminal, and elsewhere with a line at every tenth."""
    course, spoken, tenths = Course(), language(), -1
    bar = rich.progress.Progress(
        rich.progress.BarColumn(),
        rich.progress.TextColumn("{task.description}", markup=False),
        console=_errors,
        disable=not _errors.is_terminal,
    )
    async with aclosing(steps):
        with bar:
            task = bar.add_task("", total=1.0)
            async for step in steps:
                course.take(step)
                bar.update(task, completed=course.share, description=course.line(spoken))
                if bar.disable and int(course.share * 10) > tenths:
                    tenths = int(course.share * 10)
                    print(course.line(spoken), file=sys.stderr, flush=True)


async def _stream(asked: Model, prompt: str) -> Reply:
    """Print an answer as it arrives, and give its reply."""
    begun, reply = False, Reply(text="", finish="unknown")
    try:
        async for piece in asked.stream(prompt):
            reply = piece.reply or reply
            begun = begun or bool(piece.text)
            print(_plain(piece.text), end="", flush=True)
    finally:
        if begun:
            print()
    return reply


def _carried_out(comparison: Comparison) -> Run:
    """The run of a comparison; an interrupt stops it, so that what was answered can be written."""
    before = signal.signal(signal.SIGINT, lambda *_: comparison.stop())
    try:
        return asyncio.run(comparison.run())
    finally:
        signal.signal(signal.SIGINT, before)


def _write(frame: pd.DataFrame, out: Path) -> Path:
    """Write the results, and say where: a place that was lost meanwhile must not cost the answers."""
    try:
        write_frame(frame, out)
    except OSError as error:
        _complain(
            f"the results cannot be written: {error.strerror} ({out}): take them from another folder, named below"
        )
        out = Path(tempfile.mkdtemp(prefix="workbench-")) / out.name
        write_frame(frame, out)
    return out


def _tell_failures(run: Run) -> None:
    """Why cells failed, the commonest reasons first."""
    reasons = Counter(result.problem for result in run.results.values() if result.problem)
    for reason, count in reasons.most_common(_FAILURES_SHOWN):
        _complain(f"{count} failed: {reason}")
    if len(reasons) > _FAILURES_SHOWN:
        _complain(f"{len(reasons) - _FAILURES_SHOWN} further reasons are in the column error")


def _schema(file: Path | None) -> Any:
    if file is None:
        return None
    try:
        return json.loads(_decoded(_read(file), str(file)))
    except json.JSONDecodeError as error:
        raise UsageError(f"the schema is no JSON: {error}", where=str(file), advice="mend the file") from None


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}", where=str(file), advice="check it") from None


def _decoded(raw: bytes, where: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("the text is not UTF-8", where=where, advice="save it as UTF-8") from None


def _word(value: object) -> str:
    """A cell of the table of models: yes, no, or a question mark where nobody has said."""
    if pd.isna(value):  # type: ignore[call-overload]
        return "?"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else _plain(str(value))


def _complain(text: str) -> None:
    print(f"workbench: {_plain(' '.join(text.split()))}", file=sys.stderr)


def _plain(text: str) -> str:
    """Text of a model or server without the characters by which it could steer a terminal or deceive its reader."""
    return _UNSAFE.sub("�", text)
