"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.arguments import shown
from workbench.errors import PromptError, UsageError

_LONGEST_NAME = 255  # bytes, on all systems in use


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
    path = at_home(path)
    try:
        check_no_folder(path)
        _replace_whole(path, write)
    except OSError as error:
        raise unwritable(path, error) from None
    return path


def make_folder(path: Path) -> Path:
    """Make a folder, with those above it, where it is missing.

    Args:
        path: The folder; `~` is the user's home.

    Returns:
        The folder.

    Raises:
        UsageError: If it cannot be made.
    """
    path = at_home(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"the folder cannot be made: {reason_of(error)}", where=str(path), advice="name another folder"
        ) from None
    return path


def at_home(given: Any) -> Path:
    """A path as users write it, with `~` as the home folder of a user. Raises UsageError for what is not a path.

    >>> at_home("offices.csv").name
    'offices.csv'
    """
    if not isinstance(given, str | os.PathLike) or not isinstance(os.fspath(given), str):
        raise UsageError(f"a path must be a text or a Path, not {shown(given)}")
    try:
        parts = [os.fsencode(part) for part in Path(given).parts]
    except UnicodeEncodeError:
        raise PromptError("the path is not valid Unicode", where=shown(given), advice="give another name") from None
    if given == "" or b"\0" in b"".join(parts):
        raise UsageError("this is not the path of a file or folder", where=shown(given), advice="give another name")
    if max(map(len, parts), default=0) > _LONGEST_NAME:
        raise UsageError("the path holds a name too long for a file", where=str(given), advice="give a shorter name")
    try:
        return Path(given).expanduser()
    except RuntimeError:
        raise UsageError("nobody here has this home folder", where=str(given), advice="name another folder") from None


def _replace_whole(path: Path, write: Callable[[Path], object]) -> None:
    fresh = beside(path, write)
    try:
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def beside(path: Path, write: Callable[[Path], object]) -> Path:
    """A new file beside `path`, of which nothing stays if it cannot be written."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        write(fresh)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return fresh


def check_no_folder(path: Path) -> None:
    if path.is_dir():
        raise UsageError(
            "what is written needs a file, and this is a folder", where=str(path), advice="name a file in it"
        )


def unwritable(path: Path, error: Exception) -> UsageError:
    return UsageError(f"the file cannot be written: {reason_of(error)}", where=str(path), advice="name another file")


def reason_of(error: Exception) -> str:
    """An error of pandas or the system in one line, without its class."""
    text = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    return " ".join(text.split())
