"""The report as a page: what was asked, who is better, what was kept out, and every answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import UsageError
from workbench.views._numbers import decimals, localized, told
from workbench.views._plain import shown
from workbench.views._words import Language, language, words
from workbench.views.charts import heat_map, latency_chart, scores_chart, speed_chart
from workbench.views.charts._counted import chosen_scorer, counted
from workbench.views.report._marks import MARKS, marked
from workbench.views.report._parts import Cell, Figures, Phrase, paragraph, picture, section, table
from workbench.views.report._words import WORDS, ReportWords

if TYPE_CHECKING:
    import altair

    from workbench.compare.statistics import Verdict

# More would make a file that no browser opens at once.
PROMPTS_SHOWN = 200
_ERRORS_SHOWN = 20
_DIGITS = 4  # a score of a table has them; in a picture three are enough
_SMALL = 0.001  # a smaller p tells no more


def report_html(
    frame: pd.DataFrame,
    scores: pd.DataFrame | None = None,
    verdict: Verdict | None = None,
    *,
    scorer: str | None = None,
    title: str | None = None,
    spoken: Language | None = None,
    options: Mapping[str, Mapping[str, Any] | None] | None = None,
) -> str:
    """A comparison as one HTML page that needs no server, no network and no script, for screen and paper.

    Args:
        frame: The frame of a run.
        scores: Long table of `prompt_id`, `model`, `repeat`, `scorer`, `value` and, if there, `left_out`; None without
            scores.
        verdict: Who is better by one scorer; None without scores, or of a single model.
        scorer: Whose scores are told; None takes that of the verdict, or the only one.
        title: Heading of the page; None takes "Comparison".
        spoken: "en" or "de"; None takes `workbench.views.language()`.
        options: Options of each model by its label, None for a function; nothing is said of one that is missing.

    Returns:
        The page. All that a model wrote is text in it.

    Raises:
        UsageError: If the language is unknown, there is no such scorer, or several and none is named.

    >>> frame = pd.DataFrame({"prompt_id": [0], "prompt": ["2 + 2?"], "model": ["a"], "repeat": [0], "answer": ["<4>"],
    ...     "error": [None], "finish": ["stop"], "warnings": [None], "tries": [1], "first_token_s": [0.1],
    ...     "total_s": [0.5], "tokens_per_s": [20.0]})
    >>> "&lt;4&gt;" in report_html(frame, spoken="en")
    True
    """
    spoken = spoken or language()
    heading = title or words(spoken).title
    said = WORDS[spoken]
    told_by = _scorer(frame, scores, verdict, scorer)
    main = [
        _verdict(frame, scores, verdict, told_by, spoken),
        _asked(frame, options or {}, said),
        _means(frame, scores, verdict, told_by, spoken),
        *([] if verdict is None else [_pairs(verdict, spoken)]),
        *_pictures(frame, scores, verdict, told_by, spoken),
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


def _scorer(frame: pd.DataFrame, scores: pd.DataFrame | None, verdict: Verdict | None, wanted: str | None) -> str:
    """Whose scores are told; empty where nobody's are, or nobody knows."""
    if wanted is None and verdict is not None:
        return verdict.scorer
    if scores is None and _is_unscorable(frame):
        return ""
    there = [] if scores is None else [str(name) for name in scores["scorer"].drop_duplicates()]
    if wanted is None and len(there) > 1:
        raise UsageError("there are several scores", advice=f"name one of {', '.join(map(repr, there))}")
    return chosen_scorer(scores, wanted) or ""


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


def _verdict(
    frame: pd.DataFrame, scores: pd.DataFrame | None, verdict: Verdict | None, scorer: str, spoken: Language
) -> str:
    said = WORDS[spoken]
    if verdict is not None:
        sentences = [paragraph(sentence, "verdict") for sentence in verdict.told(spoken)]
        return section("verdict", said.heading("verdict", scorer), _direction(verdict, said), *sentences)
    if scores is not None:
        why = said.one_model
    elif _is_unscorable(frame):
        why = said.unscorable[0].lower() + said.unscorable[1:].removesuffix(".")
    else:
        why = said.no_pair
    return section("verdict", said.heading("verdict"), paragraph(said.no_verdict.format(why=why), "quiet"))


def _direction(verdict: Verdict | None, said: ReportWords) -> str:
    """Which scores are better, where it is not what everybody takes for granted."""
    return paragraph(said.lower, "quiet") if verdict is not None and verdict.better == "lower" else ""


def _is_unscorable(frame: pd.DataFrame) -> bool:
    return len(frame) > 0 and not _answered(frame).any()


def _asked(frame: pd.DataFrame, options: Mapping[str, Mapping[str, Any] | None], said: ReportWords) -> str:
    rows: list[list[Cell]] = []
    for model, own in frame.groupby("model", sort=False):
        rows.append([str(model), _options(str(model), options, said), int(_answered(own).sum()), len(own)])
    columns = [said.columns[name] for name in ("model", "options", "answered", "of")]
    heading = said.heading("asked")
    return section("asked", heading, table(heading, columns, rows))


