"""A real MCP server over a SQLite file, by the current SDK: the published one needs an SDK of before 2.0."""

from __future__ import annotations

import sqlite3
import sys

from mcp.server.mcpserver import MCPServer

server = MCPServer("sqlite")


@server.tool()
def list_tables() -> list[str]:
    """List all tables in the SQLite database."""
    return [name for (name,) in _rows("SELECT name FROM sqlite_master WHERE type = 'table'")]


@server.tool()
def read_query(query: str) -> list[list[str]]:
    """Execute a SELECT query on the SQLite database."""
    return [[str(value) for value in row] for row in _rows(query)]


def _rows(query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True) as database:
        return database.execute(query).fetchall()


if __name__ == "__main__":
    server.run()
