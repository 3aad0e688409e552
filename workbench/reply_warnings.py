"""The kinds of warnings of a reply, and the text of each.

A reply, and so a journal, holds the texts alone. This is the one place that writes them and tells their kinds; whoever
decides or translates by a warning asks for its kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

WarningKind = Literal[
    "prompt cut",
    "cut by the limit",
    "stopped repeating",
    "repeating",
    "only thoughts",
    "empty",
    "refused",
    "filtered",
    "ending unknown",
    "several answers",
    "part not shown",
]
SEPARATOR: Final = "; "  # between the warnings of a reply in a table
REPEATING: Final[frozenset[WarningKind]] = frozenset({"stopped repeating", "repeating"})

# Of two that begin alike the longer comes first. A text that is changed is not known any more in older journals.
_TEXTS: Mapping[WarningKind, str] = {
    "prompt cut": "the prompt was cut",
    "cut by the limit": "the answer was cut by the limit of tokens",
    "stopped repeating": "the answer repeats itself, and was stopped",
    "repeating": "the answer repeats itself",
    "only thoughts": "the answer is empty: all that came are thoughts",
    "empty": "the answer is empty",
    "refused": "the model refused to answer",
    "filtered": "the server's filter stopped the answer",
    "ending unknown": "the answer ended for a reason that is not known here",
    "several answers": "the server sent several answers; this is the first",
    "part not shown": "the answer also holds what is not shown",
}


def warning_text(kind: WarningKind, detail: str = "") -> str:
    """The text of a warning of this kind, with what is to be said of this reply behind it.

    >>> warning_text("part not shown", ": an image")
    'the answer also holds what is not shown: an image'
    """
    return _TEXTS[kind] + detail


def warning_kind(warning: str) -> WarningKind | None:
    """The kind of a warning; None for one that nothing is decided by, such as of an option that was left out.

    >>> warning_kind("the prompt was cut: the server read 64 tokens of at least 100")
    'prompt cut'
    """
    return next((kind for kind, text in _TEXTS.items() if warning.startswith(text)), None)


def warning_kinds(warnings: Iterable[str]) -> set[WarningKind]:
    """All kinds of some warnings."""
    return {kind for kind in map(warning_kind, warnings) if kind is not None}