def _options(model: str, options: Mapping[str, Mapping[str, Any] | None], said: ReportWords) -> str | None:
    if model not in options:
        return None
    own = options[model]
    return (
        said.function if own is None else ", ".join(f"{name}={value}" for name, value in own.items()) or said.defaults
    )


def _means(
    frame: pd.DataFrame, scores: pd.DataFrame | None, verdict: Verdict | None, scorer: str, spoken: Language
) -> str:
    said = WORDS[spoken]
    heading = said.heading("means", scorer)
    if verdict is not None:
        means = verdict.means
    elif (own := counted(scores, scorer)) is not None:
        means = _bare_means(own)
    else:
        nothing = said.unscorable if _is_unscorable(frame) else said.no_scores
        return section("means", heading, paragraph(nothing, "quiet"))
    has_intervals = "low" in means.columns
    places = decimals(_known(means, "mean", *(["low", "high"] if has_intervals else [])), _DIGITS)
    rows: list[list[Cell]] = []
    for row in means.to_dict("records"):
        interval = [_span(row["low"], row["high"], places, spoken)] if has_intervals else []
        rows.append([str(row["model"]), _figure(row["mean"], places, spoken), *interval, int(row["prompts"])])
    names = ["model", "mean", *(["interval"] if has_intervals else []), "prompts"]
    columns = [said.columns[name] for name in names]
    return section("means", heading, _direction(verdict, said), table(heading, columns, rows))


def _bare_means(scores: pd.DataFrame) -> pd.DataFrame:
    """The mean of each model's prompts, where no verdict knows its interval."""
    by_prompt = scores.groupby(["model", "prompt_id"], sort=False)["value"].mean()
    by_model = by_prompt.groupby("model", sort=False)
    return by_model.agg(mean="mean", prompts="count").reset_index()


def _pairs(verdict: Verdict, spoken: Language) -> str:
    said = WORDS[spoken]
    # One decimal more than the means have is enough, however little they differ.
    most = decimals(_known(verdict.means, "mean"), _DIGITS) + 1
    places = min(decimals(_known(verdict.frame, "difference", "low", "high"), _DIGITS), most)
    rows: list[list[Cell]] = []
    for pair in verdict.pairs:
        interval = _span(pair.low, pair.high, places, spoken)
        difference = told(pair.difference, places, spoken) + (f" ({interval})" if interval else "")
        p = f"< {_SMALL}" if pair.p_holm < _SMALL else f"{pair.p_holm:.3f}"
        rows.append(
            [
                pair.model,
                pair.other,
                Phrase(said.decisions.get(pair.decision, pair.decision)),
                Figures(difference) if pair.prompts else None,
                Figures(localized(p, spoken)),
                Figures(f"{pair.wins} / {pair.losses} / {pair.ties}"),
                pair.prompts,
                pair.further_prompts,
                Phrase(said.tests.get(pair.test, pair.test)),
            ]
        )
    names = ("model", "other", "decision", "difference", "p_holm", "counts", "prompts", "further_prompts", "test")
    heading = said.heading("pairs")
    return section("pairs", heading, table(heading, [said.columns[name] for name in names], rows))


def _known(data: pd.DataFrame, *columns: str) -> list[float]:
    return [float(value) for name in columns for value in data[name].dropna()]


def _figure(value: Any, places: int, spoken: Language) -> Figures | None:
    return None if pd.isna(value) else Figures(told(float(value), places, spoken))


def _span(low: Any, high: Any, places: int, spoken: Language) -> Figures | None:
    if pd.isna(low) or pd.isna(high):
        return None
    ends = {"low": told(float(low), places, spoken), "high": told(float(high), places, spoken)}
    return Figures(WORDS[spoken].span.format(**ends))


def _pictures(
    frame: pd.DataFrame, scores: pd.DataFrame | None, verdict: Verdict | None, scorer: str, spoken: Language
) -> list[str]:
    """The pictures for which there is something to show."""
    said = WORDS[spoken]
    drawings: dict[str, Callable[[], altair.TopLevelMixin]] = {
        "latency": lambda: latency_chart(frame, spoken=spoken),
        "heat": lambda: heat_map(frame, scores, scorer or None, spoken=spoken),
    }
    if verdict is not None:
        drawings = {
            "scores": lambda: scores_chart(verdict.means, spoken=spoken),
            "speed": lambda: speed_chart(frame, verdict.means, spoken=spoken),
            **drawings,
        }
    made = []
    for number, (name, draw) in enumerate(drawings.items()):
        try:
            drawn = draw()
        except UsageError:  # There is nothing of this kind to show, and the tables say so.
            continue
        heading = said.heading(name, scorer)
        direction = _direction(verdict, said) if name in said.scored else ""
        made.append(section(f"{name}-picture", heading, direction, picture(drawn, heading, number)))
    return made


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


def _answers(frame: pd.DataFrame, spoken: Language, said: ReportWords) -> str:
    """The answers: prompts down, models across, of the first prompts."""
    heading = said.heading("answers")
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
