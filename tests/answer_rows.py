"""Answers as scorers see them, and what a scorer may be given that is nothing, or hostile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pydantic

from workbench.comparison.scoring._scorer import Row, Score, Scorer
from workbench.messages import Reply, ToolCall

NOTHING = [None, float("nan"), pd.NA, "", "  "]

DEEP = '{"city": ' * 900 + "1" + "}" * 900
LONG = '{"city": ' + "1" * 100_000 + "}"


class Office(pydantic.BaseModel):
    city: str
    rooms: int = pydantic.Field(gt=0)


class Checked(Office):
    """The same schema, and one more check that it does not tell."""

    @pydantic.field_validator("city")
    @classmethod
    def _is_german(cls, city: str) -> str:
        if city not in ("Köln", "Bonn"):
            raise ValueError("no city of ours")
        return city


def row(answer: str, /, *, calls: Sequence[ToolCall] = (), **given: Any) -> Row:
    """One answer, with the columns of its row."""
    return Row(0, "Wo ist das Amt?", "m", 0, Reply(text=answer, finish="stop", tool_calls=tuple(calls)), given)


def of(scorer: Scorer, answer: str, **given: Any) -> Score:
    """What a scorer says of one answer."""
    score = scorer(row(answer, **given))
    assert isinstance(score, Score)
    return score
