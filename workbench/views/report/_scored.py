"""What the scores say: the verdict, the means, each pair in numbers, and the pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.arguments import chosen_score
from workbench.errors import UsageError
from workbench.language import Language
from workbench.views._numbers import decimals, rounded
from workbench.views.charts import latency_chart, scores_chart, speed_chart
from workbench.views.charts._counted import counted, scorers_in
from workbench.views.report._figures import DIGITS, differences, known, p_value, span
from workbench.views.report._marks import answered
from workbench.views.report._parts import Cell, Figures, Phrase, paragraph, picture, section, table
from workbench.views.report._words import WORDS

if TYPE_CHECKING:
    import altair

    from workbench.comparison.statistics import Verdict


@dataclass(frozen=True, slots=True)
class Scored:
    """A comparison and what one scorer says of it.

    Attributes:
        frame: The frame of the run.
        scores: Its scores; None where there are none.
        verdict: Who is better; None without scores, or of a single model.
        scorer: Whose scores are told; "" where nobody knows.
        language: "en" or "de".
    """

    frame: pd.DataFrame
    scores: pd.DataFrame | None
    verdict: Verdict | None
    scorer: str
    language: Language


def chosen(frame: pd.DataFrame, scores: pd.DataFrame | None, verdict: Verdict | None, wanted: str | None) -> str:
    """Whose scores are told; empty where nobody's are, or nobody knows."""
    if wanted is None and verdict is not None:
        return verdict.scorer
    if scores is None and _is_unscorable(frame):
        return ""
    there = scorers_in(scores)
    return chosen_score(there, wanted) if there or wanted is not None else ""


def verdict_section(scored: Scored) -> str:
    """Who is better, in sentences, or why nobody can say."""
    said = WORDS[scored.language]
    if _is_unscorable(scored.frame):
        why = said.no_answer
    elif scored.verdict is not None:
        sentences = [paragraph(sentence, "verdict") for sentence in scored.verdict.in_words(scored.language)]
        return section("verdict", said.heading("verdict", scored.scorer), direction(scored), *sentences)
    else:
        why = said.no_pair if scored.scores is None else said.one_model
    return section("verdict", said.heading("verdict"), paragraph(said.no_verdict.format(why=why), "quiet"))


def direction(scored: Scored) -> str:
    """Which scores are better, where it is not what everybody takes for granted."""
    is_lower = scored.verdict is not None and scored.verdict.better == "lower"
    return paragraph(WORDS[scored.language].lower, "quiet") if is_lower else ""


def _is_unscorable(frame: pd.DataFrame) -> bool:
    return len(frame) > 0 and not answered(frame).any()


def means_section(scored: Scored) -> str:
    """The mean score of each model, with its interval where there is a verdict."""
    language, said = scored.language, WORDS[scored.language]
    heading = said.heading("means", scored.scorer)
    if _is_unscorable(scored.frame):
        return section("means", heading, paragraph(said.unscorable, "quiet"))
    if scored.verdict is not None:
        means = scored.verdict.means
    elif (own := counted(scored.scores, scored.scorer)) is not None:
        means = _bare_means(own)
    else:
        return section("means", heading, paragraph(said.no_scores, "quiet"))
    has_intervals = "low" in means.columns
    places = decimals(known(means, "mean", *(["low", "high"] if has_intervals else [])), DIGITS)
    rows: list[list[Cell]] = []
    for row in means.to_dict("records"):
        interval = [span(row["low"], row["high"], places, language)] if has_intervals else []
        rows.append([str(row["model"]), _figure(row["mean"], places, language), *interval, int(row["prompts"])])
    names = ["model", "mean", *(["interval"] if has_intervals else []), "prompts"]
    columns = [said.columns[name] for name in names]
    return section("means", heading, direction(scored), table(heading, columns, rows))


def _bare_means(scores: pd.DataFrame) -> pd.DataFrame:
    """The mean of each model's prompts, where no verdict knows its interval."""
    by_prompt = scores.groupby(["model", "prompt_id"], sort=False)["value"].mean()
    by_model = by_prompt.groupby("model", sort=False)
    return by_model.agg(mean="mean", prompts="count").reset_index()


def pairs_section(scored: Scored) -> str:
    """The verdict on each pair in numbers; nothing where there is none."""
    verdict, said = scored.verdict, WORDS[scored.language]
    if verdict is None or _is_unscorable(scored.frame):
        return ""
    rows: list[list[Cell]] = [
        [
            pair.model,
            pair.other,
            Phrase(said.decisions.get(pair.decision, pair.decision)),
            difference,
            p_value(pair.p_holm, scored.language),
            Figures(f"{pair.wins} / {pair.losses} / {pair.ties}"),
            pair.prompts,
            pair.further_prompts,
            Phrase(said.tests.get(pair.test, pair.test)),
        ]
        for pair, difference in zip(verdict.pairs, differences(verdict, scored.language), strict=True)
    ]
    names = ("model", "other", "decision", "difference", "p_holm", "counts", "prompts", "further_prompts", "test")
    heading = said.heading("pairs")
    return section("pairs", heading, table(heading, [said.columns[name] for name in names], rows))


def _figure(value: Any, places: int, language: Language) -> Figures | None:
    return None if pd.isna(value) else Figures(rounded(float(value), places, language))


def pictures(scored: Scored) -> list[str]:
    """A section for each picture for which there is something to show."""
    frame, verdict, language, said = scored.frame, scored.verdict, scored.language, WORDS[scored.language]
    drawings: dict[str, Callable[[], altair.TopLevelMixin]] = {
        "latency": lambda: latency_chart(frame, language=language),
    }
    if verdict is not None:
        drawings = {
            "scores": lambda: scores_chart(verdict.means, language=language),
            "speed": lambda: speed_chart(frame, verdict.means, language=language),
            **drawings,
        }
    made = []
    for number, (name, draw) in enumerate(drawings.items()):
        try:
            drawn = draw()
        except UsageError:  # There is nothing of this kind to show, and the tables say so.
            continue
        heading = said.heading(name, scored.scorer)
        which_is_better = direction(scored) if name in said.scored else ""
        made.append(section(f"{name}-picture", heading, which_is_better, picture(drawn, heading, number)))
    return made
