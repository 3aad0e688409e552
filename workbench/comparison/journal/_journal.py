"""The journal: every finished cell of a named comparison, in a SQLite file beside the notebook."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from time import time
from typing import Any, Literal, NamedTuple

import msgspec

from workbench.comparison.journal._earlier import COUNTS, KEYS, RESULTS, TABLE, set_aside
from workbench.comparison.journal._file import can_be_written, check_place, damaged, failure, for_reading, for_writing
from workbench.comparison.journal._lock import make_journals_folder
from workbench.errors import JournalError

ROWS_AT_ONCE = 200  # that one statement inserts; old versions of SQLite take no more than 999 values in it


class Entry(NamedTuple):
    """A finished cell as it is kept.

    Attributes:
        key: Fingerprint of all that was asked.
        status: "answered", "failed" or "stopped".
        result: What came, encoded.
        is_another: Whether it is another answer to what has one, which is then kept as an earlier answer.
    """

    key: bytes
    status: str
    result: bytes
    is_another: bool = False


class KeptScorer(NamedTuple):
    """A scorer as it is kept.

    Attributes:
        name: What tables call it.
        identity: All that its scores depend on besides cell and table.
        better: Whether "higher" or "lower" values are better.
        columns: The columns of the table that its scores depend on; None for all.
    """

    name: str
    identity: str
    better: Literal["higher", "lower"]
    columns: tuple[str, ...] | None


class Journal:
    """The file of one named comparison. What a method was given to keep is on the disk when it returns.

    Any number of threads may use it, and other processes may read it meanwhile. The file is made when something is
    first kept; one that cannot be written is read.

    Args:
        path: The file.

    Raises:
        JournalError: If it is there and cannot be opened; every method raises it if it cannot be read or written.

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
        self._connection: sqlite3.Connection | None = None
        self._is_written = True
        with self._told():
            check_place(path)
            if path.exists():
                self._is_written = can_be_written(path)
                self._connection = for_writing(path) if self._is_written else for_reading(path)

    def keep(self, entries: Iterable[Entry]) -> None:
        """Keep finished cells, each in place of what was kept under its key, all or none."""
        now, kept = time(), list(entries)
        rows = [(one.key, one.status, one.result, now) for one in kept]
        others = [one.key for one in kept if one.is_another]
        if not others:
            self._all_or_none("INSERT OR REPLACE INTO cells VALUES", rows)
            return
        self._add_table(TABLE)
        with self._lock, self._told(), _transaction(self._written()) as connection:
            set_aside(connection, others)
            _insert(connection, "INSERT OR REPLACE INTO cells VALUES", rows)

    def earlier(self, key: bytes) -> list[bytes]:
        """The answers that were under a key before it was asked again, the oldest first."""
        return self._earlier_values(RESULTS, key)

    def earlier_keys(self, key: bytes) -> list[bytes]:
        """The keys under which these are kept now, and what was said of them."""
        return self._earlier_values(KEYS, key)

    def earlier_counts(self) -> dict[bytes, int]:
        """How many earlier answers there are under each key that has some."""
        with self.understood():
            return msgspec.convert(dict(self._rows(COUNTS, ())), dict[bytes, int]) if self._has("earlier") else {}

    def statuses(self) -> Iterator[tuple[bytes, str]]:
        """Key and status of every cell that is kept; nothing else can be asked of the journal until they are read."""
        with self._lock, self._told():
            if self._connection is not None:
                yield from self._connection.execute("SELECT key, status FROM cells")

    def result(self, key: bytes) -> bytes | None:
        """What is kept under a key; None if nothing is."""
        return self._one("SELECT result FROM cells WHERE key = ?", (key,))

    def results(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is kept under several keys, no more than 999 of them, by key."""
        return dict(self._rows(f"SELECT key, result FROM cells WHERE key IN ({_marks(keys)})", keys))

    def keep_plan(self, plan: bytes) -> None:
        """Keep a plan as the newest, unless it is that already. Raises JournalError where nothing can be kept."""
        with self._lock, self._told():
            self._written()
        if plan != self.plan():
            self._all_or_none("INSERT INTO plans (plan, begun) VALUES", [(plan, time())])

    def plan(self) -> bytes | None:
        """The newest plan; None if there is none."""
        return self._one("SELECT plan FROM plans ORDER BY number DESC LIMIT 1", ())

    def begun(self) -> float:
        """When the newest plan was first asked, in seconds since 1970; 0 where there is none."""
        rows = self._rows("SELECT begun FROM plans ORDER BY number DESC LIMIT 1", ())
        with self.understood():
            return float(rows[0][0]) if rows else 0.0

    def keep_scores(self, scores: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """Keep scores, given as the cell's key, the scorer's and the scores, encoded."""
        self._all_or_none("INSERT OR REPLACE INTO scores VALUES", list(scores))

    def scores(self, key: bytes, scorer: bytes) -> bytes | None:
        """The scores of a cell by a scorer; None if it was not scored."""
        return self._one("SELECT scores FROM scores WHERE key = ? AND scorer = ?", (key, scorer))

    def scores_of(self, keys: Sequence[bytes]) -> dict[tuple[bytes, bytes], bytes]:
        """All scores of several cells, no more than 999, by the keys of the cell and the scorer."""
        found = self._rows(f"SELECT key, scorer, scores FROM scores WHERE key IN ({_marks(keys)})", keys)
        return {(key, scorer): scores for key, scorer, scores in found}

    def keep_scorers(self, scorers: Iterable[KeptScorer]) -> None:
        """Keep who scores, each as the newest of its name."""
        rows = self._rows("SELECT coalesce(max(number), 0) FROM scorers", ()) if self._has("scorers") else [(0,)]
        told = [
            (one.name, one.identity, one.better, None if one.columns is None else json.dumps(one.columns), number)
            for number, one in enumerate(scorers, rows[0][0] + 1)
        ]
        self._all_or_none("INSERT OR REPLACE INTO scorers VALUES", told)

    def scorers(self) -> list[KeptScorer]:
        """Who scored, the newest of each name; who did so last comes last."""
        if not self._has("scorers"):
            return []
        # Beside max(), SQLite takes the other columns from the row that has it.
        newest = "SELECT name, identity, better, columns, max(number) AS last FROM scorers GROUP BY name ORDER BY last"
        with self.understood():
            return [
                msgspec.convert((*told, None if columns is None else json.loads(columns)), KeptScorer)
                for *told, columns, _ in self._rows(newest, ())
            ]

    def keep_votes(self, votes: Iterable[tuple[bytes, bytes, bytes, bytes]]) -> None:
        """Keep votes, given as the keys of both cells, the referee's and the vote, encoded."""
        self._all_or_none("INSERT OR REPLACE INTO votes VALUES", list(votes))

    def vote(self, first: bytes, second: bytes, referee: bytes) -> bytes | None:
        """The vote of a referee on two cells in this order; None if there is none."""
        return self._one(
            "SELECT vote FROM votes WHERE first = ? AND second = ? AND referee = ?", (first, second, referee)
        )

    def votes(self) -> list[tuple[bytes, bytes, bytes, bytes]]:
        """All votes, as `keep_votes` takes them."""
        return self._rows("SELECT first, second, referee, vote FROM votes", ()) if self._has("votes") else []

    def keep_digests(self, digests: Mapping[str, str]) -> None:
        """Keep the fingerprints of the models that score, by "connection/model"."""
        self._all_or_none("INSERT OR REPLACE INTO digests VALUES", list(digests.items()))

    def digests(self) -> dict[str, str]:
        """The fingerprints that are kept, which count where a server does not answer."""
        with self.understood():
            return msgspec.convert(dict(self._rows("SELECT model, digest FROM digests", ())), dict[str, str])

    @contextmanager
    def understood(self) -> Iterator[None]:
        """What came out of the file is read in it; where that is not what Workbench writes, it raises JournalError."""
        try:
            yield
        except JournalError:
            raise
        except Exception as error:  # noqa: BLE001 - what others wrote into a file fails in every way
            raise damaged(self.path, error) from None

    def mark(self, word: str) -> None:
        """Keep a mark of the whole comparison, such as that it is to stay."""
        self._add_table("CREATE TABLE IF NOT EXISTS marks (mark TEXT PRIMARY KEY) WITHOUT ROWID")
        self._all_or_none("INSERT OR REPLACE INTO marks VALUES", [(word,)])

    def marks(self) -> set[str]:
        """All that was noted."""
        return {mark for (mark,) in self._rows("SELECT mark FROM marks", ())} if self._has("marks") else set()

    def keep_card(self, begun: str, card: bytes) -> None:
        """Keep under which conditions was asked from this moment on, in place of what was kept of it before."""
        self._add_table("CREATE TABLE IF NOT EXISTS cards (begun TEXT PRIMARY KEY, card BLOB NOT NULL) WITHOUT ROWID")
        self._all_or_none("INSERT OR REPLACE INTO cards VALUES", [(begun, card)])

    def card(self) -> bytes | None:
        """Under which conditions was asked last; None where that is not kept."""
        return self._one("SELECT card FROM cards ORDER BY begun DESC LIMIT 1", ()) if self._has("cards") else None

    def close(self) -> None:
        """Close the file."""
        with self._lock, suppress(sqlite3.Error):
            if self._connection is not None:
                self._connection.close()

    def _has(self, table: str) -> bool:
        """Whether there is such a table, which a journal of an earlier format that is only read may lack."""
        return bool(self._rows("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)))

    def _add_table(self, statement: str) -> None:
        """Make a table where it is needed first, so that a journal without it is the same for every version."""
        with self._lock, self._told():
            self._written().execute(statement)

    def _earlier_values(self, statement: str, key: bytes) -> list[bytes]:
        with self.understood():
            rows = self._rows(statement, (key,)) if self._has("earlier") else []
            return msgspec.convert([value for (value,) in rows], list[bytes])

    def _one(self, statement: str, values: Sequence[object]) -> bytes | None:
        rows = self._rows(statement, values)
        with self.understood():
            return msgspec.convert(rows[0][0], bytes) if rows else None

    def _rows(self, statement: str, values: Sequence[object]) -> list[Any]:
        with self._lock, self._told():
            return [] if self._connection is None else self._connection.execute(statement, values).fetchall()

    def _written(self) -> sqlite3.Connection:
        """The file, made if it is not there. Raises JournalError where it can only be read."""
        if not self._is_written:
            raise JournalError(
                "this journal can only be read, so nothing can be kept in it",
                where=str(self.path),
                advice="copy it to a folder that you may write to, or leave name= out; wb.open reads what is kept here",
            )
        if self._connection is None:
            make_journals_folder(self.path.parent)
            self._connection = for_writing(self.path)
        return self._connection

    def _all_or_none(self, insert: str, rows: Sequence[Sequence[object]]) -> None:
        with self._lock, self._told():
            connection = self._written()
            if len(rows) <= ROWS_AT_ONCE:
                _insert(connection, insert, rows)
                return
            with _transaction(connection):
                for start in range(0, len(rows), ROWS_AT_ONCE):
                    _insert(connection, insert, rows[start : start + ROWS_AT_ONCE])

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise failure(self.path, error) from None


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All that is done meanwhile, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _insert(connection: sqlite3.Connection, insert: str, rows: Sequence[Sequence[object]]) -> None:
    """All rows by one statement: each more would cost this thread a wait for the others."""
    if rows:
        row = f"({_marks(rows[0])})"
        connection.execute(f"{insert} {', '.join([row] * len(rows))}", list(chain.from_iterable(rows)))


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
