"""What the terminal shows: lines of complaint, and texts of others that cannot steer it, in any encoding."""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

import pandas as pd
import rich.console

from workbench.cli.language import said
from workbench.texts import replaced

INTERRUPTED = 130
_PIPE_BROKEN = 141  # as shells count SIGPIPE
console = rich.console.Console(stderr=True)


def complain(text: str) -> None:
    """Print a problem in one line of standard error; that nobody reads it any more costs nothing."""
    with suppress(BrokenPipeError):
        print(f"workbench: {replaced(' '.join(text.split()))}", file=sys.stderr)


def word(value: object) -> str:
    """A cell of the table of models: yes, no, or a question mark where nobody has said."""
    if pd.isna(value):  # type: ignore[call-overload]
        return "?"
    return said("yes" if value else "no") if isinstance(value, bool) else replaced(str(value))


@contextmanager
def readable() -> Iterator[None]:
    r"""Inside it no character ends the program that the terminal's encoding lacks, and no reader that has gone.

    Such a character is written by its number, as in `\u2713`. Where nobody reads standard output any more, as behind
    `| head`, the program ends without a word.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    with warnings.catch_warnings():
        warnings.showwarning = _tell_warning
        try:
            yield
            sys.stdout.flush()
        except BrokenPipeError:
            # Python writes what is left when it ends, and would complain there.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(_PIPE_BROKEN)


def _tell_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    if issubclass(category, UserWarning):
        complain(str(message))
