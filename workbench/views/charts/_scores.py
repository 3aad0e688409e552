"""Pictures of scores: means with intervals, and every prompt by every model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import UsageError
from workbench.views._words import Language, language
from workbench.views.charts._theme import ACCENT, INK, names_shown, theme
from workbench.views.charts._words import ChartWords, chart_words

if TYPE_CHECKING:
    import altair

# As many prompts as can still be read one below the other.
PROMPTS_SHOWN = 60


def scores_chart(means: pd.DataFrame, *, spoken: Language | None = None) -> altair.LayerChart:
    """Each model's mean score as a point, its interval as a line, its value as a number.

    Args:
        means: Table with `model`, `mean`, `low` and `high`, such as a verdict holds.
        spoken: "en" or "de"; None takes `workbench.views.language()`.

    Raises:
        UsageError: If there is no mean.

    >>> means = pd.DataFrame({"model": ["a"], "mean": [0.8], "low": [0.7], "high": [0.9]})
    >>> scores_chart(means, spoken="en").to_dict()["description"]
    'Mean score of each model, with its interval: a 0.80 (0.70 – 0.90)'
    """
    from workbench.views.charts._drawing import alt

    said = chart_words(spoken or language())
    data = means[["model", "mean", "low", "high"]].dropna(subset=["mean"])
    if data.empty:
        raise UsageError("there is no score to show", advice="score the run first")
    data = data.astype({"mean": float, "low": float, "high": float})
    data["model"] = data["model"].map(names_shown(data["model"]))
    data["text"] = [f"{mean:.2f}" for mean in data["mean"]]
    told = ", ".join(
        f"{model} {text} ({low:.2f} – {high:.2f})"
        for model, text, low, high in data[["model", "text", "low", "high"]].itertuples(index=False, name=None)
    )
    base = alt.Chart(data).encode(alt.Y("model:N", sort="-x", title=None))
    value = alt.X("mean:Q", title=said.score, scale=alt.Scale(zero=False, nice=True))
    chart: altair.LayerChart = alt.layer(
        base.mark_rule(color=ACCENT, strokeWidth=3, opacity=0.55).encode(
            alt.X("low:Q", title=said.score), alt.X2("high:Q")
        ),
        base.mark_point(color=ACCENT, filled=True, size=110, opacity=1).encode(value),
        base.mark_text(dy=-15).encode(value, alt.Text("text:N")),
        width=560,
        height=alt.Step(46),
        description=said.scores_told.format(told),
    ).configure(**theme())
    return chart


def heat_map(
    frame: pd.DataFrame,
    scores: pd.DataFrame | None = None,
    scorer: str | None = None,
    *,
    spoken: Language | None = None,
) -> altair.LayerChart:
    """Prompts down, models across: the mean score of the repeats, or in words whether there is an answer.

    Args:
        frame: The frame of a run.
        scores: Long table of scores; None shows states.
        scorer: Whose scores to show; None takes the first.
        spoken: "en" or "de"; None takes `workbench.views.language()`.

    Raises:
        UsageError: If the frame is empty.
    """
    from workbench.views.charts._drawing import alt

    said = chart_words(spoken or language())
    if frame.empty:
        raise UsageError("there is no cell to show", advice="ask at least one prompt")
    numbers = frame["prompt_id"].drop_duplicates().sort_values()
    data = _cells(frame[frame["prompt_id"].isin(numbers[:PROMPTS_SHOWN])], scores, scorer, said)
    title = said.prompt
    if len(numbers) > PROMPTS_SHOWN:
        title += f" ({said.first_prompts.format(shown=PROMPTS_SHOWN, all=len(numbers))})"
    low, high = data["value"].min(), data["value"].max()
    data["strong"] = data["value"] > (low + high) / 2 if high > low else data["value"].notna()
    base = alt.Chart(data).encode(
        alt.X("model:N", title=None, sort=None, axis=alt.Axis(orient="top", labelAngle=-25, grid=False)),
        alt.Y("prompt:N", title=title, sort=None),
    )
    # Pale to dark blue: read by lightness alone. A cell without a score has a frame and a word, and no colour.
    colour = alt.Color("value:Q", scale=alt.Scale(range=["#dbe9f6", "#08519c"]), legend=None)
    scored, unscored = "isValid(datum.value)", "!isValid(datum.value)"
    chart: altair.LayerChart = alt.layer(
        base.transform_filter(scored).mark_rect(cornerRadius=3).encode(colour),
        base.transform_filter(unscored).mark_rect(
            cornerRadius=3, fill=None, stroke=INK, strokeDash=[3, 3], opacity=0.5
        ),
        base.transform_filter(scored)
        .mark_text()
        .encode(alt.Text("text:N"), color=alt.condition("datum.strong", alt.value("#ffffff"), alt.value("#10243a"))),
        base.transform_filter(unscored).mark_text(color=INK).encode(alt.Text("text:N")),
        width=alt.Step(96),
        height=alt.Step(26),
        description=said.heat_told.format(
            "; ".join(
                f"{prompt}, {model}: {text}"
                for prompt, model, text in data[["prompt", "model", "text"]].itertuples(index=False, name=None)
            )
        ),
    ).configure(**theme())
    return chart


def _cells(frame: pd.DataFrame, scores: pd.DataFrame | None, scorer: str | None, said: ChartWords) -> pd.DataFrame:
    """One row for each prompt and model: what it is called, its value where it has one, and its text."""
    states = frame.assign(
        state=[
            "not asked" if finish == "not asked" else "failed" if isinstance(error, str) else "answered"
            for finish, error in zip(frame["finish"].fillna(""), frame["error"], strict=True)
        ]
    )
    data = states.groupby(["prompt_id", "model"], sort=False).agg(prompt=("prompt", "first"), state=("state", "max"))
    data = data.reset_index()
    data["value"] = float("nan")
    chosen = scorer
    if scores is not None and not scores.empty:
        chosen = scorer or str(scores["scorer"].iloc[0])
        own = scores[scores["scorer"] == chosen].astype({"value": "Float64"})
        values = own.groupby(["prompt_id", "model"])["value"].mean().astype(float)
        keys = pd.MultiIndex.from_frame(data[["prompt_id", "model"]])
        data["value"] = values.reindex(keys).to_numpy()
        data.loc[(data["state"] == "answered") & data["value"].isna(), "state"] = "unscored"
    texts = data["state"].map(dict(said.states))
    data["text"] = texts.where(data["value"].isna(), data["value"].map("{:.2f}".format))
    prompts = {
        number: f"{int(number) + 1}  {text}" for number, text in zip(data["prompt_id"], data["prompt"], strict=True)
    }
    data["prompt"] = data["prompt_id"].map(prompts).map(names_shown(prompts.values()))
    data["model"] = data["model"].map(names_shown(data["model"]))
    return data[["prompt", "model", "value", "text"]]
