"""Where comparisons are kept that nobody named: in a folder of their own, for a while, readable by the user alone."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from math import isfinite
from pathlib import Path
from time import time

import platformdirs

from workbench.comparison.journal._file import size_bytes
from workbench.comparison.journal._journal import Journal
from workbench.comparison.journal._lock import Lock, make_journals_folder
from workbench.comparison.journal._names import (
    FOLDER,
    SUFFIX,
    is_same_name,
    journal_path,
    journal_paths,
    run_name,
)
from workbench.connections import policy
from workbench.errors import ConfigurationError, JournalError

UNNAMED = "unnamed"
NAMED = "named"  # the mark of one that was asked for by its name later, and so stays
DELIVERED = "delivered"  # the mark of one whose results were written to where they were wanted
_OFF = ("off", "0", "no", "false")
_DAYS = 30.0
_MEGABYTES = 500.0
_DAY_S = 86_400.0
_MEGABYTE = 1_000_000
_STEM = 40
_FOLDER_BYTES = 6


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a comparison without a name is kept, as it is told.

    Attributes:
        name: The name under which `open_run` opens it; "" where it is not kept.
        folder: The folder of its file.
        problem: Why it is not kept, in one line; "" where it is.
    """

    name: str = ""
    folder: str = ""
    problem: str = ""


def warn_of(kept: Kept) -> None:
    """Warn in a script why a comparison without a name is not kept."""
    if kept.problem:
        warnings.warn(f"the comparison goes on, but is not kept: {kept.problem}", stacklevel=2)


def are_kept() -> bool:
    """Whether comparisons without a name are kept: neither `WORKBENCH_JOURNAL` nor the policy says otherwise.

    >>> are_kept() or os.environ["WORKBENCH_JOURNAL"] in _OFF
    True
    """
    if os.environ.get("WORKBENCH_JOURNAL", "").strip().lower() in _OFF:
        return False
    try:
        return policy().journal
    except ConfigurationError:
        return False  # a policy that cannot be read allows nothing that nobody has asked for


def unnamed_folders() -> Iterator[Path]:
    """The folders where they may be: beside the notebook, and for folders that cannot be written the user's own."""
    yield Path(FOLDER) / UNNAMED
    with suppress(OSError):  # whoever works in a folder that was deleted has none
        here = hashlib.sha256(os.fsencode(Path.cwd())).hexdigest()[: 2 * _FOLDER_BYTES]
        yield platformdirs.user_state_path("workbench") / UNNAMED / here


def unnamed_paths() -> list[Path]:
    """The files of all that are kept for this folder, in the order of their names."""
    found: list[Path] = []
    for folder in unnamed_folders():
        with suppress(OSError):
            found += folder.glob(f"*{SUFFIX}")
    return sorted(found, key=lambda path: path.name)


def all_paths() -> list[Path]:
    """The files of all comparisons that are kept for this folder, those with names first."""
    return [*journal_paths(), *unnamed_paths()]


def found_journal(name: str) -> Path:
    """The file of the comparison of this name, whoever gave it; else the one to be made. Raises UsageError."""
    path = journal_path(name)
    same = (unnamed for unnamed in unnamed_paths() if is_same_name(unnamed.stem, name))
    return path if path in journal_paths() else next(same, path)


def is_unnamed(path: Path) -> bool:
    """Whether this is the file of a comparison that nobody named."""
    return path.absolute().parent in [folder.absolute() for folder in unnamed_folders()]


def name_of(path: Path | None) -> str | None:
    """The name under which a journal is gone on with; None where it is not one of this folder, as out of a crate."""
    if path is None or not (path.parent.name == FOLDER or is_unnamed(path)):
        return None
    return run_name(path)


def new_journal(folder: Path, stem: str) -> tuple[Path, Lock]:
    """A file for one more comparison, that there is not yet, and its lock, which is taken.

    Args:
        folder: One of `unnamed_folders`; it is made, and tidied.
        stem: What the name shall say after date and time.

    Raises:
        JournalError: If nothing can be kept in this folder.
    """
    _make_private(folder)
    tidy(folder)
    said = " ".join(re.sub(r"[^A-Za-z0-9.-]+", " ", stem).split())[:_STEM]
    begin = f"{datetime.now():%Y-%m-%d %H.%M} {said}".rstrip(" .-")
    for number in count(1):
        path = (folder / f"{begin}{'' if number == 1 else f' {number}'}{SUFFIX}").absolute()
        lock = Lock(path)
        if not path.exists() and not (Path(FOLDER) / path.name).exists() and lock.take():
            if not path.exists():
                return path, lock
            lock.release()
    raise AssertionError("there is always a further number")


def tidy(folder: Path) -> None:
    """Delete what is older than `WORKBENCH_JOURNAL_DAYS`, and the oldest beyond `WORKBENCH_JOURNAL_MB` megabytes.

    Neither one that is running is deleted nor one that was asked for by its name; what cannot be deleted stays.
    """
    oldest_s = time() - _number("WORKBENCH_JOURNAL_DAYS", _DAYS) * _DAY_S
    room = _number("WORKBENCH_JOURNAL_MB", _MEGABYTES) * _MEGABYTE
    for changed_s, path in sorted(_changed(folder), reverse=True):
        try:
            room -= size_bytes(path)
        except OSError:
            continue
        if changed_s < oldest_s or room < 0:
            _delete(path)


def _changed(folder: Path) -> Iterator[tuple[float, Path]]:
    """When each was last written to."""
    for path in folder.glob(f"*{SUFFIX}"):
        log = path.with_name(f"{path.name}-wal")
        with suppress(OSError):
            yield max(one.stat().st_mtime for one in (path, log) if one == path or one.exists()), path


def _delete(path: Path) -> None:
    lock = Lock(path)
    with suppress(JournalError, OSError):
        if not lock.take():
            return
        try:
            journal = Journal(path)
            stays = NAMED in journal.marks()
            journal.close()
        except JournalError:
            stays = True  # whatever this is, it is not ours to delete
        lock.release()
        if not stays:
            remove(path)


def remove(path: Path) -> None:
    """Delete the files of a journal. Raises OSError."""
    for file in (*(path.with_name(f"{path.name}{end}") for end in ("", "-wal", "-shm")), path.with_suffix(".lock")):
        file.unlink(missing_ok=True)


def _number(name: str, usual: float) -> float:
    """A bound that the environment sets; what is not a number must not cost a comparison, and leaves the usual."""
    try:
        found = float(os.environ.get(name, usual))
    except ValueError:
        return usual
    return found if isfinite(found) and found >= 0 else usual


def _make_private(folder: Path) -> None:
    """Make a folder that the user alone can read. Raises JournalError for one that is another's, or a link."""
    try:
        for one in (folder.parent, folder):
            make_journals_folder(one)
            found = one.lstat()
            is_own = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
            if not stat.S_ISDIR(found.st_mode) or not is_own:
                raise JournalError("this is not a folder of your own", where=str(one))
        if stat.S_IMODE(folder.stat().st_mode) & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise JournalError(f"no journal can be made here: {error.strerror}", where=str(folder)) from None
