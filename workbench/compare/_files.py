"""Tables as files: the one with the prompts, and the one with the results."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from workbench.errors import UsageError

SUFFIXES = (".csv", ".parquet")


def read_table(path: Path) -> pd.DataFrame:
    """Read a table from .csv or .parquet.

    Everything in a CSV file is text, as it is written there: `01067` keeps its zero, `NA` stays a word, and only an
    empty field is missing. Where its first line has semicolons and no comma, as spreadsheets write it in German,
    semicolons separate the columns.

    Raises:
        UsageError: If the name has another ending, or the file cannot be read.
    """
    _check_suffix(path)
    try:
        return pd.read_parquet(path) if _is_parquet(path) else _read_csv(path)
    except UnicodeDecodeError:
        raise UsageError("the table is not UTF-8", where=str(path), advice="save it as CSV in UTF-8") from None
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the table cannot be read: {_reason(error)}", where=str(path), advice="check the file"
        ) from None


def check_writable(frame: pd.DataFrame, path: Path) -> None:
    """Raise UsageError unless `write_frame` could write this table there now; an existing file is not touched."""
    _check_suffix(path)
    if path.is_dir():
        raise UsageError("the results need a file, and this is a folder", where=str(path), advice="name a file in it")
    try:
        _written(frame, path).unlink()
    except (OSError, TypeError, ValueError) as error:
        raise UsageError(
            f"the results cannot be written: {_reason(error)}", where=str(path), advice="name another file"
        ) from None


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as .csv or .parquet; an existing file is replaced only once the new one is whole.

    Raises:
        UsageError: If the name has another ending.
        OSError: If it cannot be written.
    """
    _check_suffix(path)
    _written(frame, path).replace(path)


def _written(frame: pd.DataFrame, path: Path) -> Path:
    """The table in a new file beside `path`, of which nothing stays if it cannot be written."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        if _is_parquet(path):
            frame.to_parquet(fresh, index=False)
        else:
            frame.to_csv(fresh, index=False)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return fresh


def _read_csv(path: Path) -> pd.DataFrame:
    with path.open(encoding="utf-8-sig") as file:
        first = file.readline()
    separator = ";" if ";" in first and "," not in first else ","
    return pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8-sig")


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet"


def _check_suffix(path: Path) -> None:
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"a table cannot be {path.suffix or 'a file without ending'}",
            where=str(path),
            advice="use .csv or .parquet",
        )


def _reason(error: Exception) -> str:
    """An error of pandas or the system in one line, without its class."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())
