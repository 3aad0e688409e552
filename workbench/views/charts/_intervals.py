"""Pictures of one number for each model, with its interval: mean scores, and strengths from votes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import UsageError
from workbench.language import Language, usual_language
from workbench.views._numbers import decimals, rounded
from workbench.views.charts._theme import ACCENT, names_shown, theme
from workbench.views.charts._words import chart_words

if TYPE_CHECKING:
    import altair


def strengths_chart(table: pd.DataFrame, *, language: Language | None = None) -> altair.LayerChart:
    """Draw how strong each model is by votes as a point, its interval as a line, in the table's order.

    Args:
        table: Table with `model`, `strength`, `low` and `high`, such as `wb.statistics.bradley_terry` and votes give.
        language: "en" or "de"; None takes `workbench.language.language()`.

    Raises:
        UsageError: If there is no model.

    >>> table = pd.DataFrame({"model": ["a"], "strength": [0.8], "low": [0.7], "high": [0.9]})
    >>> strengths_chart(table, language="en").to_dict()["description"]
    'Strength of each model by votes, with its interval: a 0.80 (0.70 – 0.90)'
    """
    language = language or usual_language()
    said = chart_words(language)
    if table.empty:
        raise UsageError("there is no strength to show", advice="vote first")
    data = table[["model", "strength", "low", "high"]].rename(columns={"strength": "mean"})
    return interval_chart(data, said.strength, said.strengths_told, language, is_share=False)


def interval_chart(
    data: pd.DataFrame, title: str, told: str, language: Language, *, is_share: bool | None = None
) -> altair.LayerChart:
    """Draw `mean`, `low` and `high` of each `model`.

    Args:
        data: The table; `low` and `high` may be missing, and `mean` too, which the picture says.
        title: Of the axis.
        told: Describes the picture for those who do not see it; `{}` is its values.
        language: "en" or "de".
        is_share: Whether the axis goes from 0 to 1; None finds out whether all values are between these.
    """
    from workbench.views.charts._drawing import alt

    data = data.astype({"mean": float, "low": float, "high": float})
    data["model"] = data["model"].map(names_shown(data["model"]))
    is_known = data["mean"].notna()
    places = decimals(data["mean"].dropna())
    unknown = chart_words(language).unscored
    data["text"] = [unknown if pd.isna(mean) else rounded(mean, places, language) for mean in data["mean"]]
    described = ", ".join(
        f"{model} {text}"
        + (f" ({rounded(low, places, language)} – {rounded(high, places, language)})" if low == low else "")
        for model, text, low, high in data[["model", "text", "low", "high"]].itertuples(index=False, name=None)
    )
    # One scale for all marks; scores from 0 to 1 are seen between these two, so that no difference looks larger.
    if is_share is None:
        ends = [*data["mean"].dropna(), *data["low"].dropna(), *data["high"].dropna()]
        is_share = all(0 <= end <= 1 for end in ends)
    scale = alt.Scale(domain=[0, 1], nice=False) if is_share else alt.Scale(zero=False, nice=True)
    row = alt.Y("model:N", sort=list(data["model"]), title=None, axis=alt.Axis(labelPadding=14))
    base = alt.Chart(data[is_known]).encode(row)
    value = alt.X("mean:Q", title=title, scale=scale)
    chart: altair.LayerChart = alt.layer(
        base.mark_rule(color=ACCENT, strokeWidth=3, opacity=0.55).encode(
            alt.X("low:Q", title=title, scale=scale), alt.X2("high:Q")
        ),
        base.mark_point(color=ACCENT, filled=True, size=110, opacity=1).encode(value),
        base.mark_text(dy=-15).encode(value, alt.Text("text:N")),
        *_without_value(data[~is_known], row),
        width=560,
        height=alt.Step(46),
        description=told.format(described),
    ).configure(**theme(language))
    return chart


def _without_value(data: pd.DataFrame, row: altair.Y) -> list[altair.Chart]:
    """What stands in the lines of those that have no number."""
    from workbench.views.charts._drawing import alt

    marks = alt.Chart(data).mark_text(align="left", fontStyle="italic")
    return [] if data.empty else [marks.encode(row, alt.Text("text:N"), x=alt.value(6))]
