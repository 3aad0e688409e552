"""`workbench cassette show | diff | check`: what was recorded, how two recordings differ, whether one can be played."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import rich.console
import rich.table
import rich.text
import typer

from workbench.cli.language import said
from workbench.comparison.card._card import RunCard
from workbench.engines.cassette import (
    Entry,
    answer_of,
    cassette_path,
    differences,
    question_of,
    read_cassette,
    word_difference,
)
from workbench.texts import line, replaced

File = Annotated[Path, typer.Argument(metavar="FILE", help="The cassette.")]

cassette = typer.Typer(help="Look at recorded answers.", no_args_is_help=True, rich_markup_mode=None)

_SHOWN = 80
_COLUMNS = ("in", "kind", "model", "asked", "came", "seconds", "at")


@cassette.command()
def show(file: File) -> None:
    """List what is recorded, in the order in which it ended."""
    header, entries = read_cassette(cassette_path(file))
    table = rich.table.Table("", *map(said, _COLUMNS), box=None)
    for number, entry in enumerate(entries, 1):
        words = (str(number), entry.asked_in, entry.kind, _named(entry), question_of(entry), answer_of(entry))
        row = (*words, f"{entry.seconds:.2f}", entry.at[:19])
        table.add_row(*(rich.text.Text(replaced(line(word, _SHOWN))) for word in row))
    begun = said("begun {moment} with Workbench {version}")
    print(replaced(begun.format(moment=header.made[:19], version=header.workbench)), file=sys.stderr)
    if told := str(RunCard(machine=header.machine, folder=header.folder)):
        print(replaced(told), file=sys.stderr)
    rich.console.Console(width=None if sys.stdout.isatty() else 1000).print(table)


@cassette.command()
def diff(
    file: File, other: Annotated[Path, typer.Argument(metavar="OTHER", help="The cassette that came after.")]
) -> None:
    """Show what another recording answered otherwise, word by word; the exit status is 1 if anything differs."""
    found = [
        one
        for one in differences(read_cassette(cassette_path(file))[1], read_cassette(cassette_path(other))[1])
        if one.change != "same"
    ]
    for one in found:
        entry = one.here or one.there
        assert entry is not None
        print(replaced(f"{one.change}: {_named(entry)} ({entry.kind}): {line(question_of(entry), _SHOWN)}"))
        if one.here and one.there:
            for change in word_difference(answer_of(one.here).split(), answer_of(one.there).split()):
                print(f"  {replaced(line(change))}")
    raise typer.Exit(1 if found else 0)


@cassette.command()
def check(file: File) -> None:
    """Read a recording to its end, and say what it holds; the exit status is 1 if it cannot be played."""
    _, entries = read_cassette(cassette_path(file))
    failed = sum(entry.error is not None for entry in entries)
    models = ", ".join(sorted({_named(entry) for entry in entries if entry.model}))
    told = said("{count} recorded, {failed} of them errors").format(count=len(entries), failed=failed)
    print(replaced(told + (said(", of {models}").format(models=models) if models else "")))


def _named(entry: Entry) -> str:
    return "/".join(filter(None, (entry.connection, entry.model)))
