"""The scorer of tool calls: the right tools with the right arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.arguments import as_flag
from workbench.comparison.scorers.reading._json import is_same
from workbench.comparison.scorers.reading._reference import Reference, is_several
from workbench.comparison.scorers.reading._texts import identity
from workbench.comparison.scoring._scorer import Row, Score, Scorer
from workbench.errors import UsageError
from workbench.json_text import read_json
from workbench.messages import ToolCall
from workbench.texts import line

_ANY = None  # arguments that nobody named, so that any will do


@dataclass(frozen=True, slots=True)
class _Call:
    name: str
    arguments: Any
    problem: str = ""

    def __str__(self) -> str:
        if self.problem:
            return f"{self.name} ({self.problem})"
        if isinstance(self.arguments, Mapping):
            return f"{self.name}({', '.join(f'{key}={value!r}' for key, value in self.arguments.items())})"
        return f"{self.name}(…)" if self.arguments is _ANY else f"{self.name}({self.arguments!r})"

    def fits(self, made: _Call) -> bool:
        """Whether a call that a model made is this expected one."""
        if self.name != made.name or made.problem:
            return False
        return self.arguments is _ANY or is_same(self.arguments, made.arguments)


def tool_calls(
    expected: str | Sequence[ToolCall | Mapping[str, Any]] = "expected",
    *,
    ordered: bool = False,
    name: str = "tool_calls",
) -> Scorer:
    """Whether the reply asks for exactly the expected tool calls, by name and arguments.

    Arguments compare as JSON values: 1 is 1.0, and texts count character by character. An expected call without
    arguments takes any. No expected call, `[]`, means that none is to be made.

    Args:
        expected: A column of the table that holds a list of calls, each `{"name": …, "arguments": {…}}`, as JSON text
            or as list; or such a list for all rows.
        ordered: Whether they must come in this order.
        name: What tables call it.

    Returns:
        The scorer: True or False; None where the row has no reference, or one that is not a list of calls.

    Raises:
        UsageError: If `expected` is neither, or `ordered` no truth value.

    >>> from workbench.comparison.scoring._scorer import Row
    >>> from workbench.messages import Reply
    >>> reply = Reply(text="", finish="tool_calls", tool_calls=(ToolCall("1", "find_office", '{"city": "Köln"}'),))
    >>> tool_calls([{"name": "find_office", "arguments": {"city": "Bonn"}}])(Row(0, "Wo?", "m", 0, reply))
    Score(value=False, note="missing find_office(city='Bonn'); not expected find_office(city='Köln')")
    """
    ordered = as_flag("ordered=", ordered)
    if isinstance(expected, str):
        column = Reference(expected)
        told = identity("tool_calls", 2, column=expected, ordered=ordered)
        return Scorer(name, lambda row: _by_column(column, row, ordered), told, columns=column.columns)
    try:
        right = _calls(expected)
    except ValueError as error:
        raise UsageError(f"expected= is {error}", advice='give [{"name": …, "arguments": {…}}]') from None
    told = identity("tool_calls", 2, calls=[(one.name, one.arguments) for one in right], ordered=ordered)
    return Scorer(name, lambda row: _compared(right, row, ordered), told, columns=())


def _by_column(column: Reference, row: Row, ordered: bool) -> Score:
    value = column.raw(row)
    if value is None:
        return column.lacking
    try:
        return _compared(_calls(read_json(value) if isinstance(value, str) else value), row, ordered)
    except ValueError as error:
        return Score(None, f"the reference in column {column.column!r} is {error}")


def _calls(value: Any) -> list[_Call]:
    """A list of expected calls. Raises ValueError."""
    if not is_several(value):
        raise ValueError("not a list of tool calls")
    return [_call(one) for one in value]


def _call(one: Any) -> _Call:
    if isinstance(one, ToolCall):
        return _made(one)
    name = one.get("name") if isinstance(one, Mapping) else None
    if not name or not isinstance(name, str):
        raise ValueError("not a list of tool calls, as one has no name")
    arguments = one.get("arguments", _ANY)
    return _Call(name, read_json(arguments) if isinstance(arguments, str) else arguments)


def _made(call: ToolCall) -> _Call:
    """A call as a model made it; no arguments at all are an empty object."""
    try:
        return _Call(call.name, read_json(call.arguments or "{}"))
    except ValueError as error:
        return _Call(call.name, _ANY, f"its arguments are {error}")


def _compared(right: Sequence[_Call], row: Row, ordered: bool) -> Score:
    made = [_made(call) for call in row.reply.tool_calls]
    if ordered and len(right) == len(made) and all(one.fits(call) for one, call in zip(right, made, strict=True)):
        return Score(True)
    missing, left = [], list(made)
    # Those that take any arguments choose last, or they would take what another one needs.
    for one in sorted(right, key=lambda call: call.arguments is _ANY):
        fitting = next((place for place, call in enumerate(left) if one.fits(call)), None)
        if fitting is None:
            missing.append(one)
        else:
            del left[fitting]
    if not missing and not left:
        return Score(False, f"in another order: {_listed(made)}") if ordered else Score(True)
    told = (f"missing {_listed(missing)}" if missing else "", f"not expected {_listed(left)}" if left else "")
    return Score(False, line("; ".join(filter(None, told))))


def _listed(calls: Sequence[_Call]) -> str:
    return ", ".join(map(str, calls))
