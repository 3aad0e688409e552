"""Tables as files: the one with the prompts, and the one with the results."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
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
    try:
        _check_no_folder(path)
        _beside(path, partial(_write, frame, path.suffix.lower())).unlink()
    except (OSError, TypeError, ValueError) as error:
        raise _unwritable(path, error) from None


def save_frame(frame: pd.DataFrame, path: Path) -> Path:
    """Write a table as `write_frame` does, where a user says.

    Args:
        frame: The table.
        path: The file; `~` is the user's home.

    Returns:
        The file.

    Raises:
        UsageError: If the name has another ending, the table is larger than a sheet of .xlsx, or the file cannot be
            written.
    """
    _check_suffix(path, _WRITTEN)
    return write_whole(path, partial(_write, frame, path.suffix.lower()))


def write_whole(path: Path, write: Callable[[Path], object]) -> Path:
    """Write a file that replaces an existing one only once it is whole; of one that fails nothing stays.

    Args:
        path: The file; `~` is the user's home.
        write: Called with the path of a new file beside it, which it writes, such as
            `lambda fresh: fresh.write_text(page, encoding="utf-8")`.

    Returns:
        The file.

    Raises:
        UsageError: If it is a folder, or it cannot be written.
    """
    try:
        path = path.expanduser()
    except RuntimeError:
        raise UsageError("nobody here has this home folder", where=str(path), advice="name another file") from None
    try:
        _check_no_folder(path)
        _replace(path, write)
    except OSError as error:
        raise _unwritable(path, error) from None
    return path


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
    _replace(path, partial(_write, frame, path.suffix.lower()))


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    fresh = _beside(path, write)
    try:
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def _beside(path: Path, write: Callable[[Path], object]) -> Path:
    """A new file beside `path`, of which nothing stays if it cannot be written."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        write(fresh)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return fresh


def _write(frame: pd.DataFrame, suffix: str, path: Path) -> None:
    match suffix:
        case ".parquet":
            frame.to_parquet(path, index=False)
        case ".jsonl":
            write_jsonl(frame_rows(frame), path)
        case ".xlsx":
            write_xlsx(frame, path)
        case _:
            write_csv(frame, path)


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


def _check_no_folder(path: Path) -> None:
    if path.is_dir():
        raise UsageError(
            "what is written needs a file, and this is a folder", where=str(path), advice="name a file in it"
        )


def _unwritable(path: Path, error: Exception) -> UsageError:
    return UsageError(f"the file cannot be written: {_reason(error)}", where=str(path), advice="name another file")


def _reason(error: Exception) -> str:
    """An error of pandas or the system in one line, without its class."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())
