"""JSON in answers: read as strictly as its standard says, and compared as data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from workbench.compare.scorers._reference import as_text, is_missing
from workbench.compare.scorers._texts import bare

_DEEPEST = 100
_LONGEST = 1000  # digits
_TOO_DEEP = "no JSON that can be read, it is nested too deeply"
_FENCE = re.compile(r"```[^\n`]*\n(.*?)```", re.DOTALL)


def read_json(text: str) -> Any:
    """The value of a JSON text. Raises ValueError, also for NaN, which Python reads and JSON has not.

    >>> read_json('{"a": 1}')
    {'a': 1}
    """
    try:
        value = json.loads(text, parse_constant=_refuse, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON, {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    # What Python can still read may be too deep to compare or show: an answer must not escape its score by an error.
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > _DEEPEST:
            raise ValueError(_TOO_DEEP)
        level = [one for outer in level for one in _inside(outer)]
    return value


def read_fenced(text: str) -> Any:
    r"""The value of a JSON text that may stand in the only Markdown fence of an answer. Raises ValueError.

    >>> read_fenced('Gern: \n```json\n{"a": 1}\n```')
    {'a': 1}
    """
    try:
        return read_json(text)
    except ValueError:
        fenced = _FENCE.findall(text)
        if len(fenced) != 1:
            raise
        return read_json(fenced[0])


def is_same(expected: Any, found: Any) -> bool:
    """Whether two JSON values are the same: 1 is 1.0, but neither true nor "1"; texts count character by character.

    >>> is_same({"a": [1]}, {"a": [1.0]}), is_same(True, 1), is_same("Bonn", "bonn")
    (True, False, False)
    """
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return expected.keys() == found.keys() and all(is_same(expected[key], found[key]) for key in expected)
    if _is_list(expected) and _is_list(found):
        return len(expected) == len(found) and all(map(is_same, expected, found))
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    return bool(expected == found)


def is_alike(expected: Any, found: Any) -> bool:
    """Whether a JSON value is what a table means by a cell: there, all may be texts, and case and marks matter little.

    >>> is_alike("4", 4), is_alike("Wahr", "wahr."), is_alike("true", True), is_alike(4.0, 4), is_alike(None, "")
    (True, True, True, True, True)
    """
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return expected.keys() == found.keys() and all(is_alike(expected[key], found[key]) for key in expected)
    if _is_list(expected) and _is_list(found):
        return len(expected) == len(found) and all(map(is_alike, expected, found))
    if any(isinstance(value, Mapping) or _is_list(value) for value in (expected, found)):
        return False
    if is_missing(expected) or is_missing(found):
        return is_missing(expected) and is_missing(found)
    return bare(as_text(expected)) == bare(as_text(found))


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST:
        raise ValueError("no JSON that can be read, it holds a number that is too long")
    return int(digits)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"no JSON, it holds {constant}")
