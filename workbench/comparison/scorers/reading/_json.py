"""JSON in answers: found where it stands, and compared as data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.comparison.scorers.reading._reference import as_text, is_blank
from workbench.comparison.scorers.reading._texts import bare
from workbench.json_text import read_json

_FENCE = re.compile(r"(?P<mark>```+|~~~+)[^\n`]*\n(?P<inside>.*?)(?:(?P=mark)|\Z)", re.DOTALL)
_BLANK = " \t\r\n\ufeff\u200b\u00a0"
_OBJECT = re.compile(r'\{\s*["}]')


def read_fenced(text: str) -> Any:
    r"""The value of a JSON text, of the only Markdown fence in an answer, or of the only object among its words.

    A fence may be of another kind, indented, or without its end. Raises ValueError, also where an object is cut: its
    parts are not the answer.

    >>> read_fenced('Gern: \n```json\n{"a": 1}\n```'), read_fenced('Das ist {"a": 1}.')
    ({'a': 1}, {'a': 1})
    """
    text = text.strip(_BLANK)
    try:
        return read_json(text)
    except ValueError:
        fenced = [found["inside"].strip(_BLANK) for found in _FENCE.finditer(text)]
        if len(fenced) == 1:
            return read_json(fenced[0])
        begun = _OBJECT.search(text)
        if fenced or begun is None:
            raise
        return read_json(text[begun.start() : _end_of_object(text, begun.start())])


def _end_of_object(text: str, start: int) -> int:
    """Where an object among words ends; the end of the text where it does not, or another one follows."""
    depth, in_text, is_escaped = 0, False, False
    for place in range(start, len(text)):
        sign = text[place]
        if in_text:
            in_text, is_escaped = is_escaped or sign != '"', sign == "\\" and not is_escaped
        elif sign == '"':
            in_text = True
        else:
            depth += (sign in "{[") - (sign in "}]")
            if not depth:
                return len(text) if _OBJECT.search(text, place + 1) else place + 1
    return len(text)


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
    if is_blank(expected) or is_blank(found):
        return is_blank(expected) and is_blank(found)
    return bare(as_text(expected)) == bare(as_text(found))


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
