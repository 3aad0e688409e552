"""Tables of what has run, as HTML that needs no script, style sheet or kernel, and as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from workbench.language import Language
from workbench.texts import plain, shorten
from workbench.views._fold import OWN_KEYS, text_block
from workbench.views._plain import shown
from workbench.views._styles import CAPTION, CELL, COLUMN, PANE, PANE_SHEET, TABLE
from workbench.views._words import Status, Words, words

_SHAPES: dict[Status, str] = {"waiting": "○", "answering": "◐", "answered": "✓", "failed": "✗", "stopped": "■"}

_PROMPT = f"{CELL}; min-width: 160px; max-width: 280px"
_ANSWER = f"{CELL}; min-width: 200px; max-width: 480px"
_NUMBERED = "display: flex; gap: 8px"
_NUMBER = "min-width: 14px; text-align: right; opacity: 0.8"
_CAPTION = f"{CAPTION}; padding: 8px 12px"
_SUMMARY = "font-weight: normal; opacity: 0.8"
_STATE = "font-size: 12px; line-height: 1.45; opacity: 0.8; margin: 0 0 2px"
_FAILED = "font-size: 12px; line-height: 1.45; margin: 0 0 2px; padding-left: 8px; border-left: 3px solid #d32f2f"
_REPEAT = "margin-bottom: 10px"


class Answer(NamedTuple):
    """How one cell of a comparison ended.

    Attributes:
        status: Its status.
        text: What the model wrote; empty where nothing came.
        note: Time and tokens, or the line of the error.

    >>> Answer("answered", "Bonn", "1.2 s, 34 tokens").text
    'Bonn'
    """

    status: Status
    text: str
    note: str


Cells = Sequence[Sequence[Sequence[Answer]]]


def comparison_table(
    prompts: Sequence[str],
    candidates: Sequence[str],
    cells: Cells,
    caption: str = "",
    language: Language = "en",
    *,
    summary: str = "",
) -> str:
    """Write a comparison as an HTML table that stays readable in a saved notebook, without kernel, script and style.

    It stands in a pane of bounded height that scrolls by itself; of a long text all but the beginning is folded away.
    All texts are escaped and shown as text; unseen characters in them are made visible.

    Args:
        prompts: The prompts, one a row.
        candidates: The labels of the models, one a column.
        cells: For each prompt, for each candidate, its answers: one for each repeat.
        caption: Line above the table; says how large the comparison is unless given.
        language: "en" or "de".
        summary: What came of it, behind the caption.

    Returns:
        HTML of one table in its pane.

    Raises:
        UsageError: No view speaks the language.

    >>> html = comparison_table(["2 < 3?"], ["embedded"], [[[Answer("answered", "<b>Yes</b>", "0.4 s, 3 tokens")]]])
    >>> "2 &lt; 3?" in html, "&lt;b&gt;Yes&lt;/b&gt;" in html
    (True, True)
    """
    known = words(language)
    title = caption or _title(known, prompts, candidates)
    told = f' <span style="{_SUMMARY}">· {shown(summary)}</span>' if summary else ""
    heads = "".join(f'<th scope="col" style="{COLUMN}">{shown(name)}</th>' for name in (known.prompt, *candidates))
    rows = "".join(
        f'<tr><th scope="row" style="{_PROMPT}">{_prompt(number, prompt, known)}</th>{_row(answers, known)}</tr>'
        for number, (prompt, answers) in enumerate(zip(prompts, cells, strict=True), 1)
    )
    return (
        f'<div class="wb-kept" role="group" aria-label="{shown(title)}" tabindex="0" {OWN_KEYS} style="{PANE}">'
        f"<style>{PANE_SHEET}</style>"
        f'<table lang="{language}" class="mathjax_ignore tex2jax_ignore" style="{TABLE}">'
        f'<caption style="{_CAPTION}"><div class="wb-title">{shown(title)}{told}</div></caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def comparison_text(
    prompts: Sequence[str],
    candidates: Sequence[str],
    cells: Cells,
    caption: str = "",
    language: Language = "en",
    *,
    width: int = 100,
    lines: int = 6,
) -> str:
    """Write the same comparison for a terminal: prompt by prompt, the answers below each other.

    Times differ from run to run and so are left out: equal answers make equal text.

    Args:
        prompts: The prompts.
        candidates: The labels of the models.
        cells: For each prompt, for each candidate, its answers: one for each repeat.
        caption: First line; says how large the comparison is unless given.
        language: "en" or "de".
        width: No line is longer, in characters.
        lines: Lines shown of each prompt and each answer.

    Returns:
        Lines of text, without a line feed at the end.

    Raises:
        UsageError: No view speaks the language.

    >>> print(comparison_text(["Capital until 1990?"], ["embedded"], [[[Answer("answered", "Bonn", "0.4 s")]]]))
    Comparison: 1 prompt, 1 model
    <BLANKLINE>
    1. Capital until 1990?
       embedded ✓ answered
         Bonn
    """
    known = words(language)
    written = _wrapped(caption or _title(known, prompts, candidates), "", "", width, lines)
    for number, (prompt, row) in enumerate(zip(prompts, cells, strict=True), 1):
        written.append("")
        written += _wrapped(prompt, f"{number}. ", "   ", width, lines)
        for candidate, answers in zip(candidates, row, strict=True):
            for status, text, note in answers:
                written += _wrapped(f"{candidate} {_state(status, known)}", "   ", "   ", width, lines)
                written += _wrapped(_said(status, text, known), "     ", "     ", width, lines)
                written += _wrapped(note if status == "failed" else "", "     ", "     ", width, lines)
    return "\n".join(written)


def _title(known: Words, prompts: Sequence[str], candidates: Sequence[str]) -> str:
    return f"{known.title}: {known.size(len(prompts), len(candidates))}"


def _state(status: Status, known: Words) -> str:
    return f"{_SHAPES[status]} {known.unasked if status == 'waiting' else known.status[status]}"


def _said(status: Status, text: str, known: Words) -> str:
    return known.empty if status == "answered" and not text.strip() else text


def _prompt(number: int, prompt: str, known: Words) -> str:
    return (
        f'<div style="{_NUMBERED}"><span style="{_NUMBER}">{number}</span><div>{text_block(prompt, known)}</div></div>'
    )


def _row(answers: Sequence[Sequence[Answer]], known: Words) -> str:
    return "".join(f'<td style="{_ANSWER}">{"".join(_answer(*one, known) for one in cell)}</td>' for cell in answers)


def _answer(status: Status, text: str, note: str, known: Words) -> str:
    state = _state(status, known) + (f" · {note}" if note else "")
    said = _said(status, text, known)
    head = f'<div dir="auto" style="{_FAILED if status == "failed" else _STATE}">{shown(state)}</div>'
    return head + (f'<div style="{_REPEAT}">{text_block(said, known)}</div>' if said else "")


def _wrapped(text: str, first: str, rest: str, width: int, lines: int) -> list[str]:
    return list(_lines(plain(text).expandtabs(4), first, rest, width, lines))


def _lines(text: str, first: str, rest: str, width: int, lines: int) -> Iterator[str]:
    filled = [
        piece
        for paragraph in text.split("\n")
        for piece in textwrap.wrap(paragraph, width - len(rest) - 1, break_on_hyphens=False)
    ]
    if len(filled) > lines:
        filled = [*filled[: lines - 1], shorten(filled[lines - 1] + "…", width - len(rest))]
    for number, line in enumerate(filled):
        yield (rest if number else first) + line
