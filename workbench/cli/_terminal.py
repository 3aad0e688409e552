"""What the terminal shows: lines of complaint, and texts of others that cannot steer it."""

from __future__ import annotations

import re
import sys

import pandas as pd
import rich.console

# Control characters steer a terminal; reversed writing and invisible tags deceive its reader.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
INTERRUPTED = 130
console = rich.console.Console(stderr=True)


def complain(text: str) -> None:
    """Tell a problem in one line of standard error."""
    print(f"workbench: {plain(' '.join(text.split()))}", file=sys.stderr)


def plain(text: str) -> str:
    """Text of a model or server without the characters by which it could steer a terminal or deceive its reader."""
    return _UNSAFE.sub("�", text)


def word(value: object) -> str:
    """A cell of the table of models: yes, no, or a question mark where nobody has said."""
    if pd.isna(value):  # type: ignore[call-overload]
        return "?"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else plain(str(value))
