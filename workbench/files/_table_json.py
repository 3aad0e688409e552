"""Tables as JSON: an object a line, or a list of objects."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.files._table_text import UnsafeTableError, decoded
from workbench.json_text import read_json

_COLUMN_TYPES = {
    "integer": "Int64",
    "floating": "Float64",
    "mixed-integer-float": "Float64",
    "boolean": "boolean",
    "string": "string",
}


def read_json_table(raw: bytes) -> pd.DataFrame:
    r"""A table with a JSON object a line, or a list of them; `attrs["read_as"]` tells of another encoding.

    Columns of one kind get its type, with missing values allowed.

    Raises:
        UnsafeTableError: If a line, or a member of the list, is not an object.

    >>> read_json_table(b'{"plz": "01067"}\n{"plz": null}')["plz"].tolist()
    ['01067', <NA>]
    """
    text, encoding = decoded(raw)
    rows = _of_list(text) if text.lstrip().startswith("[") else _of_lines(text)
    if not rows:
        raise UnsafeTableError("it is empty")
    table = typed_table(rows)
    table.attrs["read_as"] = f"in {encoding}" if encoding else ""
    return table


def typed_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a table; columns of one kind get its type, with missing values allowed."""
    names = dict.fromkeys(name for row in rows for name in row)
    return pd.DataFrame({name: _typed([row.get(name) for row in rows]) for name in names})


def _of_lines(text: str) -> list[dict[str, Any]]:
    # Not at the marks that end a line for Python alone, as texts of JSON may hold them.
    lines = enumerate(text.replace("\r\n", "\n").split("\n"), 1)
    return [_object(line, f"line {number}") for number, line in lines if line.strip()]


def _of_list(text: str) -> list[dict[str, Any]]:
    try:
        found = read_json(text, longest=len(text))  # a file may be as long as it is, whatever it holds
    except ValueError as error:
        raise UnsafeTableError(f"the file is {error}") from None
    for number, one in enumerate(found, 1):
        if type(one) is not dict:
            raise UnsafeTableError(f"member {number} of the list is not a JSON object")
    return list(found)


def _object(text: str, where: str) -> dict[str, Any]:
    try:
        found = read_json(text)
    except ValueError as error:
        raise UnsafeTableError(f"{where} is {error}") from None
    if type(found) is not dict:
        raise UnsafeTableError(f"{where} is not a JSON object")
    return found


def _typed(values: list[Any]) -> pd.Series[Any]:
    kind = _COLUMN_TYPES.get(pd.api.types.infer_dtype(values, skipna=True))
    column = pd.Series(values, dtype=object)
    try:
        return column if kind is None else column.astype(kind)  # type: ignore[call-overload]
    except OverflowError:  # A whole number of more than 64 bits.
        return column
