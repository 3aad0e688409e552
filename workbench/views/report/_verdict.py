"""A verdict as a table in HTML, readable in a saved notebook."""

from __future__ import annotations

from workbench.arguments import in_language
from workbench.comparison.statistics import Pair, Verdict
from workbench.language import Language
from workbench.views._plain import shown
from workbench.views._styles import (
    CAPTION,
    COLUMN,
    FIGURE,
    LOW_CELL,
    MARK_BAD,
    MARK_GOOD,
    MARK_OPEN,
    MARK_PLAIN,
    NUMBER_COLUMN,
    QUIET,
    TABLE,
)
from workbench.views.report._figures import differences, p_value
from workbench.views.report._parts import Figures
from workbench.views.report._words import WORDS, ReportWords

_NAME = f"{LOW_CELL}; max-width: 320px; overflow-wrap: anywhere"
_MARKS = {
    "better": ("\u25b2", MARK_GOOD),
    "worse": ("\u25bc", MARK_BAD),
    "same": ("=", MARK_PLAIN),
    "undecided": ("\u25cc", MARK_OPEN),
}
_NUMBERS = ("difference", "counts", "p_holm", "further_prompts")


def verdict_table(verdict: Verdict, language: Language = "en") -> str:
    """Write a verdict as HTML that stays readable in a saved notebook: a row for each pair, with the decision first.

    Args:
        verdict: Who is better by one scorer.
        language: "en" or "de".

    Returns:
        HTML of one table. Names of models are shown as text.

    Raises:
        UsageError: No view speaks the language.

    >>> import pandas as pd
    >>> from workbench.comparison.statistics import verdict
    >>> rows = [{"prompt_id": n, "model": m, "repeat": 0, "scorer": "exact", "value": v}
    ...     for n in range(8) for m, v in (("<a>", 1.0), ("b", 0.0))]
    >>> html = verdict_table(verdict(pd.DataFrame(rows)))
    >>> "better" in html, "&lt;a&gt;" in html
    (True, True)
    """
    said = in_language(WORDS, language)
    heads = [(name, COLUMN) for name in ("decision", "model", "other")] + [(name, NUMBER_COLUMN) for name in _NUMBERS]
    head = "".join(f'<th scope="col" style="{style}">{shown(said.columns[name])}</th>' for name, style in heads)
    told = zip(verdict.pairs, differences(verdict, language), strict=True)
    rows = [_row(pair, difference, said, language) for pair, difference in told]
    notes = [*([said.lower] if verdict.better == "lower" else []), *verdict.remarks(language)]
    below = "".join(f'<div style="{QUIET}">{shown(note)}</div>' for note in notes)
    return (
        f'<table lang="{language}" class="mathjax_ignore tex2jax_ignore" style="{TABLE}">'
        f'<caption style="{CAPTION}">{shown(said.heading("verdict", verdict.scorer))}{below}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _row(pair: Pair, difference: Figures | None, said: ReportWords, language: Language) -> str:
    shape, style = _MARKS[pair.decision]
    mark = f'<span style="{style}">{shape} {shown(said.decisions.get(pair.decision, pair.decision))}</span>'
    numbers = [difference or said.unmet, f"{pair.wins} / {pair.losses} / {pair.ties}"]
    numbers += [p_value(pair.p_holm, language) if pair.prompts else "", _further(pair, said)]
    figures = "".join(f'<td style="{FIGURE}">{shown(number)}</td>' for number in numbers)
    return (
        f'<tr><td style="{LOW_CELL}">{mark}</td>'
        f'<th scope="row" style="{_NAME}; font-weight: 600">{shown(pair.model)}</th>'
        f'<td style="{_NAME}">{shown(pair.other)}</td>{figures}</tr>'
    )


def _further(pair: Pair, said: ReportWords) -> str:
    if pair.further_prompts is not None:
        return str(pair.further_prompts)
    return said.hopeless if pair.decision == "undecided" and pair.prompts else ""
