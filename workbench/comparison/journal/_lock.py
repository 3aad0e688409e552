"""One process at a time writes a journal."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from workbench.comparison.journal._file import failure
from workbench.comparison.journal._names import FOLDER


class Lock:
    """Lets one comparison at a time use a journal, over all processes; it ends with the process that holds it.

    Args:
        path: The journal's file; the lock is a file beside it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     one, other = Lock(Path(folder) / "a.journal"), Lock(Path(folder) / "a.journal")
    ...     taken = one.take(), other.take()
    ...     one.release()
    ...     other.take(), other.release()
    (True, None)
    >>> taken
    (True, False)
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_suffix(".lock")
        self._connection: sqlite3.Connection | None = None

    def take(self) -> bool:
        """Take it if it is free. Raises JournalError where no file can be made there."""
        connection = None
        try:
            make_journals_folder(self._path.parent)
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            # SQLite locks files on every system alike, and the system lets go of them when a process is killed.
            connection = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
            connection.execute("BEGIN EXCLUSIVE")
        except (sqlite3.Error, OSError) as error:
            if connection is not None:
                connection.close()
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                return False
            raise failure(self._path, error) from None
        self._connection = connection
        return True

    def release(self) -> None:
        """Free the lock for the next."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def make_journals_folder(folder: Path) -> None:
    """Make the folder for journals, closed to others and left out of version control."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ignored = folder / ".gitignore"
    if folder.name == FOLDER and not ignored.exists():
        ignored.write_text("*\n")
