"""The command `trust`, and the question that is put where a folder's file is first used."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from workbench import connections
from workbench.cli._terminal import complain
from workbench.errors import UsageError
from workbench.language import usual_language
from workbench.views import one_line, trust_text, trust_words


def trust(
    path: Annotated[
        Path | None,
        typer.Argument(metavar="PATH", help="The file or its folder; the nearest one if not given."),
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Trust it no more.")] = False,
    list_all: Annotated[bool, typer.Option("--list", help="List the files that are trusted.")] = False,
) -> None:
    """Show what a folder's workbench.toml asks for, and trust it once you have agreed.

    Without trust such a file can name nothing but this machine. It is asked about anew as soon as its content changes.
    """
    if list_all:
        for one in connections.trusted():
            print(one_line(f"{one.path}  {one.digest}"))
        return
    words = trust_words(usual_language())
    if forget:
        said = words.forgotten if connections.forget(path) else words.unknown
        print(said.format(file=one_line(str(connections.placed(path)))))
        return
    file = connections.folders_file(path)
    shown = one_line(str(file.path))
    if not connections.claims(file):
        print(words.needless.format(file=shown))
    elif connections.is_trusted(file):
        print(words.before.format(file=shown))
    elif not asked_about(file.path):
        raise typer.Exit(1)


def asked_about(path: Path) -> bool:
    """Ask the person at the terminal whether a file is trusted, and keep the answer if it is yes.

    Raises UsageError where nobody can be asked.
    """
    if not can_ask():
        raise UsageError(
            "nobody can be asked here",
            where=str(path),
            advice="run `workbench trust` on a terminal, or name the file in WORKBENCH_CONFIG",
        )
    words, language = trust_words(usual_language()), usual_language()
    file = connections.folders_file(path)
    print(trust_text(file.path, connections.claims(file), language), file=sys.stderr)
    print(words.question, end="", file=sys.stderr, flush=True)
    agreed = sys.stdin.readline().strip().lower() in words.answers
    if agreed:
        connections.trust(file)
    said = words.trusted if agreed else words.refused
    complain(said.format(file=one_line(str(file.path))))
    return agreed


def can_ask() -> bool:
    """Whether a person sits at both ends: types what is read, and sees what is asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()
