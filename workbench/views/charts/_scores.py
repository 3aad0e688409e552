"""Pictures of scores: means with intervals, and every prompt by every model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import UsageError
from workbench.language import Language, usual_language
from workbench.views._styles import INK
from workbench.views.charts._counted import chosen_scorer
from workbench.views.charts._heat_cells import heat_cells
from workbench.views.charts._intervals import interval_chart
from workbench.views.charts._theme import names_shown, theme
from workbench.views.charts._words import chart_words

if TYPE_CHECKING:
    import altair

# As many prompts as can still be read one below the other.
PROMPTS_SHOWN = 60
# Pale to dark blue, read by lightness alone; black is read on it up to this share of the way, then white.
_COLOURS = ["#dbe9f6", "#08519c"]
_WHITE_FROM = 0.72


def scores_chart(means: pd.DataFrame, *, language: Language | None = None) -> altair.LayerChart:
    """Draw each model's mean score as a point, its interval as a line, its value as a number, in the table's order.

    A model without a score keeps its line, which says so.

    Args:
        means: Table with `model`, `mean`, `low` and `high`, such as a verdict holds.
        language: "en" or "de"; None takes `workbench.language.language()`.

    Raises:
        UsageError: If there is no mean.

    >>> means = pd.DataFrame({"model": ["a"], "mean": [0.8], "low": [0.7], "high": [0.9]})
    >>> scores_chart(means, language="en").to_dict()["description"]
    'Mean score of each model, with its interval: a 0.80 (0.70 – 0.90)'
    """
    language = language or usual_language()
    said = chart_words(language)
    data = means[["model", "mean", "low", "high"]].astype({"mean": float, "low": float, "high": float})
    if data["mean"].isna().all():
        raise UsageError("there is no score to show", advice="score the run first")
    return interval_chart(data, said.score, said.scores_told, language)


def heat_map(
    frame: pd.DataFrame,
    scores: pd.DataFrame | None = None,
    scorer: str | None = None,
    *,
    language: Language | None = None,
) -> altair.LayerChart:
    """Draw the mean score of the repeats that count, prompts down and models across, or in words why there is none.

    Args:
        frame: The frame of a run.
        scores: Long table of scores; None shows states. What its column `left_out` names is shown as left out.
        scorer: Whose scores to show; None takes the first.
        language: "en" or "de"; None takes `workbench.language.language()`.

    Raises:
        UsageError: If the frame is empty, or there is no such scorer.
    """
    from workbench.views.charts._drawing import alt

    language = language or usual_language()
    said = chart_words(language)
    chosen = chosen_scorer(scores, scorer)
    if frame.empty:
        raise UsageError("there is no cell to show", advice="ask at least one prompt")
    numbers = frame["prompt_id"].drop_duplicates().sort_values()
    seen = frame[frame["prompt_id"].isin(numbers[:PROMPTS_SHOWN])]
    data = _named(heat_cells(seen, scores, chosen, language))
    title = said.prompt
    if len(numbers) > PROMPTS_SHOWN:
        title += f" ({said.first_prompts.format(shown=PROMPTS_SHOWN, all=len(numbers))})"
    domain = domain_of(data["value"])
    base = alt.Chart(data.drop(columns="told").assign(white=_is_dark(data["value"], domain))).encode(
        alt.X(
            "model:N", title=None, sort=_order(data["model"]), axis=alt.Axis(orient="top", labelAngle=-25, grid=False)
        ),
        alt.Y("prompt:N", title=title, sort=_order(data["prompt"])),
    )
    # A cell without a score has a frame and a word, and no colour.
    colour = alt.Color("value:Q", scale=alt.Scale(range=_COLOURS, domain=domain), legend=None)
    scored, unscored = "isValid(datum.value)", "!isValid(datum.value)"
    chart: altair.LayerChart = alt.layer(
        base.transform_filter(scored).mark_rect(cornerRadius=3).encode(colour),
        base.transform_filter(unscored).mark_rect(
            cornerRadius=3, fill=None, stroke=INK, strokeDash=[3, 3], opacity=0.5
        ),
        base.transform_filter(scored)
        .mark_text()
        .encode(alt.Text("text:N"), color=alt.condition("datum.white", alt.value("#ffffff"), alt.value("#000000"))),
        base.transform_filter(unscored).mark_text(color=INK).encode(alt.Text("text:N")),
        width=alt.Step(104),
        height=alt.Step(26),
        description=said.heat_told.format(
            "; ".join(
                f"{prompt}, {model}: {text}"
                for prompt, model, text in data[["prompt", "model", "told"]].itertuples(index=False, name=None)
            )
        ),
    ).configure(**theme(language))
    return chart


def _order(names: pd.Series[str]) -> list[str]:
    """The names as they come first; what is filtered by layer would come in the order of the layers."""
    return list(dict.fromkeys(names))


def _named(data: pd.DataFrame) -> pd.DataFrame:
    """The cells with `prompt` and `model` as they are shown."""
    return data.assign(
        prompt=data["prompt_id"].map(prompt_names(data)),
        model=data["model"].map(names_shown(data["model"])),
    )[["prompt", "model", "value", "text", "told"]]


def prompt_names(data: pd.DataFrame) -> dict[int, str]:
    """What each prompt is called by its `prompt_id`: its number from 1 and its text, short and no two the same."""
    told = {
        number: f"{int(number) + 1}  {text}" for number, text in zip(data["prompt_id"], data["prompt"], strict=True)
    }
    shown = names_shown(told.values())
    return {number: shown[text] for number, text in told.items()}


def domain_of(values: pd.Series[float]) -> Any:
    """From which value to which the colours go: from 0 to 1 where all values are there, so that colours compare."""
    known = values.dropna()
    return [0, 1] if known.between(0, 1).all() else [known.min(), known.max()]


def _is_dark(values: pd.Series[float], domain: list[float]) -> pd.Series[bool]:
    low, high = domain
    return (values - low) > _WHITE_FROM * (high - low)
