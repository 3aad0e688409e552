"""Tables as files: the one with the prompts, and the one with the results."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from workbench.compare._export_sheets import frame_rows, read_jsonl, write_csv, write_jsonl, write_xlsx
from workbench.errors import UsageError

_READ = (".csv", ".parquet", ".jsonl")
_WRITTEN = (*_READ, ".xlsx")


def read_table(path: Path) -> pd.DataFrame:
    """Read a table from .csv, .parquet or .jsonl (a JSON object a line).

    Everything in a CSV file is text, as it is written there: `01067` keeps its zero, `NA` stays a word, and only an
    empty field is missing. Where its first line has semicolons and no comma, as spreadsheets write it in German,
    semicolons separate the columns. An apostrophe that `write_frame` put before a text stays.

    Raises:
        UsageError: If the name has another ending, or the file cannot be read.
    """
    _check_suffix(path, _READ)
    try:
        match path.suffix.lower():
            case ".parquet":
                return pd.read_parquet(path)
            case ".jsonl":
                return read_jsonl(path)
        return _read_csv(path)
    except UnicodeDecodeError:
        raise UsageError("the table is not UTF-8", where=str(path), advice="save it in UTF-8") from None
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the table cannot be read: {_reason(error)}", where=str(path), advice="check the file"
        ) from None


def check_writable(frame: pd.DataFrame, path: Path) -> None:
    """Raise UsageError unless `write_frame` could write this table there now; an existing file is not touched."""
    _check_suffix(path, _WRITTEN)
    if path.is_dir():
        raise UsageError("the results need a file, and this is a folder", where=str(path), advice="name a file in it")
    try:
        _written(frame, path).unlink()
    except (OSError, TypeError, ValueError) as error:
        raise UsageError(
            f"the results cannot be written: {_reason(error)}", where=str(path), advice="name another file"
        ) from None


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as .csv, .parquet, .jsonl or .xlsx; an existing file is replaced only once the new one is whole.

    What a model writes must not become a formula: in .csv a text that begins with `=`, `+`, `-`, `@`, a tab or a
    carriage return gets an apostrophe before it, and in .xlsx every text is stored as text. A text of more than 32,767
    characters, the most that a cell of Excel holds, is cut in .xlsx, and its end says how long it was. The other two
    lose nothing.

    Raises:
        UsageError: If the name has another ending, or the table is larger than a sheet of .xlsx.
        OSError: If it cannot be written.
    """
    _check_suffix(path, _WRITTEN)
    _written(frame, path).replace(path)


def _written(frame: pd.DataFrame, path: Path) -> Path:
    """The table in a new file beside `path`, of which nothing stays if it cannot be written."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        match path.suffix.lower():
            case ".parquet":
                frame.to_parquet(fresh, index=False)
            case ".jsonl":
                write_jsonl(frame_rows(frame), fresh)
            case ".xlsx":
                write_xlsx(frame, fresh)
            case _:
                write_csv(frame, fresh)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return fresh


def _read_csv(path: Path) -> pd.DataFrame:
    with path.open(encoding="utf-8-sig") as file:
        first = file.readline()
    separator = ";" if ";" in first and "," not in first else ","
    return pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8-sig")


def _check_suffix(path: Path, suffixes: tuple[str, ...]) -> None:
    if path.suffix.lower() not in suffixes:
        raise UsageError(
            f"a table cannot be {path.suffix or 'a file without ending'}",
            where=str(path),
            advice=f"use {', '.join(suffixes[:-1])} or {suffixes[-1]}",
        )


def _reason(error: Exception) -> str:
    """An error of pandas or the system in one line, without its class."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())
