"""What differs between two comparisons."""

from __future__ import annotations

import pandas as pd

_SAME = ["prompt", "model", "repeat"]


def changes(frame: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """What differs between the frames of two comparisons, as `Run.diff` tells it."""
    mine, others = (_cells(one).set_index([*_SAME, "nth"]) for one in (frame, other))
    both = mine.reindex(mine.index.union(others.index, sort=False)).join(others.add_suffix("_other"))
    here, there = both["here"].notna(), both["here_other"].notna()
    same = (both["text"] == both["text_other"]).fillna(value=False)
    change = pd.Series("changed", index=both.index, dtype="string")
    change[here & there & same] = "same"
    change[here & ~there] = "only here"
    change[~here & there] = "only there"
    told = pd.DataFrame({"change": change, "answer": both["text"], "other_answer": both["text_other"]})
    return told.reset_index().drop(columns="nth")


def _cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Each cell that was asked, with its answer or what stands for it; equal prompts are told apart by their order."""
    cells = frame[_SAME].copy()
    answers = frame["dialogue"].fillna(frame["answer"]) if "dialogue" in frame else frame["answer"]
    cells["text"] = answers.where(frame["error"].isna(), "failed: " + frame["error"])
    cells["nth"] = frame.groupby(_SAME).cumcount()
    cells["here"] = True
    return cells[frame["left_out"].fillna("") != "not asked"]
