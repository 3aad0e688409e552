"""Questions in SQL that models write: they read the tables that were given, and reach nothing else."""

import asyncio
import io
import json
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from agents.calling import once, session_of
from autogen_core import CancellationToken
from autogen_core.tools import FunctionTool

from workbench.agents.tools import sql
from workbench.agents.tools._sql_child import begin, work
from workbench.errors import ToolFailedError, UsageError

FRAME = pd.DataFrame({"id": [1, 2, 3], "town": ["Bonn", "Kiel", "a|b\u202ec"], "fee paid": [1.5, None, 2.0]})
UNREACHABLE = pd.DataFrame({"key": ["hunter2"]})


async def asked(tool: FunctionTool, query: str) -> str:
    return str(await tool.run_json({"query": query}, CancellationToken()))


async def refused(tool: FunctionTool, query: str) -> str:
    with pytest.raises(ToolFailedError) as caught:
        await asked(tool, query)
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def test_an_answer_is_a_table_and_says_what_it_leaves_out() -> None:
    tool = sql({"applications": FRAME}, rows=2)
    assert await asked(tool, 'SELECT town, "fee paid" FROM applications WHERE id > 1 ORDER BY id;') == (
        "town | fee paid\nKiel | NULL\na\\|b\\u202ec | 2.0\n(2 rows)"
    )
    told = await asked(tool, "FROM applications")
    assert told.splitlines()[-1].startswith("(2 rows are shown, and there are more")
    long = await asked(sql(FRAME, characters=500), "SELECT repeat('x', 100000) AS x, * FROM data, range(20)")
    assert len(long) < 700
    assert "[99700 more characters]" in long
    assert "more: ask for less" in long


def test_the_description_tells_tables_and_values_as_data() -> None:
    told = sql({"applications": FRAME}).description
    assert 'applications (3 rows): id BIGINT such as 1, 2, 3; town VARCHAR such as "Bonn", "Kiel"' in told
    assert "a|b\\u202ec" in told
    assert '"fee paid" DOUBLE' in told
    reserved = sql({"order": pd.DataFrame({"at": [1], "group": [2], "name": [3]})}).description
    assert '"order" (1 row): "at" BIGINT such as 1; "group" BIGINT such as 2; name BIGINT such as 3' in reserved
    assert "Bonn" not in sql({"applications": FRAME}, examples=0).description
    wide = pd.DataFrame([["x" * 10_000] * 500], columns=[f"c{number}" for number in range(500)])
    assert len(sql(wide).description) < 6_000


async def test_columns_of_mixed_kinds_and_named_indexes_can_be_asked_for() -> None:
    mixed = pd.DataFrame({"plz": ["01067", 10115]}, index=pd.Index(["a", "b"], name="office"))
    assert await asked(sql(mixed), "SELECT office, plz FROM data ORDER BY 1") == (
        "office | plz\na | 01067\nb | 10115\n(2 rows)"
    )


async def test_times_are_told_in_the_zone_of_the_table() -> None:
    at = pd.to_datetime(["2026-01-01", "2026-07-01"]).tz_localize("Europe/Berlin")
    told = await asked(sql(pd.DataFrame({"at": at})), 'SELECT "at", month("at") AS month FROM data')
    assert told == "at | month\n2026-01-01 00:00:00+01:00 | 1\n2026-07-01 00:00:00+02:00 | 7\n(2 rows)"


async def test_a_table_is_as_it_was_when_the_tool_was_made() -> None:
    frame = FRAME.copy()
    tool = sql(frame)
    frame["id"] = 9
    assert "9" not in await asked(tool, "SELECT max(id) FROM data")


def reaching(folder: Path) -> list[str]:
    place = folder / "taken"
    (folder / "secret.csv").write_text("key\nhunter2\n", encoding="utf-8")
    return [
        f"FROM read_csv('{folder}/secret.csv')",
        f"FROM '{folder}/secret.csv'",
        f"FROM read_text('{folder}/secret.csv')",
        f"FROM glob('{folder}/*')",
        f"COPY data TO '{place}'",
        f"SELECT * FROM query('COPY data TO ''{place}''')",
        f"EXPLAIN ANALYZE COPY data TO '{place}'",
        f"ATTACH '{place}' AS other",
        f"EXPORT DATABASE '{place}'",
        f"FROM enable_logging('QueryLog', storage='file', storage_path='{place}')",
        "INSTALL httpfs",
        "LOAD httpfs",
        "FROM read_csv('https://example.org/x.csv')",
        "SELECT getenv('HOME')",
        "FROM UNREACHABLE",
        "FROM frame",
    ]


