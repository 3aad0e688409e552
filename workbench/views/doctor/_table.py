"""What the doctor found as a table in HTML, readable in a saved notebook."""

from __future__ import annotations

from workbench.connections.doctor import Diagnosis
from workbench.language import Language
from workbench.views._plain import shown
from workbench.views._styles import CAPTION, COLUMN, LINE, LOW_CELL, MARK_BAD, MARK_OPEN, MARK_PLAIN, QUIET, TABLE
from workbench.views.doctor._rows import SHAPES, Row, in_language, sections, summary, title
from workbench.views.doctor._words import DoctorWords, doctor_words

_SUMMARY = "font-weight: normal; margin-top: 2px"
_NOW = f"{_SUMMARY}; padding-left: 8px; border-left: {LINE}"
_SEEN = f"{LOW_CELL}; max-width: 640px; overflow-wrap: anywhere"
_NAME = f"{LOW_CELL}; white-space: nowrap"
_MARKS = {True: MARK_PLAIN, False: MARK_BAD, None: MARK_OPEN}


def diagnosis_table(found: Diagnosis, language: Language = "en", *, trying: str = "") -> str:
    """Write a diagnosis as HTML that stays readable in a saved notebook. What a server said is shown as text.

    Args:
        found: What the doctor found.
        language: "en" or "de".
        trying: What is tried now, with rows in the order in which they came; "" where it is over, with problems first.

    Raises:
        UsageError: No view speaks the language.

    >>> from workbench.connections.doctor import Diagnosis, Step
    >>> step = Step(name="port", passed=False, said="connection refused", advice="start the server")
    >>> "✗ no" in diagnosis_table(Diagnosis(connection="gpu", address="", model="", steps=(step,)))
    True
    """
    words = doctor_words(language)
    rows = []
    for head, lines in sections(found, words, as_found=bool(trying)):
        cells = "".join(f'<th scope="col" style="{COLUMN}">{shown(text)}</th>' for text in ("", head, words.seen))
        rows += [f"<tr>{cells}</tr>", *(_row(line, words) for line in lines)]
    notes = "".join(
        f'<tr><td colspan="3" style="{LOW_CELL}">{shown(in_language(note, language))}</td></tr>' for note in found.notes
    )
    return (
        f'<table lang="{language}" class="mathjax_ignore tex2jax_ignore" style="{TABLE}">'
        f'<caption style="{CAPTION}">{shown(title(found, words))}{_state(found, words, trying)}</caption>'
        f"<tbody>{''.join(rows)}{notes}</tbody></table>"
    )


def _state(found: Diagnosis, words: DoctorWords, trying: str) -> str:
    """The lines below the title: how much works, what is tried now, and how to stop it."""
    lines = [(_SUMMARY, summary(found, words))]
    if trying:
        lines += [(_NOW, words.trying.format(words.name(trying))), (QUIET, words.to_stop)]
    return "".join(f'<div style="{style}">{shown(line)}</div>' for style, line in lines if line)


def _row(row: Row, words: DoctorWords) -> str:
    mark = f'<span style="{_MARKS[row.works]}">{SHAPES[row.works]} {words.said[row.works]}</span>'
    advice = f'<div style="{QUIET}">{words.to_do}: {shown(row.advice)}</div>' if row.advice else ""
    return (
        f'<tr><td style="{LOW_CELL}">{mark}</td><th scope="row" style="{_NAME}">{shown(row.name)}</th>'
        f'<td style="{_SEEN}">{shown(row.said)}{advice}</td></tr>'
    )
