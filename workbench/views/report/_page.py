"""The report as a page: what was asked, who is better, what was kept out, and every answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import UsageError
from workbench.views._plain import shown
from workbench.views._words import Language, language, words
from workbench.views.charts import heat_map, latency_chart, scores_chart, speed_chart
from workbench.views.report._marks import MARKS, marked
from workbench.views.report._parts import paragraph, picture, section, table
from workbench.views.report._words import WORDS, ReportWords

if TYPE_CHECKING:
    import altair

# More would make a file that no browser opens at once.
PROMPTS_SHOWN = 200
_ERRORS_SHOWN = 20
_SMALL = 0.001  # a smaller p tells no more
_PAIR_COLUMNS = (
    "model", "other", "decision", "difference", "low", "high", "p_holm", "wins", "losses", "ties", "prompts",
    "further_prompts", "test",
)  # fmt: skip


def report_html(
    frame: pd.DataFrame,
    scores: pd.DataFrame | None = None,
    pairs: pd.DataFrame | None = None,
    sentences: Sequence[str] = (),
    means: pd.DataFrame | None = None,
    *,
    title: str | None = None,
    spoken: Language | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> str:
    """A comparison as one HTML page that needs no server, no network and no script, for screen and paper.

    Args:
        frame: The frame of a run.
        scores: Long table with `prompt_id`, `model`, `repeat`, `scorer`, `value`; None without scores.
        pairs: Verdict of each pair of models; None without one.
        sentences: The verdict in words, a sentence each.
        means: Table with `model`, `prompts`, `mean`, `low`, `high`; None without one.
        title: Heading of the page; None takes "Comparison".
        spoken: "en" or "de"; None takes `workbench.views.language()`.
        options: Options of each model, by its label.

    Returns:
        The page. All that a model wrote is text in it.

    Raises:
        UsageError: If the language is unknown.

    >>> frame = pd.DataFrame({"prompt_id": [0], "prompt": ["2 + 2?"], "model": ["a"], "repeat": [0], "answer": ["<4>"],
    ...     "error": [None], "finish": ["stop"], "warnings": [None], "tries": [1], "first_token_s": [0.1],
    ...     "total_s": [0.5], "tokens_per_s": [20.0]})
    >>> "&lt;4&gt;" in report_html(frame, spoken="en")
    True
    """
    spoken = spoken or language()
    heading = title or words(spoken).title
    said = WORDS[spoken]
    main = [
        section("verdict", said.headings["verdict"], _verdict(sentences, said)),
        _asked(frame, options or {}, said),
        _numbers("means", means, ("model", "prompts", "mean", "low", "high"), said),
        _numbers("pairs", pairs, _PAIR_COLUMNS, said),
        *_pictures(frame, scores, means, spoken, said),
        _kept_out(frame, said),
        _answers(frame, spoken, said),
    ]
    css = files("workbench.views.report").joinpath("report.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n<html lang="{spoken}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        # Whatever may have slipped in: nothing is loaded, nothing runs.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{shown(heading)}</title><style>{css}</style></head>"
        f"<body><header><h1>{shown(heading)}</h1>{paragraph(_size(frame, said), 'size')}</header>"
        f"<main>{''.join(main)}</main></body></html>\n"
    )


def _size(frame: pd.DataFrame, said: ReportWords) -> str:
    return said.size.format(
        prompts=frame["prompt_id"].nunique(),
        models=frame["model"].nunique(),
        repeats=frame["repeat"].nunique(),
        answered=_answered(frame).sum(),
        cells=len(frame),
    )


def _answered(frame: pd.DataFrame) -> pd.Series[bool]:
    return frame["error"].isna() & ~frame["finish"].fillna("").isin(["not asked", "cancelled"])


def _verdict(sentences: Sequence[str], said: ReportWords) -> str:
    return "".join(paragraph(sentence, "verdict") for sentence in sentences) or paragraph(said.no_verdict, "quiet")


def _asked(frame: pd.DataFrame, options: Mapping[str, Mapping[str, Any]], said: ReportWords) -> str:
    rows = []
    for model, own in frame.groupby("model", sort=False):
        chosen = ", ".join(f"{name}={value}" for name, value in options.get(str(model), {}).items())
        rows.append([model, chosen or said.defaults, int(_answered(own).sum()), len(own)])
    columns = [said.columns[name] for name in ("model", "options", "answered", "of")]
    heading = said.headings["asked"]
    return section("asked", heading, table(heading, columns, rows))


def _numbers(name: str, data: pd.DataFrame | None, wanted: Sequence[str], said: ReportWords) -> str:
    """A table of numbers, or a sentence where there is none."""
    heading = said.headings[name]
    if data is None or data.empty:
        return section(name, heading, paragraph(said.no_scores, "quiet"))
    there = [column for column in wanted if column in data.columns]
    told = data[there].astype(object)
    if "p_holm" in there:
        told["p_holm"] = told["p_holm"].map(lambda p: "< 0.001" if p < _SMALL else p)
    if "decision" in there:
        told["decision"] = told["decision"].map(lambda decision: said.decisions.get(decision, decision))
    rows = told.itertuples(index=False, name=None)
    return section(name, heading, table(heading, [said.columns[column] for column in there], rows))


def _pictures(
    frame: pd.DataFrame,
    scores: pd.DataFrame | None,
    means: pd.DataFrame | None,
    spoken: Language,
    said: ReportWords,
) -> list[str]:
    """The pictures for which there is something to show."""
    drawings: dict[str, Callable[[], altair.TopLevelMixin]] = {
        "latency": lambda: latency_chart(frame, spoken=spoken),
        "heat": lambda: heat_map(frame, scores, spoken=spoken),
    }
    if means is not None:
        drawings = {
            "scores": lambda: scores_chart(means, spoken=spoken),
            "speed": lambda: speed_chart(frame, means, spoken=spoken),
            **drawings,
        }
    made = []
    for number, (name, draw) in enumerate(drawings.items()):
        try:
            drawn = draw()
        except UsageError:  # There is nothing of this kind to show, and the tables say so.
            continue
        made.append(section(f"{name}-picture", said.headings[name], picture(drawn, said.headings[name], number)))
    return made


def _kept_out(frame: pd.DataFrame, said: ReportWords) -> str:
    marks = marked(frame)
    present = [mark for mark in MARKS if marks[mark].any()]
    heading = said.headings["marks"]
    if not present:
        return section("marks", heading, paragraph(said.no_marks, "quiet"))
    counts = marks.groupby(frame["model"], sort=False)[present].sum()
    rows = [[str(model), *map(int, row)] for model, *row in counts.itertuples(name=None)]
    parts = [table(said.marks_told, [said.columns["model"], *(said.marks[mark] for mark in present)], rows)]
    errors = frame[["model", "error"]].dropna().value_counts().head(_ERRORS_SHOWN).reset_index()
    if len(errors):
        columns = [said.columns[name] for name in ("model", "error", "count")]
        parts.append(table(said.errors_told, columns, errors.itertuples(index=False, name=None)))
    return section("marks", heading, *parts)


def _answers(frame: pd.DataFrame, spoken: Language, said: ReportWords) -> str:
    """The answers: prompts down, models across, of the first prompts."""
    heading = said.headings["answers"]
    if frame.empty:
        return section("answers", heading, paragraph(said.no_answers, "quiet"))
    numbers = frame["prompt_id"].drop_duplicates().sort_values()
    seen = frame[frame["prompt_id"].isin(numbers[:PROMPTS_SHOWN])].assign(
        shown=lambda cells: _texts(cells, spoken, said)
    )
    models = list(dict.fromkeys(frame["model"]))
    several = frame["repeat"].nunique() > 1
    rows = []
    for (_, repeat), cells in seen.groupby(["prompt_id", "repeat"], sort=True):
        by_model = dict(zip(cells["model"], cells["shown"], strict=True))
        begin = [str(cells["prompt"].iloc[0]), *([str(int(str(repeat)) + 1)] if several else [])]
        rows.append([*begin, *(by_model.get(model) for model in models)])
    begin = [said.columns["prompt"], *([said.columns["repeat"]] if several else [])]
    note = said.only_first.format(shown=PROMPTS_SHOWN, all=len(numbers))
    parts = [paragraph(note, "quiet")] if len(numbers) > PROMPTS_SHOWN else []
    return section("answers", heading, *parts, table(heading, [*begin, *map(str, models)], rows, "answers"))


def _texts(cells: pd.DataFrame, spoken: Language, said: ReportWords) -> list[str]:
    """What the table shows of each cell: the answer, before it the marks it has, and the error."""
    marks = marked(cells)
    answers = cells["dialogue"].fillna(cells["answer"]) if "dialogue" in cells else cells["answer"]
    made = []
    for number, (answer, error) in enumerate(zip(answers, cells["error"], strict=True)):
        own = [said.marks[mark] for mark in MARKS if marks[mark].iloc[number]]
        parts = [f"[{', '.join(own)}]"] if own else []
        parts += [str(text) for text in (error, answer) if isinstance(text, str) and text]
        made.append("\n".join(parts) or words(spoken).empty)
    return made
