"""A journal that is damaged, or made to harm whoever opens it, is told by name and costs the others nothing."""

import base64
import io
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scripted_model import echo, scripted

from workbench.comparison import Comparison, Row, Run, estimate, make_plan, open_run, runs
from workbench.errors import JournalError, UsageError

BAD = Path(".workbench/bad.journal")


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


async def compared(name: str, prompts: Any = ("eins", "zwei")) -> Run:
    prompts = pd.DataFrame({"prompt": prompts, "size": [1, 2]})
    return await Comparison(make_plan(prompts, scripted("x/a", echo)), name=name).run()


async def copied_as_bad(*statements: str, values: tuple[object, ...] = ()) -> None:
    """A good journal, and a copy of it in which something was changed."""
    await (await compared("good")).score(is_short)
    with closing(sqlite3.connect(".workbench/good.journal")) as journal:
        journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(".workbench/good.journal", BAD)
    with closing(sqlite3.connect(BAD, isolation_level=None)) as journal:
        for statement in statements:
            journal.execute(statement, values)


def is_short(row: Row) -> bool:
    return len(row.answer) < 80


def told() -> str:
    """What the list of comparisons says of the bad one, beside the good one as it was."""
    listed = runs().set_index("name")
    assert listed.loc["good", "answered"] == 2
    assert pd.isna(listed.loc["good", "problem"])
    problem = listed.loc["bad", "problem"]
    assert "\n" not in problem
    assert str(BAD) in problem
    return str(problem)


def changed_plan(**parts: Any) -> Callable[[dict[str, Any]], bytes]:
    return lambda plan: json.dumps({**plan, **parts}).encode()


def endless_table(plan: dict[str, Any]) -> bytes:
    """A hundred thousand equal rows, which Parquet writes as one."""
    file = io.BytesIO()
    pd.DataFrame({"size": np.zeros(100_000, dtype="int64")}).to_parquet(file)
    return changed_plan(table=base64.b64encode(file.getvalue()).decode())(plan)


CANDIDATE = {"label": "a", "name": "x/a", "identity": {}}


@pytest.mark.parametrize(
    "make",
    [
        lambda plan: b"{nope",
        lambda plan: b"",
        lambda plan: b"\xff\xfe",
        lambda plan: 7,
        lambda plan: 10**12,
        lambda plan: 1.5,
        lambda plan: "a text",
        lambda plan: b'{"prompts": 3}',
        lambda plan: b'{"prompts":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        lambda plan: changed_plan(more="[" * 1000)(plan).replace(b'"[', b"[").replace(b'["', b"["),
        changed_plan(repeats=-1),
        changed_plan(repeats=0),
        changed_plan(repeats=10**18),
        changed_plan(repeats=10**9),
        changed_plan(repeats=10**400),
        changed_plan(prompts=[]),
        changed_plan(prompts=[[], []]),
        changed_plan(candidates=[]),
        changed_plan(candidates=[CANDIDATE, CANDIDATE]),
        changed_plan(candidates=[{**CANDIDATE, "identity": {"system": 5}}]),
        changed_plan(digests={"x/a": 5}),
    ],
)  # fmt: skip
async def test_a_plan_that_is_none(make: Callable[[dict[str, Any]], object]) -> None:
    await copied_as_bad()
    with closing(sqlite3.connect(BAD)) as journal, journal:
        (plan,) = journal.execute("SELECT plan FROM plans").fetchone()
        journal.execute("UPDATE plans SET plan = ?", (make(json.loads(plan)),))
    assert "damaged" in told()
    with pytest.raises(JournalError, match="damaged"):
        open_run("bad")


@pytest.mark.parametrize(
    "make", [changed_plan(table="AAAA"), changed_plan(in_words=["size"]), changed_plan(in_words=["no"]), endless_table]
)
async def test_a_table_that_is_none(make: Callable[[dict[str, Any]], bytes]) -> None:
    await copied_as_bad()
    with closing(sqlite3.connect(BAD)) as journal, journal:
        (plan,) = journal.execute("SELECT plan FROM plans").fetchone()
        journal.execute("UPDATE plans SET plan = ?", (make(json.loads(plan)),))
    with pytest.raises(JournalError, match="damaged"):
        open_run("bad")
    assert set(runs()["name"]) == {"good", "bad"}


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("UPDATE plans SET begun = ?", 1e300),
        ("UPDATE plans SET begun = ?", "gestern"),
        ("UPDATE plans SET begun = ?", float("inf")),
        ("UPDATE cells SET status = ?", "evil"),
        ("UPDATE cells SET status = ?", 5),
        ("UPDATE cells SET status = CAST(? AS TEXT)", b"\xff"),
        ("DELETE FROM plans WHERE number > ?", 0),
    ],
)
async def test_other_values_that_are_none(statement: str, value: object) -> None:
    await copied_as_bad(statement, values=(value,))
    assert told()


