"""Preference pairs: for each prompt the better and the worse answer, as trainers of models read them."""

from __future__ import annotations

from math import isfinite
from numbers import Real
from typing import Any, Literal

import pandas as pd

from workbench.arguments import chosen_score
from workbench.comparison.export._exported_run import ExportedRun
from workbench.comparison.plan._dialogue import conversation
from workbench.conversation import message_text
from workbench.errors import UsageError
from workbench.messages import Message


def preference_pairs(
    run: ExportedRun | pd.DataFrame,
    scores: pd.DataFrame,
    scorer: str | None = None,
    *,
    margin: float = 0.0,
    better: Literal["higher", "lower"] = "higher",
) -> list[dict[str, Any]]:
    """Pick the best and the worst answer to each prompt by a scorer, in the conversational form that TRL reads.

    Left out are prompts whose answers are as good as each other, dialogues, as each candidate had another course of
    them, and answers that a verdict does not count either.

    Args:
        run: A run, or its frame; of a frame, every prompt is one message of the user.
        scores: Long table with `prompt_id`, `model`, `repeat`, `scorer` and `value`.
        scorer: Whose scores count; None where there is one scorer only.
        margin: Least difference of the two scores, in the scorer's unit.
        better: Whether "higher" or "lower" scores are better.

    Returns:
        Dicts with `prompt`, `chosen` and `rejected` (lists of messages), and `prompt_id`, `chosen_model`,
        `rejected_model`, `score_chosen` and `score_rejected`; `write_jsonl` writes them to a file.

    Raises:
        UsageError: If the scorer is unknown or not told, the margin is not a number from 0, or `better` is neither.

    Source of the form: Hugging Face, TRL documentation, "Dataset formats and types", 2024.

    >>> frame = pd.DataFrame({"prompt_id": [0, 0], "prompt": "2 + 2?", "model": ["a", "b"], "repeat": 0,
    ...                       "answer": ["4", "5"], "left_out": None})
    >>> scores = pd.DataFrame({"prompt_id": [0, 0], "model": ["a", "b"], "repeat": 0, "scorer": "right",
    ...                        "value": [1.0, 0.0]})
    >>> preference_pairs(frame, scores)[0]["rejected"]
    [{'role': 'assistant', 'content': '5'}]
    """
    if not isinstance(margin, Real) or not isfinite(margin) or margin < 0:
        raise UsageError(f"margin= must be a number from 0, not {margin!r}")
    if better not in ("higher", "lower"):
        raise UsageError(f'better= must be "higher" or "lower", not {better!r}')
    frame = run if isinstance(run, pd.DataFrame) else run.frame
    there = [str(name) for name in scores["scorer"].dropna().unique()]
    own = scores[scores["scorer"] == chosen_score(there, scorer)]
    # A tool call without a text counts in a verdict, but is nothing that could be chosen here.
    usable = frame["left_out"].isna() & (frame["answer"].fillna("").str.strip() != "")
    if "dialogue" in frame:
        usable &= frame["dialogue"].isna()
    key = ["prompt_id", "model", "repeat"]
    scored = frame[usable].merge(own[[*key, "value"]].dropna(subset=["value"]), on=key)
    pairs = []
    for number, answers in scored.groupby("prompt_id", sort=True):
        ranked = answers.sort_values("value", ascending=better == "lower", kind="stable")
        best, worst = ranked.iloc[0], ranked.iloc[-1]
        difference = abs(float(best["value"]) - float(worst["value"]))
        if difference > 0 and difference >= margin and best["answer"] != worst["answer"]:
            prompt = _conversation(run, int(str(number)), str(best["prompt"]))
            pairs.append(_pair(int(str(number)), prompt, best, worst))
    return pairs


def _conversation(run: ExportedRun | pd.DataFrame, number: int, text: str) -> list[dict[str, Any]]:
    """The messages before the answer; a system message only where all candidates had the same."""
    if isinstance(run, pd.DataFrame):
        return [{"role": "user", "content": text}]
    systems = {candidate.system for candidate in run.plan.candidates}
    shared = systems.pop() if len(systems) == 1 else None
    begin = [Message("system", shared)] if shared else []
    return [_message(message) for message in [*begin, *conversation(run.plan.prompts[number])]]


def _message(message: Message) -> dict[str, Any]:
    plain: dict[str, Any] = {"role": message.role, "content": message_text(message)}
    if message.tool_calls:
        plain["tool_calls"] = [
            {"type": "function", "id": call.id, "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        plain["tool_call_id"] = message.tool_call_id
    return plain


def _pair(number: int, prompt: list[dict[str, Any]], best: pd.Series[Any], worst: pd.Series[Any]) -> dict[str, Any]:
    return {
        "prompt": prompt,
        "chosen": [{"role": "assistant", "content": str(best["answer"])}],
        "rejected": [{"role": "assistant", "content": str(worst["answer"])}],
        "prompt_id": number,
        "chosen_model": str(best["model"]),
        "rejected_model": str(worst["model"]),
        "score_chosen": float(best["value"]),
        "score_rejected": float(worst["value"]),
    }
