"""The journal itself: what it keeps, replaces, tells and refuses."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.comparison.journal._file import can_be_written, damaged, failure
from workbench.comparison.journal._journal import Entry, Journal, KeptScorer
from workbench.comparison.journal._lock import Lock
from workbench.comparison.journal._names import FOLDER
from workbench.errors import JournalError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FOLDER / "offices.journal"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    made = Journal(path)
    yield made
    made.close()


def entries(count: int, status: str = "answered") -> list[Entry]:
    return [Entry(b"%05d" % number, status, b"%d" % number) for number in range(count)]


def test_nothing_is_made_until_something_is_kept(journal: Journal, path: Path) -> None:
    assert dict(journal.statuses()) == {}
    assert (journal.plan(), journal.begun(), journal.scorers(), journal.digests()) == (None, 0.0, [], {})
    assert not path.parent.exists()


def test_what_is_kept_is_there_in_another_process_at_once(journal: Journal, path: Path) -> None:
    journal.keep(entries(3))
    other = Journal(path)
    assert dict(other.statuses()) == {b"%05d" % number: "answered" for number in range(3)}
    assert other.result(b"00002") == b"2"
    assert other.result(b"none") is None
    other.close()


@pytest.mark.parametrize("count", [1, 199, 200, 201, 400, 401])
def test_any_number_of_cells_is_kept_at_once(journal: Journal, path: Path, count: int) -> None:
    journal.keep(entries(count))
    other = Journal(path)
    assert len(dict(other.statuses())) == count
    other.close()
    assert journal.results([b"00000", b"%05d" % (count - 1), b"none"]) == {
        b"00000": b"0",
        b"%05d" % (count - 1): b"%d" % (count - 1),
    }


def test_an_old_version_of_sqlite_takes_any_number_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    current = sqlite3.connect

    def old(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = current(*arguments, **options)
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
        return connection

    monkeypatch.setattr(sqlite3, "connect", old)
    journal = Journal(path)
    journal.keep(entries(999))
    assert len(journal.results([key for key, *_ in entries(999)])) == 999
    journal.close()


def test_a_cell_is_kept_in_place_of_what_was_kept_before(journal: Journal) -> None:
    journal.keep([Entry(b"a", "failed", b"1"), Entry(b"b", "answered", b"2")])
    journal.keep([Entry(b"a", "answered", b"3")])
    assert dict(journal.statuses()) == {b"a": "answered", b"b": "answered"}
    assert journal.result(b"a") == b"3"


def test_a_journal_that_is_opened_again_goes_on(journal: Journal, path: Path) -> None:
    journal.keep(entries(1))
    journal.close()
    again = Journal(path)
    again.keep(entries(2))
    assert dict(again.statuses()) == {b"00000": "answered", b"00001": "answered"}
    again.close()


@pytest.mark.parametrize("count", [10, 450])
def test_all_cells_are_kept_or_none(journal: Journal, count: int) -> None:
    journal.keep(entries(1))
    broken = [*entries(count)[1:], Entry(b"broken", "answered", None)]  # type: ignore[arg-type]
    with pytest.raises(JournalError):
        journal.keep(broken)
    assert list(dict(journal.statuses())) == [b"00000"]
    journal.keep(entries(2))
    assert len(dict(journal.statuses())) == 2


def test_the_newest_plan_counts_and_an_equal_one_is_not_kept_again(journal: Journal, path: Path) -> None:
    journal.keep_plan(b"one")
    begun = journal.begun()
    assert begun > 1_700_000_000
    journal.keep_plan(b"one")
    assert journal.begun() == begun
    journal.keep_plan(b"two")
    assert journal.plan() == b"two"
    assert journal.begun() >= begun
    journal.close()
    with sqlite3.connect(path) as file:
        assert [plan for (plan,) in file.execute("SELECT plan FROM plans ORDER BY number")] == [b"one", b"two"]
    file.close()


def test_scores_and_votes_are_found_by_all_their_keys(journal: Journal) -> None:
    journal.keep_scores([(b"a", b"exact", b"1"), (b"a", b"judge", b"2"), (b"b", b"exact", b"3")])
    journal.keep_scores([(b"b", b"exact", b"4")])
    assert journal.scores(b"a", b"judge") == b"2"
    assert journal.scores(b"b", b"judge") is None
    assert journal.scores_of([b"a", b"b"]) == {
        (b"a", b"exact"): b"1",
        (b"a", b"judge"): b"2",
        (b"b", b"exact"): b"4",
    }
    assert journal.scores_of([]) == {}
    journal.keep_votes([(b"a", b"b", b"referee", b"first")])
    assert journal.vote(b"a", b"b", b"referee") == b"first"
    assert journal.vote(b"b", b"a", b"referee") is None
    assert journal.vote(b"a", b"b", b"other") is None


def test_the_newest_scorer_of_each_name_is_told_and_the_last_to_score_comes_last(journal: Journal) -> None:
    exact, judge = KeptScorer("exact", "1", "higher", None), KeptScorer("judge", "1", "higher", ("city", "year"))
    journal.keep_scorers([exact, judge])
    assert journal.scorers() == [exact, judge]
    newer = KeptScorer("exact", "2", "lower", ())
    journal.keep_scorers([newer])
    assert journal.scorers() == [judge, newer]
    journal.keep_scorers([exact])
    assert journal.scorers() == [judge, exact]


def test_fingerprints_are_replaced_one_by_one(journal: Journal) -> None:
    journal.keep_digests({"gpu/a": "1", "gpu/b": "2"})
    journal.keep_digests({"gpu/b": "3"})
    assert journal.digests() == {"gpu/a": "1", "gpu/b": "3"}


def test_marks_stay_and_a_journal_without_any_has_none(journal: Journal, path: Path) -> None:
    assert journal.marks() == set()
    assert not path.exists()
    journal.keep(entries(1))
    assert journal.marks() == set()
    for mark in ("named", "delivered", "named"):
        journal.mark(mark)
    other = Journal(path)
    assert other.marks() == {"named", "delivered"}
    other.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_nobody_else_may_read_it_or_what_lies_beside_it(journal: Journal, path: Path) -> None:
    before = os.umask(0)
    try:
        journal.keep(entries(1))
        lock = Lock(path)
        lock.take()
        files = [file for file in path.parent.iterdir() if file.name != ".gitignore"]
        assert {file.suffix for file in files} >= {".journal", ".lock"}
        assert {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in [*files, path.parent]} == {0}
        lock.release()
    finally:
        os.umask(before)


def test_a_journal_that_can_only_be_read_is_read(journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal.keep(entries(2))
    journal.keep_plan(b"plan")
    journal.close()
    assert can_be_written(path)
    monkeypatch.setattr(sys.modules[Journal.__module__], "can_be_written", lambda _path: False)
    read = Journal(path)
    assert len(dict(read.statuses())) == 2
    assert read.plan() == b"plan"
    for keep in (lambda: read.keep(entries(1)), lambda: read.keep_plan(b"plan"), lambda: read.keep_digests({"a": "b"})):
        with pytest.raises(JournalError, match="can only be read"):
            keep()
    read.close()


def test_many_threads_may_keep_at_once(journal: Journal) -> None:
    def keep(part: int) -> None:
        for number in range(20):
            journal.keep([Entry(b"%d-%d" % (part, number), "answered", b"")])

    threads = [threading.Thread(target=keep, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(dict(journal.statuses())) == 80


def test_nothing_else_is_answered_while_statuses_are_read(journal: Journal) -> None:
    journal.keep(entries(2))
    reading = journal.statuses()
    next(reading)
    done = threading.Event()
    thread = threading.Thread(target=lambda: (journal.result(b"00000"), done.set()))
    thread.start()
    assert not done.wait(0.1)
    assert len(list(reading)) == 1
    thread.join()
    assert done.is_set()


def test_one_lock_at_a_time_and_it_can_be_taken_again(path: Path) -> None:
    one, other = Lock(path), Lock(path)
    assert one.take()
    assert not other.take()
    one.release()
    one.release()
    assert other.take()
    assert not one.take()
    other.release()
    assert one.take()
    one.release()


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError):
        Lock(tmp_path / "file" / "a.journal").take()


def of_sqlite(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("it went wrong")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (of_sqlite(sqlite3.SQLITE_FULL), "it went wrong.*make room on the disk"),
        (of_sqlite(sqlite3.SQLITE_IOERR_WRITE), "it went wrong.*full or broken"),
        (of_sqlite(sqlite3.SQLITE_NOTADB), "it went wrong.*not a journal"),
        (of_sqlite(sqlite3.SQLITE_CORRUPT), "it went wrong.*damaged"),
        (of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), "it went wrong.*close that program"),
        (of_sqlite(sqlite3.SQLITE_READONLY), "it went wrong.*a folder that you may write to"),
        (sqlite3.ProgrammingError("it is closed"), "it is closed.*a folder that you may write to"),
        (PermissionError(13, "Permission denied", "offices.journal"), ": Permission denied .*that you may write to"),
        (OSError("nothing known"), ": nothing known .*that you may write to"),
    ],
)
def test_what_the_disk_or_sqlite_said_comes_with_what_to_do(
    path: Path, error: sqlite3.Error | OSError, told: str
) -> None:
    found = str(failure(path, error))
    assert re.search(told, found)
    assert str(path) in found


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("in two\nlines"), "in two lines"),
        (ValueError(), "ValueError"),
        (ValueError("long" * 100), "long" * 50),
    ],
)
def test_what_is_damaged_is_said_in_a_short_line(path: Path, error: Exception, said: str) -> None:
    assert str(damaged(path, error)).startswith(f"the journal is damaged: {said} ({path})")


def test_a_closed_journal_says_so(journal: Journal) -> None:
    journal.keep(entries(1))
    journal.close()
    journal.close()
    with pytest.raises(JournalError):
        journal.result(b"00000")
