"""The file of a journal: recognised before anything in it is changed, made, and opened where it can only be read."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import JournalError
from workbench.texts import as_unicode

_APPLICATION = int.from_bytes(b"WkBn", "big")
_FORMAT = 2
_UNMARKED = 1  # the last format whose files do not say that they are Workbench's
_LOCKED_S = 30.0
_SAID = 200  # characters of an error's words
_TABLES = """
CREATE TABLE IF NOT EXISTS cells (
    key BLOB PRIMARY KEY, status TEXT NOT NULL, result BLOB NOT NULL, written REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS plans (number INTEGER PRIMARY KEY, plan BLOB NOT NULL, begun REAL NOT NULL);
CREATE TABLE IF NOT EXISTS scores (
    key BLOB NOT NULL, scorer BLOB NOT NULL, scores BLOB NOT NULL, PRIMARY KEY (key, scorer)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scorers (
    name TEXT NOT NULL, identity TEXT NOT NULL, better TEXT NOT NULL, columns TEXT, number INTEGER NOT NULL,
    PRIMARY KEY (name, identity)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS votes (
    first BLOB NOT NULL, second BLOB NOT NULL, referee BLOB NOT NULL, vote BLOB NOT NULL,
    PRIMARY KEY (first, second, referee)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS digests (model TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID;
"""
# A view, a trigger, a virtual table or an index over an expression runs whatever its writer wanted when it is read.
_FOREIGN = """
SELECT 1 FROM sqlite_master
WHERE type NOT IN ('table', 'index') OR (type = 'table' AND sql NOT LIKE 'CREATE TABLE %')
    OR (type = 'index' AND sql IS NOT NULL) LIMIT 1
"""


def check_place(path: Path) -> None:
    """Raise JournalError for what is not a file of its folder: it may block whoever opens it, or lead anywhere."""
    try:
        kind = path.lstat().st_mode
        if stat.S_ISLNK(kind):
            if path.resolve().parent != path.parent.resolve():
                raise JournalError(
                    "the journal is a link out of its folder", where=str(path), advice="put the journal itself there"
                )
            kind = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            raise JournalError("the journal is a link to nothing", where=str(path), advice="delete the link") from None
        return
    if not stat.S_ISREG(kind):
        raise JournalError("the journal is not a file", where=str(path), advice="move it away, or choose another name=")


def can_be_written(path: Path) -> bool:
    """Whether a journal's file and its folder, where SQLite puts a write-ahead log beside it, can be written."""
    effective = os.access in os.supports_effective_ids
    return all(os.access(one, os.W_OK, effective_ids=effective) for one in (path, path.parent))


def for_writing(path: Path) -> sqlite3.Connection:
    """Open a journal, or make it; one of an earlier format is brought up to date.

    Raises JournalError for a file that is not a journal, or of a later format; and what SQLite and the system raise.
    """
    # Not readable by others, as it holds prompts and answers.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    with _closed_on_failure(_connect(str(path))) as connection:
        is_current = _format(connection, path) == _FORMAT
        # A write-ahead log lets others read while it is written; FULL has each commit on the disk when it returns.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        if not is_current:
            marks = f"PRAGMA application_id={_APPLICATION}; PRAGMA user_version={_FORMAT};"
            connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} {marks} COMMIT;")
    return connection


def for_reading(path: Path) -> sqlite3.Connection:
    """Open a journal that cannot be written. Raises as `for_writing`."""
    address = path.absolute().as_uri()
    try:
        return _read(f"{address}?mode=ro", path)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
    # SQLite cannot put the index of a write-ahead log beside the file. Without such a log it needs none, and nobody
    # writes the file now; with one, the file alone would lack what was kept last.
    if _log_bytes(path):
        raise JournalError(
            "the last answers are in a write-ahead log that cannot be read in this folder",
            where=str(path),
            advice="copy the journal with its -wal file to a folder that you may write to, and open it there",
        )
    return _read(f"{address}?immutable=1", path)


def size_bytes(path: Path) -> int:
    """How much a journal takes on the disk, with what is still in its write-ahead log."""
    return path.stat().st_size + _log_bytes(path)


def damaged(path: Path, error: Exception) -> JournalError:
    """What a journal holds is not what Workbench writes."""
    said = " ".join(as_unicode(str(error)).split())[:_SAID] or type(error).__name__
    return JournalError(
        f"the journal is damaged: {said}", where=str(path), advice="move it away, or choose another name="
    )


def failure(path: Path, error: sqlite3.Error | OSError) -> JournalError:
    """What SQLite or the system said, with what to do."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    advice = {
        sqlite3.SQLITE_FULL: "make room on the disk; the same call goes on where it stopped",
        sqlite3.SQLITE_IOERR: "see whether the disk is full or broken; the same call goes on where it stopped",
        sqlite3.SQLITE_NOTADB: "it is not a journal of Workbench; move it away or choose another name=",
        sqlite3.SQLITE_CORRUPT: "the file is damaged; move it away or choose another name=",
        sqlite3.SQLITE_BUSY: "another program keeps it locked; close that program",
    }.get(code, "work in a folder that you may write to, or leave name= out; wb.open reads what is kept here")
    return JournalError(f"the journal cannot be used: {said}", where=str(path), advice=advice)


def _connect(address: str, *, uri: bool = False) -> sqlite3.Connection:
    # Each statement that is kept for another time holds on to the values of its last.
    connection = sqlite3.connect(
        address, timeout=_LOCKED_S, check_same_thread=False, isolation_level=None, cached_statements=4, uri=uri
    )
    # Nothing in a file that others made may call functions.
    connection.execute("PRAGMA trusted_schema=OFF")
    return connection


def _read(address: str, path: Path) -> sqlite3.Connection:
    with _closed_on_failure(_connect(address, uri=True)) as connection:
        _format(connection, path)
    return connection


def _format(connection: sqlite3.Connection, path: Path) -> int:
    """The format of a journal, 0 of an empty file. Raises JournalError for other files, and for a later format."""

    def pragma(name: str) -> int:
        return int(connection.execute(f"PRAGMA {name}").fetchone()[0])

    number, application = pragma("user_version"), pragma("application_id")
    is_empty = not number and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    columns = {name for _, name, *_ in connection.execute("PRAGMA table_info(cells)")}
    is_unmarked = application == 0 and number <= _UNMARKED and (is_empty or {"key", "status", "result"} <= columns)
    if application != _APPLICATION and not is_unmarked:
        raise JournalError(
            "this file is not a journal of Workbench",
            where=str(path),
            advice="move it away, or choose another name=",
        )
    if any(connection.execute(_FOREIGN)) or any(_computed(connection)):
        raise JournalError(
            "the journal holds more than tables with answers", where=str(path), advice="move it away, do not open it"
        )
    if number > _FORMAT:
        raise JournalError(
            f"a newer Workbench wrote this journal (format {number})",
            where=str(path),
            advice="update Workbench, or choose another name=",
        )
    return number


def _computed(connection: sqlite3.Connection) -> Iterator[str]:
    """The columns whose values are worked out when they are read."""
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        yield from (
            name for (name,) in connection.execute("SELECT name FROM pragma_table_xinfo(?) WHERE hidden != 0", (table,))
        )


@contextmanager
def _closed_on_failure(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    try:
        yield connection
    except BaseException:
        connection.close()
        raise


def _log_bytes(path: Path) -> int:
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size
    except FileNotFoundError:
        return 0
