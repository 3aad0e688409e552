"""Tables as files: the one with the prompts, and the one with the results."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import UsageError
from workbench.files._formats import check_sheet, write_csv, write_lines, write_parquet, write_xlsx
from workbench.files._table_json import read_json_table
from workbench.files._table_sheet import read_sheet
from workbench.files._table_text import UnsafeTableError, read_csv
from workbench.files._whole import at_home, beside, check_no_folder, reason_of, unwritable, write_whole

_WORKBOOKS = (".xlsx", ".xlsm", ".xls")
_JSON = (".jsonl", ".ndjson", ".json")
_READ = (".csv", ".tsv", ".tab", ".txt", *_WORKBOOKS, ".parquet", *_JSON)
_WRITTEN = (".csv", ".parquet", ".jsonl", ".xlsx")
_PARQUET, _ZIP, _OLD_WORKBOOK = b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_PAGES = (".html", ".htm")


def read_table(path: str | Path) -> pd.DataFrame:
    r"""Read a table with a row for each prompt.

    Everything in a text file is text, as it is written there: `01067` keeps its zero, `NA` stays a word, and only an
    empty field is missing. Separators (semicolon, comma, tab, vertical bar; also named by a first line `sep=;`) and the
    encoding (UTF-8, UTF-16, else Windows-1252) are found out. An apostrophe that `run.save` put before a text stays.

    Args:
        path: A .csv, .tsv or .txt file, a workbook (.xlsx, its first visible sheet), .parquet, or JSON: .jsonl or
            .ndjson with an object a line, .json with a list of them. `~` is the user's home.

    Returns:
        The table. `attrs["read_as"]` tells in words how it was read, where that is not how files usually are.

    Raises:
        UsageError: If the name has another ending, or the file cannot be read without guessing where a field belongs;
            it names the first bad line.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "offices.csv"
    ...     _ = file.write_text("prompt;plz\nWo ist das Amt?;01067\n")
    ...     table = read_table(file)
    >>> table["plz"].item(), table.attrs["read_as"]
    ('01067', 'separated by semicolons')
    """
    path = at_home(path)
    _check_suffix(path, _READ)
    try:
        return _read(path.read_bytes(), path.suffix.lower())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the table cannot be read: {reason_of(error)}", where=str(path), advice="check the file"
        ) from None


def _read(raw: bytes, suffix: str) -> pd.DataFrame:
    """The table in a file, by what it begins with and then by its ending. Raises ValueError."""
    if raw.startswith(_PARQUET) or suffix == ".parquet":
        return pd.read_parquet(io.BytesIO(raw))
    if raw.startswith(_ZIP):
        return read_sheet(raw)
    if raw.startswith(_OLD_WORKBOOK):
        raise UnsafeTableError("it is a workbook of an old kind, or one with a password; save it as .xlsx without")
    if suffix in _WORKBOOKS and suffix != ".xls":
        raise UnsafeTableError("it is not a workbook; save it as .xlsx, or name it .csv if it is text")
    if suffix in _JSON:
        return read_json_table(raw)
    return read_csv(raw)


def check_writable(frame: pd.DataFrame, path: Path) -> None:
    """Raise UsageError unless `write_frame` could write this table there now; an existing file is not touched."""
    _check_table(frame, path)
    path = at_home(path)
    try:
        check_no_folder(path)
        beside(path, partial(_write, frame, path.suffix.lower())).unlink()
    except (OSError, TypeError, ValueError) as error:
        raise unwritable(path, error) from None


def write_frame(frame: pd.DataFrame, path: Path) -> Path:
    """Write a table as .csv, .parquet, .jsonl or .xlsx; an existing file is replaced only once the new one is whole.

    What a model writes must not become a formula: in .csv a text that begins with `=`, `+`, `-`, `@`, one of
    their wide forms, a tab or a line end gets an apostrophe before it, and so does what would begin a cell inside a
    text where a German Excel takes semicolons and line ends for separators. A mark at the beginning of the file tells
    Excel that it is UTF-8. And in .xlsx every text is stored as text. A text of more than 32,767
    characters, the most that a cell of Excel holds, is cut in .xlsx, and its end says how long it was. The other two
    lose nothing of what a comparison finds. Of what users have in their tables, .jsonl and .xlsx hold sets as lists,
    bytes as base64, infinite numbers as the texts `inf` and `-inf`, and what is neither number nor date, such as a UUID
    or a path, as text; decimals are texts in .jsonl, numbers in .xlsx up to 15 digits. In .parquet a column of mixed
    kinds becomes text.

    Args:
        frame: The table.
        path: The file; `~` is the user's home.

    Returns:
        The file.

    Raises:
        UsageError: If the name has another ending, the table is larger than a sheet of .xlsx, or the file cannot be
            written.
    """
    _check_table(frame, path)
    return write_whole(path, partial(_write, frame, path.suffix.lower()))


def write_jsonl(rows: Iterable[Mapping[str, Any]], path: Path) -> Path:
    """Write one JSON object a line, such as preference pairs, in UTF-8; an existing file is replaced once it is whole.

    Args:
        rows: The objects.
        path: The file; `~` is the user's home.

    Returns:
        The file.

    Raises:
        UsageError: If the file cannot be written.
    """
    return write_whole(path, partial(write_lines, rows))


def _write(frame: pd.DataFrame, suffix: str, path: Path) -> None:
    match suffix:
        case ".parquet":
            write_parquet(frame, path)
        case ".jsonl":
            names = [str(name) for name in frame.columns]
            write_lines((dict(zip(names, row, strict=True)) for row in frame.itertuples(index=False, name=None)), path)
        case ".xlsx":
            write_xlsx(frame, path)
        case _:
            write_csv(frame, path)


def _check_table(frame: pd.DataFrame, path: Path) -> None:
    """Raise UsageError unless such a file can hold this table."""
    if path.suffix.lower() in _PAGES:
        raise UsageError(
            "a table is not a page",
            where=str(path),
            advice=f"wb.report writes one; for a table use {_listed(_WRITTEN)}",
        )
    _check_suffix(path, _WRITTEN)
    if path.suffix.lower() == ".xlsx":
        check_sheet(frame, path)


def _check_suffix(path: Path, suffixes: tuple[str, ...]) -> None:
    if path.suffix.lower() not in suffixes:
        raise UsageError(
            f"a table cannot be {path.suffix or 'a file without ending'}",
            where=str(path),
            advice=f"use {_listed(suffixes)}",
        )


def _listed(suffixes: tuple[str, ...]) -> str:
    return f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
