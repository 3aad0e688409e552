"""The journal: every finished cell of a named comparison, in a SQLite file beside the notebook."""

from __future__ import annotations

import os
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from time import time
from typing import NamedTuple

from workbench.errors import JournalError, UsageError

FOLDER = ".workbench"
SUFFIX = ".journal"
_VERSION = 1
_LOCKED_S = 30.0
ROWS_AT_ONCE = 200  # that one statement inserts; old versions of SQLite take no more than 999 values in it
_NAME = re.compile(r"[^\W_][\w .-]{0,99}")
_TABLES = """
CREATE TABLE IF NOT EXISTS cells (
    key BLOB PRIMARY KEY, status TEXT NOT NULL, result BLOB NOT NULL, written REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS plans (number INTEGER PRIMARY KEY, plan BLOB NOT NULL, begun REAL NOT NULL);
CREATE TABLE IF NOT EXISTS scores (
    key BLOB NOT NULL, scorer BLOB NOT NULL, scores BLOB NOT NULL, PRIMARY KEY (key, scorer)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS digests (model TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID;
"""


class Entry(NamedTuple):
    """A finished cell as it is kept.

    Attributes:
        key: Fingerprint of all that was asked.
        status: "answered", "failed" or "stopped".
        result: What came, encoded.
    """

    key: bytes
    status: str
    result: bytes


