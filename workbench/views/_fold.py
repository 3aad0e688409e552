"""Long texts in static tables: their beginning, and the rest folded away where no script is needed to unfold it."""

from __future__ import annotations

from workbench.views._plain import shown
from workbench.views._words import Words

# JupyterLab asks the element with the focus whether its keys are commands of the notebook's, such as Enter to edit.
OWN_KEYS = 'data-lm-suppress-shortcuts="true"'
# Wherever dollar signs stand in HTML formulas are set, but not in a pre; and a pre keeps line breaks without any style.
_TEXT = (
    "margin: 0; padding: 0; background: none; border: none; font-family: inherit;"
    " font-size: 13px; line-height: 1.45; white-space: pre-wrap;"
    " word-break: normal; word-wrap: break-word; overflow-wrap: anywhere"
)
_REST = "font-size: 12px; cursor: pointer; margin: 2px 0"
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


def text_block(text: str, known: Words) -> str:
    """A text in HTML as it is; of a long one all but the beginning is folded away.

    >>> from workbench.views._words import words
    >>> "noch" in text_block("wort " * 200, words("de"))
    True
    """
    beginning, rest = parted(text)
    return block(beginning) + (fold(known.more(len(rest)), block(rest)) if rest else "")


def block(text: str) -> str:
    """A whole text in HTML."""
    return f'<pre dir="auto" style="{_TEXT}">{shown(text)}</pre>'


def fold(head: str, inside: str) -> str:
    """HTML that is folded away below a line of ours."""
    return f'<details><summary {OWN_KEYS} style="{_REST}">{head}</summary>{inside}</details>'
