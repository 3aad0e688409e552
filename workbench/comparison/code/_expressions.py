"""Values as Python: each as the expression that makes it, in lines that are not too long."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd

_WIDTH = 100
_INDENT = 4


class UnwritableError(ValueError):
    """A value for which there is only the object itself."""


@dataclass(frozen=True, slots=True)
class Word:
    """An expression that stands in one line as it is.

    Attributes:
        text: The expression.
        needs: The line that has to stand before it, such as an import; "" for none.
    """

    text: str
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text, which goes on in further lines where it has some itself.

    Attributes:
        value: The text.
    """

    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """Expressions in brackets: a list, a dict, a call.

    Attributes:
        begin: What opens it, such as "[" or "wb.dialogue(".
        items: What stands before each expression, such as "name=", and the expression.
        end: What closes it.
        needs: As of a word.
    """

    begin: str
    items: Sequence[tuple[str, Expression]]
    end: str
    needs: str = ""


Expression = Word | Text | Group

PANDAS = "import pandas as pd"
_DATETIME = "import datetime"


def call(name: str, /, *given: Expression, **named: Expression) -> Group:
    """The call of a function.

    >>> written(call("wb.dialogue", Text("Wo?"), Text("Und wann?")))
    'wb.dialogue("Wo?", "Und wann?")'
    """
    return Group(f"{name}(", [("", one) for one in given] + [(f"{key}=", one) for key, one in named.items()], ")")


def bracketed(items: Sequence[Expression]) -> Group:
    """A list."""
    return Group("[", [("", one) for one in items], "]")


def braced(items: Sequence[tuple[str, Expression]]) -> Group:
    """A dict whose keys are texts."""
    return Group("{", [(f"{quoted(key)}: ", one) for key, one in items], "}")


def expression(value: Any) -> Expression:
    """The expression that makes an equal value of the same kind.

    Raises:
        UnwritableError: If there is none.

    >>> written(expression({"seed": 1, "stop": ("END",), "open": date(2026, 1, 2)}))
    '{"seed": 1, "stop": ("END",), "open": datetime.date(2026, 1, 2)}'
    """
    try:
        return _expression(value)
    except RecursionError:
        raise UnwritableError("a value is nested too deeply") from None


def written(one: Expression, indent: int = 0, before: str = "") -> str:
    """An expression as code; what is too long for one line is one line for each part.

    Args:
        one: The expression.
        indent: Blanks before its line.
        before: What stands before it in its line.
    """
    flat = before + _flat(one)
    if indent + len(flat) < _WIDTH or isinstance(one, Word):
        return flat
    inner, outer = " " * (indent + _INDENT), " " * indent
    if isinstance(one, Text):
        lines = one.value.splitlines(keepends=True)
        if len(lines) < 2:
            return flat
        return f"{before}(\n" + "".join(f"{inner}{quoted(line)}\n" for line in lines) + f"{outer})"
    parts = (f"{inner}{written(part, indent + _INDENT, key)},\n" for key, part in one.items)
    return f"{before}{one.begin}\n{''.join(parts)}{outer}{one.end}"


def needed(one: Expression) -> Iterator[str]:
    """The lines that have to stand before an expression."""
    if not isinstance(one, Text) and one.needs:
        yield one.needs
    for _, part in one.items if isinstance(one, Group) else ():
        yield from needed(part)


def quoted(text: str) -> str:
    r"""A text in double quotes where it holds none; no character in it is unseen, and none ends the line.

    >>> quoted("Wo?"), quoted("\u202e\n")
    ('"Wo?"', '"\\u202e\\n"')
    """
    plain = repr(text)
    return f'"{plain[1:-1]}"' if plain.startswith("'") and '"' not in text else plain


def _flat(one: Expression) -> str:
    if isinstance(one, Word):
        return one.text
    if isinstance(one, Text):
        return quoted(one.value)
    inside = ", ".join(key + _flat(part) for key, part in one.items)
    return f"{one.begin}{inside}{',' if one.begin == '(' and len(one.items) == 1 else ''}{one.end}"


def _expression(value: Any) -> Expression:
    if value is None or isinstance(value, bool):
        return Word(repr(value))
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise UnwritableError("a dict has keys that are not texts")
        return braced([(key, _expression(one)) for key, one in value.items()])
    if (make := _KINDS.get(type(value))) is not None:
        return make(value)
    raise UnwritableError(f"{type(value).__name__} cannot be written")


def _number(value: float) -> Word:
    return Word(repr(value) if math.isfinite(value) else f'float("{value}")')


def _several(begin: str, end: str) -> Any:
    return lambda values: Group(begin, [("", _expression(one)) for one in values], end)


def _set(values: set[Any] | frozenset[Any]) -> Group:
    parts = sorted((_expression(one) for one in values), key=_flat)
    return Group(f"{type(values).__name__}([", [("", one) for one in parts], "])")


def _moment(value: pd.Timestamp) -> Word:
    if value.tz is not None:
        raise UnwritableError("a moment in a time zone cannot be written")
    return Word(f'pd.Timestamp("{value.isoformat()}")', PANDAS)


# By exact type, as a Timestamp is a datetime and a datetime is a date.
_KINDS: dict[type, Callable[[Any], Expression]] = {
    int: lambda value: Word(repr(value)),
    float: _number,
    str: Text,
    bytes: lambda value: Word(repr(value)),
    list: _several("[", "]"),
    tuple: _several("(", ")"),
    set: _set,
    frozenset: _set,
    date: lambda value: Word(repr(value), _DATETIME),
    datetime: lambda value: Word(repr(value), _DATETIME),
    time: lambda value: Word(repr(value), _DATETIME),
    timedelta: lambda value: Word(repr(value), _DATETIME),
    Decimal: lambda value: Word(f'decimal.Decimal("{value}")', "import decimal"),
    pd.Timestamp: _moment,
    pd.Timedelta: lambda value: Word(f'pd.Timedelta("{value.isoformat()}")', PANDAS),
    type(pd.NaT): lambda _: Word("pd.NaT", PANDAS),
    type(pd.NA): lambda _: Word("pd.NA", PANDAS),
}