CHANGING = [
    "PRAGMA memory_limit='8GB'",
    "SET threads = 8",
    "RESET memory_limit",
    "SELECT set_config('memory_limit', '8GB', false)",
    "CREATE TABLE other AS SELECT 1",
    "CREATE TEMP TABLE other AS SELECT 1",
    "CREATE MACRO one() AS 1",
    "DROP VIEW data",
    "INSERT INTO data VALUES (4, 'x', 1)",
    "EXPLAIN ANALYZE CREATE TABLE other AS SELECT 1",
    "PREPARE p AS SELECT 1",
    "SELECT 1; SELECT 2",
    "BEGIN; DROP VIEW data; COMMIT",
    "-- nothing",
    "SELEC 1",
]


def test_what_would_reach_or_change_something_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = UNREACHABLE
    for query in [*reaching(tmp_path), *CHANGING]:
        given = {"query": query, "memory": 2**28, "rows": 5, "cell": 100, "tables": {}}
        connection, _ = begun = begin(given, io.BytesIO())
        connection.register("data", FRAME)
        with connection:
            work(begun)
        told = capsys.readouterr().out
        assert set(json.loads(told)) == {"error"}, query
        assert "hunter2" not in told
    assert [file.name for file in tmp_path.iterdir()] == ["secret.csv"]
    assert "hunter2" in str(frame)


async def test_a_refusal_is_one_line_and_the_process_is_shut_in_too(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("key\nhunter2\n", encoding="utf-8")
    assert "disabled by configuration" in await refused(sql(FRAME), f"FROM read_csv('{tmp_path}/secret.csv')")
    assert "one statement" in await refused(sql(FRAME), "SELECT 1; SELECT 2")


@pytest.mark.parametrize(
    "query",
    [
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n FROM r) SELECT count(*) FROM r",
        "SELECT levenshtein(repeat('a', 300000), repeat('b', 300000))",
    ],
)
async def test_a_question_without_end_is_ended(query: str) -> None:
    begun = time.monotonic()
    assert "was stopped after 4 seconds" in await refused(sql(FRAME, seconds=4), query)
    assert time.monotonic() - begun < 12


@pytest.mark.parametrize(
    "query",
    [
        "SELECT len(range(1000000000))",
        "SELECT a.*, b.* FROM range(100000) a, range(100000) b ORDER BY random()",
    ],
)
async def test_a_question_that_takes_eight_gigabytes_gets_none(query: str) -> None:
    assert "more than the 64 MB that it may" in await refused(sql(FRAME, memory_mb=64, seconds=60), query)


async def test_a_question_that_is_cancelled_is_ended() -> None:
    asking = asyncio.ensure_future(asked(sql(FRAME, seconds=600), "SELECT count(*) FROM range(1000000000000)"))
    await asyncio.sleep(2)
    asking.cancel()
    begun = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "tables",
    [
        {},
        None,
        [FRAME],
        {"a b": FRAME},
        {"a": FRAME, "A": FRAME},
        {"a": [1]},
        {1: FRAME},
        pd.DataFrame([[1, 2]], columns=["a", "A"]),
        pd.DataFrame(),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(tables: Any) -> None:
    with pytest.raises(UsageError) as caught:
        sql(tables)
    assert "\n" not in str(caught.value)


async def test_in_a_session_it_runs_unasked_and_a_branch_takes_what_it_gave() -> None:
    session = session_of(once(("query_tables", {"query": "SELECT count(*) AS number FROM data"})), sql(FRAME), turns=2)
    await session.run()
    assert (session.waiting, session.halt) == ([], None)
    results = session.tools["result"].tolist()
    assert results[0] == "number\n3\n(1 row)"
    branch = session.fork(at=1)
    await branch.run()
    assert branch.tools["result"].tolist() == results


async def test_what_is_wrong_with_a_question_is_told_to_the_model() -> None:
    session = session_of(once(("query_tables", {"query": "FROM dat"})), sql(FRAME))
    await session.run()
    told = json.dumps(session.events.astype(str).to_dict("records"))
    assert "Table with name dat does not exist" in told
