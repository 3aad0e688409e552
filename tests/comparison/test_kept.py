"""Kept comparisons: their tables come back as they were, and their files are told from others and read anywhere."""

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scripted_model import echo, scripted

from workbench.comparison import Comparison, Row, Run, make_plan, open_run, runs
from workbench.comparison.journal._journal import Entry, Journal
from workbench.errors import JournalError, UsageError
from workbench.messages import Piece, Request

NOBODY = 65534


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder that other users can reach, as those of pytest cannot be."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        monkeypatch.chdir(folder)
        yield


async def compared(prompts: Any, name: str = "words") -> Run:
    return await Comparison(make_plan(prompts, scripted("x/a", echo)), name=name).run()


async def test_a_plan_that_cannot_be_kept_is_refused_and_leaves_no_journal() -> None:
    endless: list[Any] = []
    endless.append(endless)
    for wrong, problem in ((endless, "nested too deeply"), (10**5000, "4300 digits")):
        table = pd.DataFrame({"prompt": ["eins"], "wrong": pd.Series([wrong], dtype=object)})
        with pytest.raises(UsageError, match=f"cannot be kept under a name: .*{problem}") as told:
            await compared(table)
        assert "\n" not in str(told.value)
    assert runs().empty
    assert not list(Path(".workbench").glob("*.journal"))


def as_format_1(name: str) -> None:
    """Make of a journal what Workbench wrote before it kept who scored, and before it held tables exactly."""
    with closing(sqlite3.connect(f".workbench/{name}.journal", isolation_level=None)) as journal:
        journal.executescript("DROP TABLE scorers; DROP TABLE votes; PRAGMA user_version=1; PRAGMA application_id=0;")
        (plan,) = journal.execute("SELECT plan FROM plans").fetchone()
        old = json.loads(plan)
        del old["in_words"]
        journal.execute("UPDATE plans SET plan = ?", (json.dumps(old).encode(),))


async def test_journals_of_the_first_format_open_and_go_on() -> None:
    table = pd.DataFrame({"prompt": ["eins", "zwei"], "size": [1, 2]})
    run = await compared(table)
    await run.score(len_of)
    as_format_1("words")
    opened = open_run("words")
    pd.testing.assert_frame_equal(opened.frame, run.frame)
    assert opened.scores.empty
    await opened.score(len_of)
    assert open_run("words").scores["value"].tolist() == [4.0, 4.0]


def len_of(row: Row) -> int:
    return len(row.answer)


async def test_a_size_counts_the_log_that_is_not_yet_in_the_file() -> None:
    journal = Journal(Path(".workbench/words.journal"))
    journal.keep([Entry(b"1", "answered", b"x" * 100_000)])
    assert Path(".workbench/words.journal").stat().st_size < 100_000
    assert runs()["size_bytes"].item() > 100_000
    journal.close()


async def test_a_run_that_was_stopped_is_still_so_when_it_is_opened() -> None:
    comparison = Comparison(make_plan(["eins", "zwei", "drei"], scripted("x/a", echo)), name="words", concurrency=1)

    class Stop:
        def began(self, cell: object) -> None: ...
        def piece(self, cell: object, piece: object) -> None: ...
        def ended(self, cell: object, result: object) -> None:
            comparison.stop()

    comparison.watch(Stop())
    assert (await comparison.run()).stopped
    assert open_run("words").stopped
    await compared(["eins", "zwei", "drei"])
    assert not open_run("words").stopped


@contextmanager
def unwritable(folder: Path = Path(".workbench")) -> Iterator[None]:
    """Nobody may write to a folder and its files meanwhile."""
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    try:
        with as_another_user():
            yield
    finally:
        folder.chmod(0o700)


