"""A phrase or a command in the language of views."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from workbench.cli.language._german import GERMAN
from workbench.language import usual_language

_OF_TYPER = re.compile(r"\b(required|default)(?=]|: )")


def said(english: str) -> str:
    """A phrase of the command line in the language of views.

    Args:
        english: The phrase as it is listed in `GERMAN`; what comes from elsewhere is put in afterwards.

    >>> said("{count} failed").format(count=2)
    '2 failed'
    """
    return english if usual_language() == "en" else GERMAN[english]


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a help text, each on one line."""
    return [re.sub(r"\s*\n\s*", " ", one) for one in re.split(r"\n\s*\n", text.strip())]


def in_language(command: Any) -> Any:
    """A command of typer's whose help, and that of all commands below it, is in the language of views.

    Args:
        command: What `typer.main.get_command` gives.
    """
    if usual_language() == "en":
        return command
    command.help = _translated(command.help)
    command.context_class = _german_context(command.context_class)
    for parameter in command.params:
        parameter.help = _translated(parameter.help)
    for below in getattr(command, "commands", {}).values():
        in_language(below)
    return command


def _translated(text: str | None) -> str | None:
    return text and "\n\n".join(GERMAN[one] for one in paragraphs(text))


def _german_context(context: Any) -> Any:
    class Formatter(context.formatter_class):  # type: ignore[misc]
        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            for english in ("[OPTIONS]", "COMMAND [ARGS]..."):
                args = args.replace(english, GERMAN[english])
            super().write_usage(prog, args, GERMAN["Usage: "])

        def write_heading(self, heading: str) -> None:
            super().write_heading(GERMAN[heading])

        def write_dl(self, rows: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
            super().write_dl([(first, _of_typer(second)) for first, second in rows], *args, **kwargs)

    class Context(context):  # type: ignore[misc]
        formatter_class = Formatter

    return Context


def _of_typer(text: str) -> str:
    """The help of an option, with what typer itself adds to it in German."""
    text = GERMAN.get(text, text)
    return _OF_TYPER.sub(lambda found: GERMAN[found[0]], text)
