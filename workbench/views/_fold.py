"""Long texts in static tables: their beginning, and the rest folded away where no script is needed to unfold it."""

from __future__ import annotations

_LONG_FROM = 700  # characters; folding a little less would hide less than the line that says so takes
_LONGEST = 500
_LINES_FROM = 14
_MOST_LINES = 10


def parted(text: str) -> tuple[str, str]:
    """The beginning of a text and the rest; a rest only where the text is long.

    It is parted at a line feed, which is then left out, or else behind a blank, or else in the middle of a word.

    >>> parted("short")
    ('short', '')
    >>> beginning, rest = parted("word " * 200)
    >>> len(beginning), beginning + rest == "word " * 200
    (500, True)
    """
    lines = text.split("\n")
    if len(text) <= _LONG_FROM and len(lines) <= _LINES_FROM:
        return text, ""
    end = min(_LONGEST, len("\n".join(lines[:_MOST_LINES])))
    feed = text.rfind("\n", end // 2, end + 1)
    if feed > 0:
        return text[:feed], text[feed + 1 :]
    blank = text.rfind(" ", end // 2, end)
    cut = blank + 1 if blank > 0 else end
    return text[:cut], text[cut:]