class Journal:
    """The file of one named comparison. What a method was given to keep is on the disk when it returns.

    Any number of threads may use it, and other processes may read it meanwhile.

    Args:
        path: The file; made if it is not there.

    Raises:
        JournalError: If it cannot be opened; every method raises it if it cannot be read or written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     journal = Journal(Path(folder) / "offices.journal")
    ...     journal.keep([Entry(b"1", "answered", b"{}")])
    ...     found = dict(journal.statuses()), journal.result(b"1")
    ...     journal.close()
    >>> found
    ({b'1': 'answered'}, b'{}')
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        with self._told():
            _make_folder(path.parent)
            # Not readable by others, as it holds prompts and answers.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            # Each statement that is kept for another time holds on to the values of its last.
            self._connection = sqlite3.connect(
                path, timeout=_LOCKED_S, check_same_thread=False, isolation_level=None, cached_statements=4
            )
        try:
            with self._told():
                self._prepare()
        except JournalError:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        # A write-ahead log lets others read while it is written; FULL has each commit on the disk when it returns.
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise sqlite3.DatabaseError(f"a newer Workbench wrote it (format {version})")
        self._connection.executescript(_TABLES)
        self._connection.execute(f"PRAGMA user_version={_VERSION}")

    def keep(self, entries: Iterable[Entry]) -> None:
        """Keep finished cells, each in place of what was kept under its key, all or none."""
        now = time()
        self._all_or_none("INSERT OR REPLACE INTO cells VALUES", [(*entry, now) for entry in entries])

    def statuses(self) -> Iterator[tuple[bytes, str]]:
        """Key and status of every cell that is kept; nothing else can be asked of the journal until they are read."""
        with self._lock, self._told():
            yield from self._connection.execute("SELECT key, status FROM cells")

    def result(self, key: bytes) -> bytes | None:
        """What is kept under a key; None if nothing is."""
        return self._one("SELECT result FROM cells WHERE key = ?", (key,))

    def results(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is kept under several keys, no more than 999 of them, by key."""
        statement = f"SELECT key, result FROM cells WHERE key IN ({', '.join('?' * len(keys))})"
        with self._lock, self._told():
            return dict(self._connection.execute(statement, keys))

    def keep_plan(self, plan: bytes) -> None:
        """Keep a plan as the newest, unless it is that already."""
        if plan != self.plan():
            self._all_or_none("INSERT INTO plans (plan, begun) VALUES", [(plan, time())])

    def plan(self) -> bytes | None:
        """The newest plan; None if there is none."""
        return self._one("SELECT plan FROM plans ORDER BY number DESC LIMIT 1", ())

    def begun(self) -> float:
        """When the newest plan was first asked, in seconds since 1970; 0 where there is none."""
        with self._lock, self._told():
            row = self._connection.execute("SELECT begun FROM plans ORDER BY number DESC LIMIT 1").fetchone()
        return float(row[0]) if row else 0.0

    def keep_scores(self, scores: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """Keep scores, given as the cell's key, the scorer's and the scores, encoded."""
        self._all_or_none("INSERT OR REPLACE INTO scores VALUES", list(scores))

    def scores(self, key: bytes, scorer: bytes) -> bytes | None:
        """The scores of a cell by a scorer; None if it was not scored."""
        return self._one("SELECT scores FROM scores WHERE key = ? AND scorer = ?", (key, scorer))

    def keep_digests(self, digests: Mapping[str, str]) -> None:
        """Keep the fingerprints of the models that score, by "connection/model"."""
        self._all_or_none("INSERT OR REPLACE INTO digests VALUES", list(digests.items()))

    def digests(self) -> dict[str, str]:
        """The fingerprints that are kept, which count where a server does not answer."""
        with self._lock, self._told():
            return dict(self._connection.execute("SELECT model, digest FROM digests"))

    def close(self) -> None:
        """Close the file."""
        with self._lock, suppress(sqlite3.Error):
            self._connection.close()

    def _one(self, statement: str, values: Sequence[object]) -> bytes | None:
        with self._lock, self._told():
            row = self._connection.execute(statement, values).fetchone()
        return None if row is None else bytes(row[0])

    def _all_or_none(self, insert: str, rows: Sequence[Sequence[object]]) -> None:
        with self._lock, self._told():
            if len(rows) <= ROWS_AT_ONCE:
                self._insert(insert, rows)
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for start in range(0, len(rows), ROWS_AT_ONCE):
                    self._insert(insert, rows[start : start + ROWS_AT_ONCE])
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def _insert(self, insert: str, rows: Sequence[Sequence[object]]) -> None:
        """All rows by one statement: each more would cost this thread a wait for the others."""
        if rows:
            row = f"({', '.join('?' * len(rows[0]))})"
            self._connection.execute(f"{insert} {', '.join([row] * len(rows))}", list(chain.from_iterable(rows)))

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise failure(self.path, error) from None


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
            _make_folder(self._path.parent)
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
        """Let the next have it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def journal_path(name: str) -> Path:
    """The file of the comparison of this name. Raises UsageError where the name is none for a file.

    >>> journal_path("offices").as_posix()
    '.workbench/offices.journal'
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name != name.rstrip(" ."):
        raise UsageError(
            f"name={name!r} cannot be", advice="give a short name of letters, digits, spaces, dots, - and _"
        )
    return Path(FOLDER) / f"{name}{SUFFIX}"


def failure(path: Path, error: sqlite3.Error | OSError) -> JournalError:
    """What SQLite or the system said, with what to do."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    advice = {
        sqlite3.SQLITE_FULL: "make room on the disk; the same call goes on where it stopped",
        sqlite3.SQLITE_IOERR: "see whether the disk is full or broken; the same call goes on where it stopped",
        sqlite3.SQLITE_READONLY: "work in a folder that you may write to, or leave name= out",
        sqlite3.SQLITE_CANTOPEN: "work in a folder that you may write to, or leave name= out",
        sqlite3.SQLITE_NOTADB: "it is no journal of Workbench; move it away or choose another name=",
        sqlite3.SQLITE_CORRUPT: "the file is damaged; move it away or choose another name=",
        sqlite3.SQLITE_BUSY: "another program keeps it locked; close that program",
    }.get(code, "work in a folder that you may write to, or leave name= out")
    return JournalError(f"the journal cannot be used: {said}", where=str(path), advice=advice)


def _make_folder(folder: Path) -> None:
    """Make the folder for journals, closed to others and left out of version control."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ignored = folder / ".gitignore"
    if folder.name == FOLDER and not ignored.exists():
        ignored.write_text("*\n")
