"""Values that users put into their tables, in forms that files have for them: JSON's, and Parquet's."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

import pandas as pd

from workbench.arguments import is_missing
from workbench.texts import as_unicode

# What pandas and pyarrow raise for a column that Parquet has no type for.
UNHELD = (TypeError, ValueError, NotImplementedError, OverflowError)


def json_value(value: Any) -> Any:
    """A value as one that JSON knows.

    What is missing is None. Sets are lists in the order of their members' texts, bytes are base64, dates are ISO 8601.
    Infinite numbers are the texts `inf` and `-inf`, which pandas and Python read as numbers. Decimals are texts, so
    that no digit is lost; whatever else there is, such as a UUID, a path or a period, is the text that `str` makes.

    >>> from decimal import Decimal
    >>> json_value({"price": Decimal("1.10"), "tags": {"b", "a"}, "most": float("inf")})
    {'price': '1.10', 'tags': ['a', 'b'], 'most': 'inf'}
    """
    if isinstance(value, Mapping):
        return {str(name): json_value(part) for name, part in value.items()}
    if hasattr(value, "tolist") and not isinstance(value, str):  # A value or an array of NumPy.
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [json_value(part) for part in value]
    if isinstance(value, set | frozenset):
        return [json_value(part) for part in sorted(value, key=str)]
    if is_missing(value):
        return None
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    return value if isinstance(value, str | bool | int | float) else _worded(value)


def parquet_frame(table: pd.DataFrame) -> pd.DataFrame:
    """A table as Parquet can hold it: a column of mixed kinds becomes text, as far as it has no other form there.

    >>> parquet_frame(pd.DataFrame({"plz": ["01067", 10115, None], "n": [1, 2, 3]}))["plz"].tolist()
    ['01067', '10115', None]
    """
    columns = {number: _held(table.iloc[:, number]) for number in range(len(table.columns))}
    return pd.DataFrame(columns).set_axis(list(map(str, table.columns)), axis=1)


def _held(column: pd.Series[Any]) -> pd.Series[Any]:
    for form in (json_value, _text):
        if _is_held(column):
            break
        column = pd.Series([form(value) for value in column], index=column.index, dtype=object)
    return column


def _is_held(column: pd.Series[Any]) -> bool:
    try:
        column.to_frame("held").to_parquet(index=False)
    except UNHELD:
        return False
    return True


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return as_unicode(json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value))


def _worded(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
