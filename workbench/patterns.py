"""Regular expressions of users and schemas on texts that a model wrote, each with an end in sight.

A pattern such as `(a|aa)+$` takes Python's `re` longer than anybody waits on a text that was made for it, and neither
another thread nor a time limit gets a word in meanwhile. So patterns are read by `re`, which decides what is one and
what it means, and matched by `regex`, which looks at the clock.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import regex

LIMIT_S = 0.5  # of computing; whatever matches at all does so in milliseconds

_FLAGS = {
    re.IGNORECASE: regex.IGNORECASE,
    re.MULTILINE: regex.MULTILINE,
    re.DOTALL: regex.DOTALL,
    re.VERBOSE: regex.VERBOSE,
    re.ASCII: regex.ASCII,
}
# A brace that repeats nothing stands for itself in `re`; in `regex` it may ask for a match with faults in it.
_LONE_BRACE = re.compile(r"\\N\{[^}]*\}|\\.|\{(?!\d*,?\d*\})", re.DOTALL)


class PatternError(ValueError):
    """A text that is not a regular expression."""


def pattern(written: str, flags: int = 0) -> re.Pattern[str]:
    """A regular expression as Python reads it. Raises PatternError, whatever is wrong with it.

    >>> pattern("(")
    Traceback (most recent call last):
    workbench.patterns.PatternError: missing ), unterminated subpattern at position 0
    """
    try:
        return re.compile(written, flags)
    except (re.error, OverflowError) as error:
        raise PatternError(" ".join(str(error).split())) from None
    except RecursionError:
        raise PatternError("it is nested too deeply") from None


def is_inside(wanted: str | re.Pattern[str], text: str, limit_s: float | None = None) -> bool:
    """Whether a pattern matches somewhere in a text.

    Args:
        wanted: The pattern, written or as `pattern` gave it.
        text: The text.
        limit_s: Seconds of computing that it may take; None for the usual limit.

    Raises:
        PatternError: If it is not a regular expression.
        TimeoutError: If it takes longer.

    >>> is_inside(r"[0-9]{5}", "in 53111 Bonn")
    True
    """
    return _timed(wanted).search(text, timeout=LIMIT_S if limit_s is None else limit_s) is not None


def is_whole(wanted: str | re.Pattern[str], text: str, limit_s: float | None = None) -> bool:
    """Whether a pattern matches a text from its first to its last character; arguments and errors as for `is_inside`.

    >>> is_whole(r"[0-9]{5}", "in 53111 Bonn")
    False
    """
    return _timed(wanted).fullmatch(text, timeout=LIMIT_S if limit_s is None else limit_s) is not None


@lru_cache(maxsize=256)
def _timed(wanted: str | re.Pattern[str]) -> Any:
    """The same pattern for the matcher that looks at the clock."""
    read = pattern(wanted) if isinstance(wanted, str) else wanted
    flags = regex.VERSION0
    for flag, same in _FLAGS.items():
        flags |= same if read.flags & flag else 0
    written = _LONE_BRACE.sub(lambda found: r"\{" if found[0] == "{" else found[0], read.pattern)
    try:
        return regex.compile(written, flags)
    except (regex.error, RecursionError) as error:
        raise PatternError(" ".join(str(error).split())) from None
