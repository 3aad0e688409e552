"""Tables for other programs: spreadsheets that take no text for a formula, Parquet, and lines of JSON."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import UsageError
from workbench.files._values import UNHELD, json_value, parquet_frame
from workbench.texts import as_unicode

# What a spreadsheet takes for a formula: at the beginning of a cell, and, where the file's commas do not separate, as
# in German, behind each semicolon and line end too; there, words and lists begin with signs as well.
_FORMULA = re.compile(
    r"^(?=[\t\r\n]|[\s\u200b\u2060\ufeff]*[=+\-@＝＋－＠])"
    r"|(?<=[;\r\n])(?=(?:[^\S\r\n]|[\"'])*(?:[=@＝＠]|[+\-＋－][^;\r\n]*(?:\w\(|\|)))"
)
# What Excel holds: UTF-16 units in a cell, digits of a number, rows with the one of names, columns.
CELL_UNITS, DIGITS, ROWS, COLUMNS = 32_767, 15, 1_048_576, 16_384
_SHEET_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "constant_memory": True,
}


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV that spreadsheets open as it is: with a mark of UTF-8, all texts in quotes, no formulas."""
    safe = frame.copy()
    for number in range(len(frame.columns)):
        column = frame.iloc[:, number]
        if _holds_text(column):
            safe.isetitem(number, column.astype(object).map(_defused, na_action="ignore").array)
    safe = safe.set_axis([_defused(name) for name in frame.columns], axis=1)
    # Where semicolons separate, as in German, only quotes keep those in texts; `errors` is for halves of characters.
    safe.to_csv(path, index=False, encoding="utf-8-sig", errors="backslashreplace", quoting=csv.QUOTE_NONNUMERIC)


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as Parquet; a column of mixed kinds, which Parquet cannot hold, as text."""
    try:
        frame.to_parquet(path, index=False)
    except UNHELD:
        parquet_frame(frame).to_parquet(path, index=False)


def check_sheet(frame: pd.DataFrame, path: Path) -> None:
    """Raise UsageError if a table has more rows or columns than a sheet."""
    if len(frame) + 1 > ROWS or len(frame.columns) > COLUMNS:
        raise UsageError(
            f"{len(frame)} rows and {len(frame.columns)} columns do not fit on a sheet",
            where=str(path),
            advice="use .csv, .jsonl or .parquet",
        )


def write_xlsx(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as a workbook of one sheet; texts stay texts, and one too long for a cell is cut and says so."""
    import xlsxwriter  # type: ignore[import-untyped]

    with path.open("wb") as file, xlsxwriter.Workbook(file, _SHEET_OPTIONS) as book:
        sheet = book.add_worksheet("results")
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for number, name in enumerate(frame.columns):
            sheet.write_string(0, number, cell_text(str(name)), bold)
        for row, values in enumerate(frame.itertuples(index=False, name=None), 1):
            for number, value in enumerate(values):
                _write_cell(sheet, row, number, value)


def write_lines(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write one JSON object a line, in UTF-8; values that JSON does not know in the form that `json_value` tells."""
    with path.open("wb") as file:
        for row in map(json_value, rows):
            try:
                line = json.dumps(row, ensure_ascii=False, allow_nan=False).encode()
            except UnicodeEncodeError:  # Half a surrogate pair, which only an escape can carry.
                line = json.dumps(row, allow_nan=False).encode()
            file.write(line + b"\n")


def cell_text(text: str) -> str:
    """A text as a cell of Excel can hold it: no more than 32,767 UTF-16 units, and only whole characters.

    Control characters stay: the workbook's format has an escape for them.

    >>> cell_text("Grüße")
    'Grüße'
    >>> cell_text("x" * 40_000)[-25:]
    '… [cut: 40000 characters]'
    """
    text = as_unicode(text)
    units = text.encode("utf-16-le")
    if len(units) <= 2 * CELL_UNITS:
        return text
    mark = f"… [cut: {len(text)} characters]"
    return units[: 2 * (CELL_UNITS - len(mark))].decode("utf-16-le", "ignore") + mark


def _write_cell(sheet: Any, row: int, number: int, value: Any) -> None:
    plain = json_value(value)
    if isinstance(value, Decimal) and len(value.as_tuple().digits) <= DIGITS and value.is_finite():
        plain = float(value)
    if plain is None:
        return
    if isinstance(plain, bool):
        sheet.write_boolean(row, number, plain)
    elif isinstance(plain, int | float) and abs(plain) < 10**DIGITS:
        sheet.write_number(row, number, plain)
    elif isinstance(plain, list | dict):
        sheet.write_string(row, number, cell_text(json.dumps(plain, ensure_ascii=False)))
    else:  # Whole numbers beyond 15 digits too, which Excel would round.
        sheet.write_string(row, number, cell_text(str(plain)))


def _holds_text(column: pd.Series[Any]) -> bool:
    return (
        isinstance(column.dtype, pd.CategoricalDtype)
        or pd.api.types.is_object_dtype(column)
        or pd.api.types.is_string_dtype(column)
    )


def _defused(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula; so are lists and the like, which CSV has as texts."""
    text = str(value) if isinstance(value, list | tuple | set | frozenset | Mapping) else value
    return _FORMULA.sub("'", text) if isinstance(text, str) else value
