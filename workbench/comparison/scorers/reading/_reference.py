"""The right answer: in a column of the table, or the same for every row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

import pandas as pd

from workbench.arguments import is_missing
from workbench.comparison.scoring._scorer import Row, Score
from workbench.errors import UsageError


@dataclass(frozen=True, slots=True)
class Reference:
    """Where the right answers stand.

    Attributes:
        column: The column of the table that holds them, or "" where they are the same for every row.
        values: The answers that are accepted for every row, where there is no column.
    """

    column: str
    values: tuple[Any, ...] = ()

    @property
    def identity(self) -> dict[str, Any]:
        """What scores depend on: with a column, only its name, as its values belong to the row."""
        return {"column": self.column} if self.column else {"values": list(self.values)}

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table that it reads."""
        return (self.column,) if self.column else ()

    @property
    def lacking(self) -> Score:
        """The score of an answer that has no reference."""
        return Score(None, f"there is no reference in column {self.column!r}")

    def raw(self, row: Row) -> Any:
        """What the column holds for this row, None where it is missing. Raises UsageError for an unknown column."""
        value = row[self.column]
        return None if is_blank(value) else value

    def accepted(self, row: Row) -> tuple[Any, ...]:
        """The answers that are accepted for this row; none where the reference is missing. Raises as `raw`."""
        if not self.column:
            return self.values
        value = self.raw(row)
        if value is None:
            return ()
        return tuple(one for one in value if not is_blank(one)) if is_several(value) else (value,)


def reference(expected: Any) -> Reference:
    """The reference that a caller means: a text names a column, a list holds accepted values, another value is one.

    Raises:
        UsageError: If it is empty.

    >>> reference("expected").column, reference(["Bonn", "Berlin"]).values, reference(4).values
    ('expected', ('Bonn', 'Berlin'), (4,))
    """
    if isinstance(expected, str) and expected:
        return Reference(expected)
    values = tuple(expected) if is_several(expected) else (expected,)
    if not values or any(is_blank(value) for value in values):
        raise UsageError(f"expected= must name a column of the table, or list the accepted values, not be {expected!r}")
    return Reference("", values)


def is_several(value: Any) -> bool:
    """Whether this is a list, tuple, set or array of values.

    >>> is_several(["a"]), is_several("a"), is_several({"a": 1})
    (True, False, False)
    """
    return bool(pd.api.types.is_list_like(value)) and not isinstance(value, Mapping)


def is_blank(value: Any) -> bool:
    """Whether a cell of a table holds nothing: a missing value or a blank text; an empty list is something.

    >>> is_blank(float("nan")), is_blank(" "), is_blank(0), is_blank([])
    (True, True, False, False)
    """
    return not value.strip() if isinstance(value, str) else is_missing(value)


def as_text(value: Any) -> str:
    """A value as an answer would say it: 4.0, which a table makes of a 4 in a column with gaps, is "4".

    A day that a table holds as its first moment is a day.

    >>> as_text(4.0), as_text(4.5), as_text("4.0"), as_text(pd.Timestamp(2026, 3, 1))
    ('4', '4.5', '4.0', '2026-03-01')
    """
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def best(values: tuple[Any, ...], score: Callable[[str], float]) -> float:
    """The highest score that any of several references gives."""
    return max(score(as_text(value)) for value in values)