@pytest.mark.parametrize(
    "result", [b"{nope", 5, 10**12, "text", b'{"reply": {"text": 5}}', b'{"reply":' + b"[" * 100_000]
)
async def test_an_answer_that_is_none(result: object) -> None:
    await copied_as_bad("UPDATE cells SET result = ?", values=(result,))
    run = open_run("bad")
    with pytest.raises(JournalError, match=r"damaged.*bad\.journal"):
        run.results[0]
    with pytest.raises(JournalError, match=r"damaged.*bad\.journal"):
        _ = run.frame
    found = estimate(make_plan(["drei"], scripted("x/a", echo)))
    assert found["answers_known"].item() == 2  # those of the good one


@pytest.mark.parametrize("kind", ["annotations", "__builtins__", "TYPE_CHECKING", "__doc__", "nobody", "Exception"])
async def test_a_failure_of_no_known_kind_is_one_of_a_server(kind: str) -> None:
    kept = json.dumps({"failure": {"kind": kind, "what": "hin"}}).encode()
    await copied_as_bad("UPDATE cells SET status = 'failed', result = ?", values=(kept,))
    assert open_run("bad").frame["error"].str.contains("hin").all()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE scores SET scores = X'7B'",
        "UPDATE scores SET scores = 5",
        "UPDATE scores SET scores = CAST('{\"is_short\": 1}' AS BLOB)",
        "UPDATE scorers SET columns = '{'",
        "UPDATE scorers SET columns = '5'",
        "UPDATE scorers SET better = 'evil'",
        "UPDATE scorers SET name = X'FF'",
    ],
)
async def test_a_score_that_is_none(statement: str) -> None:
    await copied_as_bad(statement)
    with pytest.raises(JournalError, match="damaged"):
        _ = open_run("bad").scores


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t BEFORE INSERT ON plans BEGIN SELECT load_extension('x'); END",
        "CREATE VIEW other AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
        "CREATE VIRTUAL TABLE other USING fts5(a)",
        "CREATE INDEX other ON cells (length(status))",
        "ALTER TABLE plans ADD COLUMN other AS (abs(number))",
    ],
)
async def test_what_runs_when_it_is_read_is_not_opened(statement: str) -> None:
    await copied_as_bad(statement)
    assert "more than tables" in told()
    before = BAD.read_bytes()
    with pytest.raises(JournalError, match="more than tables"):
        await compared("bad")
    assert BAD.read_bytes() == before


async def test_a_view_without_end_in_the_place_of_a_table() -> None:
    await copied_as_bad(
        "DROP TABLE cells",
        "CREATE VIEW cells AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i AS key, 'answered' AS status, '' AS result FROM n",
    )
    assert "more than tables" in told()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: b"",
        lambda raw: b"no journal at all" * 100,
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw[:100],
        lambda raw: raw[:100] + b"\xff" * 900 + raw[1000:],
        lambda raw: raw[:4096] + os.urandom(len(raw) - 4096),
    ],
)
async def test_a_file_that_was_spoilt(spoil: Callable[[bytes], bytes]) -> None:
    await copied_as_bad()
    BAD.write_bytes(spoil(BAD.read_bytes()))
    assert told()
    with pytest.raises(JournalError):
        open_run("bad")


async def test_tables_that_lack() -> None:
    await copied_as_bad("DROP TABLE plans")
    assert told()


@pytest.mark.parametrize("make", [BAD.mkdir, lambda: os.mkfifo(BAD)])
async def test_what_is_no_file(make: Callable[[], None]) -> None:
    await compared("good")
    make()
    assert "not a file" in told()
    with pytest.raises(JournalError, match="not a file"):
        await compared("bad")


async def test_a_link_leads_nowhere_or_out_of_the_folder() -> None:
    await compared("good")
    outside = Path("outside.journal")
    BAD.symlink_to(outside.absolute())
    assert "link to nothing" in told() or "out of its folder" in told()
    with pytest.raises(JournalError):
        await compared("bad")
    assert not outside.exists()
    shutil.copy(".workbench/good.journal", outside)
    before = outside.read_bytes()
    assert "out of its folder" in told()
    with pytest.raises(JournalError, match="out of its folder"):
        await compared("bad")
    assert outside.read_bytes() == before
    BAD.unlink()
    BAD.symlink_to("good.journal")
    assert open_run("bad").summary == "2 of 2 answered"


async def test_a_comparison_goes_on_under_another_name_beside_a_damaged_one() -> None:
    await copied_as_bad("UPDATE plans SET plan = X'7B'")
    with pytest.raises(JournalError, match=r"damaged.*choose another name="):
        await compared("bad")
    assert (await compared("other")).summary == "2 of 2 answered"
    with pytest.raises(UsageError, match="there is bad, good, other"):
        open_run("none")
