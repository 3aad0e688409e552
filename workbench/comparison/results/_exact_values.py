"""The values of a table as texts, and back as they were, for columns that Parquet does not hold exactly."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

_MARK = "$"


def as_text(value: Any) -> str:
    """A value as JSON, from which `from_text` makes an equal one of the same kind.

    That holds for None, NaN, NaT, NA, truth values, numbers, texts, lists, tuples, sets, dicts, bytes, dates, times,
    spans of time and decimals, also inside each other; a number or an array of numpy comes back as one of Python.
    Anything else becomes the text that `str` makes of it, and equal texts are given for what came back.

    Raises:
        ValueError: If it holds itself, is nested too deeply, or has a whole number of thousands of digits.

    >>> as_text({"open": date(2026, 1, 2), "rooms": [1, None]})
    '{"open": {"$date": "2026-01-02"}, "rooms": [1, null]}'
    """
    try:
        return json.dumps(_plain(value))
    except RecursionError:
        raise ValueError("a value is nested too deeply") from None


def from_text(text: str) -> Any:
    """The value of such a text.

    >>> from_text(as_text(("Bonn", Decimal("1.50"))))
    ('Bonn', Decimal('1.50'))
    """
    return json.loads(text, object_hook=_marked)


def _plain(value: Any) -> Any:
    """A value as JSON holds it."""
    value = _of_python(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return _of_mapping(value)
    for name, (kind, write, _) in _KINDS.items():
        if type(value) is kind:
            return {f"{_MARK}{name}": write(value)}
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    return str(value)


def _of_python(value: Any) -> Any:
    """What numpy holds, as Python holds it."""
    if isinstance(value, np.datetime64):
        return pd.Timestamp(value)
    if isinstance(value, np.timedelta64):
        return pd.Timedelta(value)
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value.item() if isinstance(value, np.generic) else value


def _of_mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    if all(isinstance(key, str) and not key.startswith(_MARK) for key in value):
        return {key: _plain(one) for key, one in value.items()}
    return {f"{_MARK}dict": [[_plain(key), _plain(one)] for key, one in value.items()]}


def _marked(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        name, written = next(iter(found.items()))
        if name == f"{_MARK}dict":
            return dict(written)
        if name.startswith(_MARK):
            return _KINDS[name.removeprefix(_MARK)][2](written)
    return found


def _listed(values: Any) -> list[Any]:
    return [_plain(one) for one in values]


def _sorted(values: Any) -> list[Any]:
    return sorted(_listed(values), key=json.dumps)


# By exact type, as a Timestamp is a datetime and a datetime is a date.
_KINDS: dict[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "timestamp": (pd.Timestamp, pd.Timestamp.isoformat, pd.Timestamp),
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "date": (date, date.isoformat, date.fromisoformat),
    "time": (time, time.isoformat, time.fromisoformat),
    "seconds": (timedelta, lambda span: [span.days, span.seconds, span.microseconds], lambda parts: timedelta(*parts)),
    "nanoseconds": (pd.Timedelta, lambda span: span.as_unit("ns").value, lambda count: pd.Timedelta(count, "ns")),
    "decimal": (Decimal, str, Decimal),
    "bytes": (bytes, lambda held: base64.b64encode(held).decode(), base64.b64decode),
    "tuple": (tuple, _listed, tuple),
    "set": (set, _sorted, set),
    "frozenset": (frozenset, _sorted, frozenset),
    "missing": (type(pd.NaT), str, lambda _: pd.NaT),
    "unknown": (type(pd.NA), str, lambda _: pd.NA),
}
