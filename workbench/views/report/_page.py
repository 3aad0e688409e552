"""The report as a page: what was asked, who is better, what was kept out, and every answer."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.language import Language, usual_language
from workbench.views._plain import shown
from workbench.views._words import words
from workbench.views.report._answers import answers_section
from workbench.views.report._marks import MARKS, answered, marked
from workbench.views.report._overview import overview_section
from workbench.views.report._parts import Cell, paragraph, section, table
from workbench.views.report._scored import Scored, chosen, means_section, pairs_section, pictures, verdict_section
from workbench.views.report._words import WORDS, ReportWords

if TYPE_CHECKING:
    from workbench.comparison.statistics import Verdict

_ERRORS_SHOWN = 20


def report_html(
    frame: pd.DataFrame,
    scores: pd.DataFrame | None = None,
    verdict: Verdict | None = None,
    *,
    scorer: str | None = None,
    title: str | None = None,
    language: Language | None = None,
    options: Mapping[str, Mapping[str, Any] | None] | None = None,
) -> str:
    """Write a comparison as one HTML page that needs no server, no network and no script, for screen and paper.

    Args:
        frame: The frame of a run.
        scores: Long table of `prompt_id`, `model`, `repeat`, `scorer`, `value` and, if there, `left_out`; None without
            scores.
        verdict: Who is better by one scorer; None without scores, or of a single model.
        scorer: Whose scores are told; None takes that of the verdict, or the only one.
        title: Heading of the page; None takes "Comparison".
        language: "en" or "de"; None takes `workbench.language.language()`.
        options: Options of each model by its label, None for a function; nothing is said of one that is missing.

    Returns:
        The page. All that a model wrote is text in it.

    Raises:
        UsageError: If the language is unknown, there is no such scorer, or several and none is named.

    >>> frame = pd.DataFrame({"prompt_id": [0], "prompt": ["2 + 2?"], "model": ["a"], "repeat": [0], "answer": ["<4>"],
    ...     "error": [None], "finish": ["stop"], "warnings": [None], "tries": [1], "first_token_s": [0.1],
    ...     "total_s": [0.5], "tokens_per_s": [20.0]})
    >>> "&lt;4&gt;" in report_html(frame, language="en")
    True
    """
    language = language or usual_language()
    heading = title or words(language).title
    said = WORDS[language]
    scored = Scored(frame, scores, verdict, chosen(frame, scores, verdict, scorer), language)
    main = [
        verdict_section(scored),
        _asked(frame, options or {}, said),
        means_section(scored),
        pairs_section(scored),
        *pictures(scored),
        _kept_out(frame, said),
        overview_section(scored),
        answers_section(scored),
    ]
    css = files("workbench.views.report").joinpath("report.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        # Whatever may have slipped in: nothing is loaded, nothing runs.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{shown(heading)}</title><style>{css}</style></head>"
        f"<body><header><h1>{shown(heading)}</h1>{paragraph(_size(frame, said), 'size')}"
        f"{_recorded(frame, said)}</header>"
        f"<main>{''.join(main)}</main></body></html>\n"
    )


def _size(frame: pd.DataFrame, said: ReportWords) -> str:
    return said.size.format(
        prompts=frame["prompt_id"].nunique(),
        models=frame["model"].nunique(),
        repeats=frame["repeat"].nunique(),
        answered=answered(frame).sum(),
        cells=len(frame),
    )


def _recorded(frame: pd.DataFrame, said: ReportWords) -> str:
    """What is said of answers that were played from a cassette; "" where there are none."""
    moments = frame["recorded_at"].dropna() if "recorded_at" in frame else pd.Series(dtype=str)
    if moments.empty:
        return ""
    first, last = (str(moment)[:16].replace("T", " ") for moment in (moments.min(), moments.max()))
    return paragraph(said.recorded.format(count=len(moments), first=first, last=last), "size")


def _asked(frame: pd.DataFrame, options: Mapping[str, Mapping[str, Any] | None], said: ReportWords) -> str:
    rows: list[list[Cell]] = []
    for model, own in frame.groupby("model", sort=False):
        rows.append([str(model), _options(str(model), options, said), int(answered(own).sum()), len(own)])
    columns = [said.columns[name] for name in ("model", "options", "answered", "of")]
    heading = said.heading("asked")
    return section("asked", heading, table(heading, columns, rows))


def _options(model: str, options: Mapping[str, Mapping[str, Any] | None], said: ReportWords) -> str | None:
    if model not in options:
        return None
    own = options[model]
    if own is None:
        return said.function
    return ", ".join(f"{name}={value}" for name, value in own.items()) or said.defaults


def _kept_out(frame: pd.DataFrame, said: ReportWords) -> str:
    marks = marked(frame)
    present = [mark for mark in MARKS if marks[mark].any()]
    heading = said.heading("marks")
    if not present:
        return section("marks", heading, paragraph(said.no_marks, "quiet"))
    counts = marks.groupby(frame["model"], sort=False)[present].sum()
    rows: list[list[Cell]] = [[str(model), *map(int, row)] for model, *row in counts.itertuples(name=None)]
    parts = [table(said.marks_told, [said.columns["model"], *(said.marks[mark] for mark in present)], rows)]
    errors = frame[["model", "error"]].dropna().value_counts().head(_ERRORS_SHOWN).reset_index()
    if len(errors):
        columns = [said.columns[name] for name in ("model", "error", "count")]
        parts.append(table(said.errors_told, columns, errors.itertuples(index=False, name=None)))
    return section("marks", heading, *parts)
