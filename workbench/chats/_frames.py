"""A chat as tables: what was answered, and which branches there are."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from workbench.chats._turns import Answer, Branch, Turn, way_to

_ANSWERS = {
    "turn": "Int64",
    "said": "string",
    "model": "string",
    "attempt": "Int64",
    "status": "string",
    "answer": "string",
    "reasoning": "string",
    "error": "string",
    "first_token_s": "Float64",
    "total_s": "Float64",
    "prompt_tokens": "Int64",
    "tokens": "Int64",
    "tokens_per_s": "Float64",
    "finish": "string",
    "warnings": "string",
    "recorded_at": "string",
}
_BRANCHES = {"branch": "string", "turns": "Int64", "last": "string", "current": "boolean"}


def answers_frame(turns: Sequence[Turn]) -> pd.DataFrame:
    """A row for each turn, model and attempt.

    >>> answers_frame([Turn(1, "Wo?", None, [[Answer("embedded", "answered", "In Bonn.")]])])["answer"].tolist()
    ['In Bonn.']
    """
    rows = [
        {"turn": number, "said": turn.text, "attempt": attempt, **_row(answer)}
        for number, turn in enumerate(turns, 1)
        for tries in turn.tries
        for attempt, answer in enumerate(tries, 1)
    ]
    return pd.DataFrame(rows, columns=list(_ANSWERS)).astype(_ANSWERS)


def branches_frame(branches: Sequence[Branch], current: Branch) -> pd.DataFrame:
    """A row for each branch: its name, how many turns it has, what was said last, and whether it is the current one."""
    rows = [
        {
            "branch": one.name,
            "turns": len(way_to(one.last)),
            "last": one.last.text if one.last else None,
            "current": one is current,
        }
        for one in branches
    ]
    return pd.DataFrame(rows, columns=list(_BRANCHES)).astype(_BRANCHES)


def _row(answer: Answer) -> dict[str, object]:
    return {
        "model": answer.model,
        "status": answer.status,
        "answer": answer.text,
        "reasoning": answer.reasoning or None,
        "error": answer.problem or None,
        **(answer.reply.figures if answer.reply is not None else {}),
    }
