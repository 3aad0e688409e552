"""What stands at each prompt and model: a score, or in words why there is none."""

from __future__ import annotations

import pandas as pd

from workbench.language import Language
from workbench.views._numbers import decimals, rounded
from workbench.views.charts._counted import counted
from workbench.views.charts._words import ChartWords, chart_words


def heat_cells(
    frame: pd.DataFrame, scores: pd.DataFrame | None, scorer: str | None, language: Language
) -> pd.DataFrame:
    """The mean score of the repeats that count of each prompt and model, or in words why there is none.

    Args:
        frame: The frame of a run, or some prompts of it.
        scores: Long table of scores; None gives states. What its column `left_out` names is left out.
        scorer: Whose scores; None gives states.
        language: "en" or "de".

    Returns:
        A row for each prompt and model: `prompt_id`, `model`, `prompt`, `value`, `text` (short), and `told` (the same
        with the reason).

    >>> asked = {"prompt_id": [0], "prompt": ["2 + 2?"], "model": ["a"]}
    >>> frame = pd.DataFrame({**asked, "finish": ["stop"], "error": [None]})
    >>> heat_cells(frame, None, None, "en")["text"].tolist()
    ['yes']
    """
    said = chart_words(language)
    data = _cells(frame, counted(scores, scorer), said)
    places = decimals(data["value"].dropna())
    texts = [
        said.states[state] if pd.isna(value) else rounded(value, places, language)
        for state, value in zip(data["state"], data["value"], strict=True)
    ]
    told = [f"{text} ({why})" if why else text for text, why in zip(texts, data["why"], strict=True)]
    return data.assign(text=texts, told=told)[["prompt_id", "model", "prompt", "value", "text", "told"]]


def _cells(frame: pd.DataFrame, scores: pd.DataFrame | None, said: ChartWords) -> pd.DataFrame:
    """One row for each prompt and model: the prompt, the state, the value where there is one, why it was left out."""
    states = frame.assign(
        state=[_state(*cell) for cell in zip(frame["finish"].fillna(""), frame["error"], strict=True)]
    )
    data = states.groupby(["prompt_id", "model"], sort=False).agg(prompt=("prompt", "first"), state=("state", "max"))
    data = data.assign(value=float("nan"), why="")
    if scores is not None:
        data["value"] = scores.groupby(["prompt_id", "model"])["value"].mean().astype(float).reindex(data.index)
        reasons = scores[["prompt_id", "model", "left_out"]].dropna().drop_duplicates()
        names = reasons["left_out"].map(lambda reason: said.reasons.get(reason, reason))
        why = names.groupby([reasons["prompt_id"], reasons["model"]]).agg(", ".join)
        unscored = (data["state"] == "answered") & data["value"].isna()
        data["why"] = why.reindex(data.index).where(unscored).fillna("")
        data.loc[unscored, "state"] = "unscored"
        data.loc[data["why"] != "", "state"] = "left out"
    return data.reset_index()


def _state(finish: str, error: object) -> str:
    if isinstance(error, str):
        return "failed"
    return {"not asked": "not asked", "cancelled": "stopped"}.get(finish, "answered")