@contextmanager
def as_another_user() -> Iterator[None]:
    """Root, whom no permission binds, is somebody else meanwhile."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


async def test_an_archive_that_cannot_be_written_is_read() -> None:
    run = await compared(["eins", "zwei"])
    await run.score(len_of)
    scores, before = run.scores, Path(".workbench/words.journal").read_bytes()
    del run
    with unwritable():
        opened = open_run("words")
        assert opened.frame["answer"].tolist() == ["eins", "zwei"]
        pd.testing.assert_frame_equal(opened.scores, scores)
        assert runs()["problem"].isna().tolist() == [True]
        with pytest.raises(JournalError, match=r"can only be read.*copy it to a folder"):
            await opened.score(len_of)
        with pytest.raises(JournalError, match=r"wb\.open reads what is kept here"):
            await compared(["eins", "drei"])
    assert Path(".workbench/words.journal").read_bytes() == before


def test_an_archive_is_read_where_nothing_can_be_put_beside_it() -> None:
    path = Path(".workbench/words.journal")
    journal = Journal(path)
    journal.keep([Entry(b"1", "answered", b"{}")])
    journal.close()
    assert not list(path.parent.glob("*-wal"))
    with unwritable():
        read = Journal(path)
        assert dict(read.statuses()) == {b"1": "answered"}
        read.close()


async def test_an_archive_of_the_first_format_is_read_too() -> None:
    await (await compared(["eins", "zwei"])).score(len_of)
    as_format_1("words")
    with unwritable():
        opened = open_run("words")
        assert opened.summary == "2 of 2 answered"
        assert opened.scores.empty


async def test_a_file_that_cannot_be_written_is_told_before_anything_is_asked() -> None:
    await compared(["eins"])
    asked = 0

    async def counted(request: Request) -> AsyncGenerator[Piece, None]:
        nonlocal asked
        asked += 1
        async for piece in echo(request):
            yield piece

    for file in Path(".workbench").iterdir():
        file.chmod(0o444 if file.suffix == ".journal" else 0o666)
    Path(".workbench").chmod(0o777)
    with as_another_user(), pytest.raises(JournalError, match="can only be read"):
        await Comparison(make_plan(["eins", "zwei"], scripted("x/a", counted)), name="words").run()
    assert asked == 0


async def test_what_is_only_in_a_log_beside_an_archive_is_never_left_out() -> None:
    """A copy of a file and its log, without the log's index: it can be read only where the index can be made."""
    journal = Journal(Path(".workbench/words.journal"))
    journal.keep([Entry(b"1", "answered", b"{}")])
    folder = Path("copied")
    folder.mkdir()
    for ending in ("", "-wal"):
        shutil.copy(f".workbench/words.journal{ending}", folder)
    journal.close()
    with unwritable(folder), pytest.raises(JournalError, match="copy the journal with its -wal file"):
        Journal(folder / "words.journal")
    for file in folder.iterdir():
        file.chmod(0o600)
    whole = Journal(folder / "words.journal")
    assert dict(whole.statuses()) == {b"1": "answered"}
    whole.close()


def foreign(statement: str) -> Path:
    Path(".workbench").mkdir(exist_ok=True)
    path = Path(".workbench/words.journal")
    with closing(sqlite3.connect(path)) as other:
        other.executescript(statement)
    return path


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE cells (id INTEGER, text TEXT)",
        "CREATE TABLE offices (city TEXT)",
        "CREATE TABLE cells (key BLOB, status TEXT, result BLOB); PRAGMA application_id=5",
        "PRAGMA application_id=5",
        "PRAGMA user_version=1",
        "CREATE TABLE cells (key BLOB, status TEXT, result BLOB); PRAGMA user_version=2",
    ],
)
async def test_a_file_of_another_program_is_left_as_it_is(statement: str) -> None:
    path = foreign(statement)
    before = path.read_bytes()
    for opening in (lambda: open_run("words"), lambda: Journal(path)):
        with pytest.raises(JournalError, match=r"not a journal of Workbench .*: move it away"):
            opening()
    with pytest.raises(JournalError, match="move it away"):
        await compared(["eins"])
    assert "move it away" in runs()["problem"].item()
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*-wal"))


async def test_a_journal_of_a_later_format_is_left_as_it_is() -> None:
    await compared(["eins"])
    with closing(sqlite3.connect(".workbench/words.journal")) as later:
        later.execute("PRAGMA user_version=3")
    with pytest.raises(JournalError, match=r"a newer Workbench wrote this journal \(format 3\).*: update Workbench"):
        open_run("words")
