"""The commands for servers and their models: `models`, `doctor` and `pull`."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from typing import Annotated

import pandas as pd
import rich.console
import rich.progress
import rich.status
import rich.table
import rich.text
import typer

from workbench import connections
from workbench.cli import _terminal
from workbench.cli._terminal import INTERRUPTED, complain, word
from workbench.cli.language import said
from workbench.connections import Steps
from workbench.connections.doctor import Diagnosis, interrupted
from workbench.connections.doctor import doctor as examined
from workbench.language import Language, usual_language
from workbench.texts import replaced
from workbench.views import Course, DiagnosisLines, doctor_words, progress_words


def models(connection: Annotated[str | None, typer.Argument(help="Only this connection.")] = None) -> None:
    """List the models of all connections.

    A connection that does not answer makes the exit status 1.
    """
    frame = connections.models(connection)
    is_model = frame["model"].str.contains("/")  # other rows tell of a connection or a file
    table = rich.table.Table(box=None, pad_edge=False)
    columns = ["model", "context", "tools", "schema", "thinking", "vision", "loaded"]
    for name in columns:
        table.add_column(said(name), overflow="fold", justify="right" if name == "context" else "left")
    table.add_column("", overflow="fold")
    for _, row in frame[is_model].iterrows():
        remark = "" if pd.isna(row["problem"]) else replaced(row["problem"])
        table.add_row(*(rich.text.Text(word(row[name])) for name in columns), rich.text.Text(remark))
    # Where no terminal sets a width, other programs read along, and a folded name would not be one.
    rich.console.Console(width=None if sys.stdout.isatty() else 1000).print(table)
    problems = list(frame["problem"][~is_model])
    for problem in problems:
        complain(problem)
    raise typer.Exit(1 if problems else 0)


def doctor(
    name: Annotated[str, typer.Argument(metavar="CONNECTION", help='"connection" or "connection/model".')] = "embedded",
    again: Annotated[bool, typer.Option("--again", help="Ask the model anew, though nothing has changed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print all that was found as JSON.")] = False,
) -> None:
    """Find out what works on a connection, and what to do about the rest.

    Each finding is printed as soon as it is there. The exit status is 1 when the model was not reached; an interrupt
    ends it with what was found until then.
    """
    spoken = _Spoken(usual_language(), as_json=as_json)
    try:
        found = examined(name, again=again, progress=spoken.take)
    except KeyboardInterrupt:
        spoken.end(is_interrupted=True)
        raise typer.Exit(INTERRUPTED) from None
    spoken.end()
    raise typer.Exit(0 if found.reached else 1)


class _Spoken:
    """Tells a diagnosis while it grows: findings on standard output, what is tried now on a terminal's standard error.

    Args:
        language: "en" or "de".
        as_json: Whether all is printed as JSON at the end instead.
    """

    def __init__(self, language: Language, *, as_json: bool) -> None:
        self._as_json = as_json
        self._words = doctor_words(language)
        self._lines = DiagnosisLines(language)
        self._found: Diagnosis | None = None
        self._now = rich.status.Status("", console=_terminal.console)

    def take(self, found: Diagnosis, trying: str) -> None:
        """Print what has come, and show what is tried next."""
        self._found = found
        self._now.stop()  # so that lines and it do not mix on one terminal
        if not self._as_json:
            for line in self._lines.new(found):
                print(replaced(line), flush=True)
        if trying and _terminal.console.is_terminal:
            self._now.update(rich.text.Text(self._words.trying.format(self._words.name(trying))))
            self._now.start()

    def end(self, *, is_interrupted: bool = False) -> None:
        """Print the last lines, or all as JSON."""
        self._now.stop()
        if self._found is None:
            return
        found = interrupted(self._found) if is_interrupted else self._found
        print(found.json if self._as_json else replaced(self._lines.end(found)))


def pull(
    name: Annotated[str, typer.Argument(metavar="MODEL", help='"connection/model", such as ollama/qwen3:4b.')],
    insecure: Annotated[bool, typer.Option("--insecure", help="The registry may be reached without TLS.")] = False,
) -> None:
    """Fetch a model from a registry onto its server.

    An interrupt cancels; the same call goes on from there.
    """
    try:
        asyncio.run(_pulled(connections.pull(name, insecure=insecure)))
    except KeyboardInterrupt:
        complain(progress_words(usual_language()).cancelled)
        raise typer.Exit(INTERRUPTED) from None
    print(said("{model} is there").format(model=replaced(name)))


async def _pulled(steps: Steps) -> None:
    """Fetch a model to the end, with a bar on a terminal, and elsewhere with a line at every tenth."""
    course, language, tenths = Course(), usual_language(), -1
    bar = rich.progress.Progress(
        rich.progress.BarColumn(),
        rich.progress.TextColumn("{task.description}", markup=False),
        console=_terminal.console,
        disable=not _terminal.console.is_terminal,
    )
    async with aclosing(steps):
        with bar:
            task = bar.add_task("", total=1.0)
            async for step in steps:
                course.take(step)
                bar.update(task, completed=course.share, description=course.line(language))
                if bar.disable and int(course.share * 10) > tenths:
                    tenths = int(course.share * 10)
                    print(replaced(course.line(language)), file=sys.stderr, flush=True)
