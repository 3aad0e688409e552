"""The table that the prompts of a run came from, as columns beside what was answered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd


def given_columns(table: pd.DataFrame | None, prompts: Sequence[Any], own: Collection[str]) -> pd.DataFrame | None:
    """The table with names that are free; a column of the prompts alone is left out.

    Args:
        table: The table; None where the prompts came from none.
        prompts: The prompts, one a row.
        own: The names of columns that are taken; what is called like one gets `input_` before its name.

    >>> given_columns(pd.DataFrame({"model": ["A4"], "prompt": ["Wo?"]}), ["Wo?"], ["model", "prompt"])
      input_model
    0          A4
    """
    if table is None:
        return None
    taken = {*own, *map(str, table.columns)}
    names = []
    for name in map(str, table.columns):
        free = name
        while free in (own if free == name else taken):
            free = f"input_{free}"
        taken.add(free)
        names.append(free)
    given = table.set_axis(names, axis=1)
    same = "input_prompt" in given and given["input_prompt"].tolist() == list(prompts)
    return given.drop(columns="input_prompt") if same else given
