"""Pictures of time: how long answers take, and what quality costs in speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.errors import UsageError
from workbench.language import Language, usual_language
from workbench.views._numbers import decimals, rounded
from workbench.views._styles import INK
from workbench.views.charts._theme import ACCENT, SECOND, names_shown, theme
from workbench.views.charts._words import chart_words

if TYPE_CHECKING:
    import altair

# Marks for each model and delay: enough for a distribution, few enough for a file that opens at once.
_MARKS = 200
_TOLD = ["model", "kind", "low", "median", "high"]
_SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]


def latency_chart(frame: pd.DataFrame, *, language: Language | None = None) -> altair.FacetChart:
    """Draw how long the first token and the whole answer took: a mark for each answer, the middle half, the median.

    Of more than 200 answers, 200 quantiles stand for all.

    Args:
        frame: The frame of a run; cells without a time are left out.
        language: "en" or "de"; None takes `workbench.language.language()`.

    Raises:
        UsageError: If no answer has a time.
    """
    from workbench.views.charts._drawing import alt

    language = language or usual_language()
    said = chart_words(language)
    kinds = {"first_token_s": said.first_token, "total_s": said.whole_answer}
    answered = frame[frame["error"].isna()]
    names = names_shown(answered["model"])
    rows = []
    for (model, column), seconds in _times(answered, list(kinds)).items():
        low, median, high = np.quantile(seconds, [0.25, 0.5, 0.75])
        marks = seconds if len(seconds) <= _MARKS else np.quantile(seconds, np.linspace(0, 1, _MARKS))
        shared = {"model": names[model], "kind": kinds[column], "low": low, "median": median, "high": high}
        rows += [{**shared, "seconds": float(mark), "first": number == 0} for number, mark in enumerate(marks)]
    if not rows:
        raise UsageError("no answer has a time to show", advice="compare models that stream")
    data = pd.DataFrame(rows)

    def in_seconds(value: float) -> str:
        return f"{rounded(value, 2, language)} s"

    described = ", ".join(
        f"{model}, {kind}: {in_seconds(median)} ({rounded(low, 2, language)} – {in_seconds(high)})"
        for model, kind, low, median, high in data.loc[data["first"], _TOLD].itertuples(index=False, name=None)
    )
    y = alt.Y("model:N", title=None, sort=None)
    base = alt.Chart().encode(y)
    once = base.transform_filter("datum.first")
    chart: altair.FacetChart = (
        alt.layer(
            base.mark_tick(color=INK, opacity=0.45, thickness=1.5, size=22).encode(
                alt.X("seconds:Q", title=said.seconds, axis=alt.Axis(format=",~g"))
            ),
            once.mark_bar(color=ACCENT, opacity=0.45, height=12).encode(alt.X("low:Q"), alt.X2("high:Q")),
            once.mark_point(color=SECOND, filled=True, shape="diamond", size=110, opacity=1).encode(alt.X("median:Q")),
        )
        .properties(width=560, height=alt.Step(36))
        .facet(
            row=alt.Row(
                "kind:N",
                title=None,
                sort=list(kinds.values()),
                header=alt.Header(labelOrient="top", labelAnchor="start"),
            ),
            data=data,
        )
        .resolve_scale(x="independent")
        .properties(description=said.latency_told.format(described))
        .configure(**theme(language))
    )
    return chart


def speed_chart(frame: pd.DataFrame, means: pd.DataFrame, *, language: Language | None = None) -> altair.LayerChart:
    """Draw the mean score against tokens per second: each model a shape with its name beside it.

    Args:
        frame: The frame of a run.
        means: Table with `model` and `mean`.
        language: "en" or "de"; None takes `workbench.language.language()`.

    Raises:
        UsageError: If no model has both a score and a speed.
    """
    from workbench.views.charts._drawing import alt

    language = language or usual_language()
    said = chart_words(language)
    speeds = frame[frame["error"].isna()].groupby("model")["tokens_per_s"].median().rename("speed")
    data = means[["model", "mean"]].merge(speeds.reset_index(), on="model").dropna()
    if data.empty:
        raise UsageError("no model has both a score and a speed", advice="score the run, and compare models that count")
    data = data.astype({"mean": float, "speed": float})
    data["model"] = data["model"].map(names_shown(data["model"]))
    data["shape"] = [_SHAPES[number % len(_SHAPES)] for number in range(len(data))]
    base = alt.Chart(data).encode(
        alt.X("speed:Q", title=said.speed, scale=alt.Scale(domainMin=0, nice=True)),
        alt.Y("mean:Q", title=said.mean, scale=alt.Scale(domain=_around(data["mean"]), nice=False)),
    )
    places = decimals(data["mean"])
    described = ", ".join(
        f"{model} {rounded(mean, places, language)} / {rounded(speed, 1, language)}"
        for model, mean, speed in data[["model", "mean", "speed"]].itertuples(index=False, name=None)
    )
    chart: altair.LayerChart = alt.layer(
        base.mark_point(color=ACCENT, filled=True, size=150, opacity=1).encode(
            alt.Shape("shape:N", scale=None, legend=None)
        ),
        base.mark_text(align="left", dx=12).encode(alt.Text("model:N")),
        width=560,
        height=260,
        description=said.speed_told.format(described),
    ).configure(**theme(language))
    return chart


def _around(means: pd.Series[float]) -> list[float]:
    """Where an axis of these means begins and ends: a little beyond them, but not beyond 0 and 1 where they are not."""
    low, high = means.min(), means.max()
    room = max((high - low) / 5, abs(high) / 20) or 1.0
    is_share = low >= 0 and high <= 1
    return [max(low - room, 0.0), min(high + room, 1.0)] if is_share else [low - room, high + room]


def _times(
    frame: pd.DataFrame, columns: list[str]
) -> dict[tuple[str, str], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """The seconds of every model and delay that has any."""
    found = {}
    for column in columns:
        for model, group in frame.groupby("model", sort=False):
            seconds = group[column].dropna().to_numpy(dtype=float)
            if len(seconds):
                found[str(model), column] = seconds
    return found
