"""Which cells are answered, and which a report has to explain, such as those that failed or were cut."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

import pandas as pd

from workbench.reply_warnings import REPEATING, SEPARATOR, WarningKind, warning_kinds

if TYPE_CHECKING:
    from workbench.comparison import LeftOut

MARKS = ("failed", "not asked", "stopped", "truncated", "repeats", "limit", "refused", "empty", "retried")
_REFUSALS: tuple[LeftOut, ...] = ("refused by the model", "refused by the server's filter")


def marked(frame: pd.DataFrame) -> pd.DataFrame:
    """For each cell of a run's frame a column of truth values for each mark.

    >>> frame = pd.DataFrame({"error": [None], "finish": ["length"], "warnings": [None], "answer": ["x"], "tries": [2]})
    >>> [name for name, here in marked(frame).iloc[0].items() if here]
    ['limit', 'retried']
    """
    finish = frame["finish"].fillna("")
    failed = frame["error"].notna()
    unasked = finish == "not asked"
    silent = frame["answer"].fillna("").str.strip() == ""
    left_out = frame["left_out"].fillna("") if "left_out" in frame else pd.Series("", index=frame.index)
    found = {
        "failed": failed,
        "not asked": unasked,
        "stopped": (finish == "cancelled") & ~failed,
        # An earlier answer of a dialogue may be why it was left out.
        "truncated": _warned(frame, {"prompt cut"}),
        "repeats": (finish == "repetition") | (left_out == "repeats itself") | _warned(frame, REPEATING),
        "limit": (finish == "length") | (left_out == "cut by the limit"),
        "refused": (finish == "content_filter") | left_out.isin(_REFUSALS),
        "empty": (silent & ~failed & ~unasked & ~finish.isin(["cancelled", "tool_calls"])) | (left_out == "empty"),
        "retried": frame["tries"].fillna(1) > 1,
    }
    return pd.DataFrame({name: column.astype(bool) for name, column in found.items()}, index=frame.index)


def _warned(frame: pd.DataFrame, kinds: AbstractSet[WarningKind]) -> pd.Series[bool]:
    """For each cell whether a warning of one of these kinds was given."""
    told = frame["warnings"].fillna("").tolist()
    return pd.Series(
        [not kinds.isdisjoint(warning_kinds(one.split(SEPARATOR))) for one in told], frame.index, dtype=bool
    )


def answered(frame: pd.DataFrame) -> pd.Series[bool]:
    """For each cell whether there is a whole answer, be it cut or empty."""
    return frame["error"].isna() & ~frame["finish"].fillna("").isin(["not asked", "cancelled"])
