"""Earlier answers in a journal: a cell that is asked again has another one, and nothing of the earlier is lost.

An earlier answer moves to a key of its own, with its scores, ratings and votes, so that none of these stands beside the
one that took its place. All tables stay as they are: who does not know of earlier answers finds the newest.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable

TABLE = """
CREATE TABLE IF NOT EXISTS earlier (
    key BLOB NOT NULL, number INTEGER NOT NULL, kept BLOB NOT NULL, PRIMARY KEY (key, number)
) WITHOUT ROWID
"""
RESULTS = """
SELECT cells.result FROM earlier JOIN cells ON cells.key = earlier.kept WHERE earlier.key = ? ORDER BY earlier.number
"""
KEYS = "SELECT kept FROM earlier WHERE key = ? ORDER BY number"
COUNTS = "SELECT key, count(*) FROM earlier GROUP BY key"
_KEY_BYTES = 16
_MOVED = (
    "UPDATE OR REPLACE cells SET key = ? WHERE key = ?",
    "UPDATE OR REPLACE scores SET key = ? WHERE key = ?",
    "UPDATE OR REPLACE votes SET first = ? WHERE first = ?",
    "UPDATE OR REPLACE votes SET second = ? WHERE second = ?",
)


def set_aside(connection: sqlite3.Connection, keys: Iterable[bytes]) -> None:
    """Make the answers under these keys earlier ones, where there are any; to be called in a transaction."""
    for key in keys:
        answered = "SELECT 1 FROM cells WHERE key = ? AND status = 'answered'"
        if connection.execute(answered, (key,)).fetchone() is None:
            continue
        (count,) = connection.execute("SELECT count(*) FROM earlier WHERE key = ?", (key,)).fetchone()
        kept = hashlib.blake2b(key + count.to_bytes(4, "big"), digest_size=_KEY_BYTES).digest()
        connection.execute("INSERT INTO earlier VALUES (?, ?, ?)", (key, count, kept))
        for move in _MOVED:
            connection.execute(move, (kept, key))
