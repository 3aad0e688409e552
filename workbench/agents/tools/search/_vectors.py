"""Search by meaning: passages whose vectors point where the question's does, in DuckDB; and a file that keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from workbench.errors import EngineError, UsageError
from workbench.texts import line

if TYPE_CHECKING:
    import duckdb

Row = tuple[str, str, list[float], str]  # place, text, vector, and what is to be said of the document

_SHUT_IN: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "threads": "1",
}
_TABLE = "passages (key VARCHAR, number INTEGER, place VARCHAR, text VARCHAR, vector FLOAT[], note VARCHAR)"


class VectorIndex:
    """Vectors that are found by another one that points the same way.

    Args:
        vectors: The vectors; all of one length.

    Raises:
        EngineError: If their lengths differ, as no model does.

    >>> VectorIndex([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]).nearest([0.1, 0.9], 2)
    [1, 0]
    """

    def __init__(self, vectors: Sequence[Sequence[float]]) -> None:
        import duckdb  # which a browser lacks

        self._length = len(vectors[0]) if vectors else 0
        if any(len(vector) != self._length for vector in vectors) or (vectors and not self._length):
            raise EngineError("the model's vectors differ in length", advice="take another embedding model")
        self._database = duckdb.connect(":memory:", config=_SHUT_IN)
        flat = pa.array(np.asarray(vectors, dtype=np.float32).ravel())
        given = pa.table(
            {
                "number": pa.array(range(len(vectors)), pa.int32()),
                "vector": pa.FixedSizeListArray.from_arrays(flat, max(1, self._length)),
            }
        )
        self._database.register("given", given)
        self._database.execute("CREATE TABLE vectors AS SELECT * FROM given")
        self._database.unregister("given")

    def nearest(self, vector: Sequence[float], count: int) -> list[int]:
        """The numbers of the vectors nearest to this one by their cosine, the nearest first. Raises EngineError."""
        if len(vector) != self._length:
            raise EngineError(
                f"the question's vector has {len(vector)} numbers, and those of the documents {self._length}",
                advice="the model may have changed; make the tool anew",
            )
        query = f"""
            SELECT number FROM (
                SELECT number, array_cosine_similarity(vector, ?::FLOAT[{self._length}]) AS near FROM vectors
            ) WHERE isfinite(near) ORDER BY near DESC, number LIMIT ?
        """
        with self._database.cursor() as cursor:
            return [row[0] for row in cursor.execute(query, [list(vector), count]).fetchall()]


class IndexFile:
    """A file that keeps passages and vectors by the fingerprints of documents."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database
        database.execute(f"CREATE TABLE IF NOT EXISTS {_TABLE}")

    def rows(self, key: str) -> list[Row]:
        """What is kept of a document; nothing if it is not known."""
        query = """
            SELECT place::VARCHAR, text::VARCHAR, vector::FLOAT[], note::VARCHAR FROM passages
            WHERE key = ? AND place || text || note IS NOT NULL AND vector IS NOT NULL ORDER BY number
        """
        return self._database.execute(query, [key]).fetchall()

    def keep(self, key: str, rows: Sequence[Row]) -> None:
        """Keep a document, all of it or nothing."""
        given = pa.table(
            {
                "key": [key] * len(rows),
                "number": pa.array(range(len(rows)), pa.int32()),
                "place": [row[0] for row in rows],
                "text": [row[1] for row in rows],
                "vector": pa.array([row[2] for row in rows], pa.list_(pa.float32())),
                "note": [row[3] for row in rows],
            }
        )
        self._database.register("given", given)
        self._database.execute("INSERT INTO passages SELECT * FROM given")
        self._database.unregister("given")

    def forget_others(self, keys: Mapping[str, object]) -> None:
        """Forget documents that are no more, or have changed."""
        self._database.execute("DELETE FROM passages WHERE NOT list_contains(?::VARCHAR[], key)", [list(keys)])


@contextmanager
def index_file(path: Path) -> Iterator[IndexFile]:
    """Open such a file, which nobody else may have open; it is made, readable by the user alone, if there is none.

    Raises:
        UsageError: If it is not such a file, or cannot be read or written.
    """
    import duckdb  # which a browser lacks

    try:
        with duckdb.connect(str(path), config=_SHUT_IN) as database:
            with suppress(OSError):
                path.chmod(0o600)
            yield IndexFile(database)
    except duckdb.Error as error:
        what = f"the index cannot be used: {line(str(error).partition(chr(10))[0])}"
        raise UsageError(what, where=str(path), advice="close what has it open, or name another file") from None
