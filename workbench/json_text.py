"""JSON that others wrote, read as strictly as its standard says and within limits: the one place where it is read.

What a model answers or puts into the arguments of a tool is a stranger's text. Python's own reader takes numbers that
JSON has not, the same name twice, and fails with errors of many kinds where a text is nested deeply or holds a number
of thousands of digits.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, NoReturn

_DEEPEST = 100
_LONGEST = 1000  # digits
_LARGEST = 8 * 1024 * 1024  # characters; a context of a million tokens holds about half of that
_TOO_DEEP = "not JSON that can be read, it is nested too deeply"


class RefusedJSONError(ValueError):
    """A text that Python reads as JSON, or fails at, and that is not JSON or goes beyond the limits."""


def read_json(text: str, *, longest: int = _LARGEST) -> Any:
    """The value of a JSON text, of at most 100 levels and 1000 digits a number.

    Args:
        text: The text.
        longest: The most characters that it may have; 8 million where nothing is said.

    Raises:
        RefusedJSONError: If it goes beyond a limit, or holds what Python reads and JSON has not: NaN, an infinite
            number, the same name twice in an object, of which nobody can say which is meant.
        ValueError: If it is not JSON.

    >>> read_json('{"a": 1}')
    {'a': 1}
    >>> read_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    workbench.json_text.RefusedJSONError: not JSON that can be read, it names 'a' twice in one object
    """
    if len(text) > longest:
        raise RefusedJSONError("not JSON that can be read, it is too long")
    try:
        value = json.loads(
            text, parse_constant=_no_number, parse_int=_whole, parse_float=_finite, object_pairs_hook=_of_pairs
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON, {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise RefusedJSONError(_TOO_DEEP) from None
    # What Python can still read may be too deep to compare, show or pass on.
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > _DEEPEST:
            raise RefusedJSONError(_TOO_DEEP)
        level = [one for outer in level for one in _inside(outer)]
    return value


def check_json(text: str) -> None:
    """Raise RefusedJSONError as `read_json` does, before another reads a text; one that is not JSON is left to it.

    >>> check_json('{"a": ')
    """
    try:
        read_json(text)
    except RefusedJSONError:
        raise
    except ValueError:
        return


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST:
        raise RefusedJSONError("not JSON that can be read, it holds a number that is too long")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise RefusedJSONError("not JSON that can be read, it holds a number that is too large")
    return number


def _of_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RefusedJSONError(f"not JSON that can be read, it names {twice[:60]!r} twice in one object")
    return found


def _no_number(constant: str) -> NoReturn:
    raise RefusedJSONError(f"not JSON, it holds {constant}")
