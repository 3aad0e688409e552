"""Texts as others can show and keep them: on one line, quoted, and as characters that there are."""

from __future__ import annotations

from typing import Any


def as_unicode(text: str) -> str:
    r"""A text in which no half of a surrogate pair is left, as files and tables take none.

    >>> as_unicode("halb \ud83d")
    'halb \\ud83d'
    """
    return text.encode(errors="backslashreplace").decode()


_SHOWN = 60
_LINE = 300


def line(text: str, longest: int = _LINE) -> str:
    r"""A text as one line of valid Unicode, cut where it is long.

    >>> line("zwei\n Zeilen")
    'zwei Zeilen'
    """
    flat = as_unicode(" ".join(text.split()))
    return flat if len(flat) <= longest else f"{flat[: longest - 1]}…"


def quoted(value: Any) -> str:
    r"""A value as notes show it: short, on one line, in quotes where it is a text.

    >>> quoted("zwei\n Zeilen")
    "'zwei Zeilen'"
    """
    return repr(line(value, _SHOWN)) if isinstance(value, str) else line(str(value), _SHOWN)
