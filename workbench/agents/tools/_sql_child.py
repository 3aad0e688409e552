"""Answers one question in SQL over tables, in a process that holds nothing else."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import IO, Any

import duckdb
import pyarrow as pa

SHUT_IN = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
    "threads": "1",
}

Begun = tuple[duckdb.DuckDBPyConnection, dict[str, Any]]


def begin(given: dict[str, Any], data: IO[bytes]) -> Begun:
    """Take the tables, and shut out everything else.

    Args:
        given: The `query`, bytes of `memory`, `rows` at most, characters of a `cell` at most, and the names of the
            `tables` with the length of each in bytes.
        data: The tables one after the other, each as a stream of Arrow's.
    """
    connection = duckdb.connect(":memory:", config={**SHUT_IN, "memory_limit": f"{given['memory']}B"})
    tables = [pa.ipc.open_stream(data.read(length)).read_all() for length in given["tables"].values()]
    for name, table in zip(given["tables"], tables, strict=True):
        connection.register(name, table)
    kinds = [column.type for table in tables for column in table.schema]
    zones = {kind.tz for kind in kinds if pa.types.is_timestamp(kind)} - {None}
    if len(zones) == 1:
        # Times are told in the zone of the tables, where that is a known one.
        with contextlib.suppress(duckdb.Error):
            connection.execute("SET TimeZone = '{}'".format(zones.pop().replace("'", "")))
    connection.execute("SET lock_configuration = true")
    return connection, given


def work(begun: Begun) -> None:
    """Write the answer, or what is wrong with the question, as JSON."""
    try:
        told = _answered(*begun)
    except (duckdb.Error, MemoryError, RuntimeError, ValueError, OverflowError) as error:
        told = {"error": str(error) or type(error).__name__}
    json.dump(told, sys.stdout)


def _answered(connection: duckdb.DuckDBPyConnection, given: dict[str, Any]) -> dict[str, Any]:
    statements = connection.extract_statements(given["query"])
    if len(statements) != 1:
        return {"error": f"one statement is answered at a time, and here are {len(statements)}"}
    if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        kind = statements[0].type.name
        return {"error": f"a question only reads, with SELECT, FROM, WITH or DESCRIBE, and this is {kind}"}
    connection.execute("BEGIN TRANSACTION READ ONLY")
    cursor = connection.execute(statements[0].query)
    found = cursor.fetchmany(given["rows"] + 1)
    columns = [str(column[0]) for column in cursor.description or []]
    rows = [[_cell(value, given["cell"]) for value in row] for row in found[: given["rows"]]]
    return {"columns": columns, "rows": rows, "more": len(found) > given["rows"]}


def _cell(value: Any, longest: int) -> str | None:
    if value is None:
        return None
    text = str(value)
    return text if len(text) <= longest else f"{text[:longest]}… [{len(text) - longest} more characters]"
