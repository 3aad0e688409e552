"""Arguments that a model has taken from the examples it was shown, instead of from the request.

The values of examples are such as no request holds by chance. So one that comes back, and stands nowhere in the
conversation, is known to be wrong. Then the model is asked once more, and at that place it can only choose among what
the request holds of its kind. What a model has made up by itself is left alone: it may be what was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from math import isfinite
from typing import Any

from workbench.agents.imposed._schemas import meant, type_of

Path = tuple[str | int, ...]

_ALIKE = 0.6  # a text as much like that of an example is a copy with slips
_LONGEST = 5  # words of what is taken from a request
_MOST = 200  # as many such runs of words are offered at most, as they become a grammar

_NUMBER = re.compile(r"(?<![\w.,-])-?\d+(?:[.,]\d+)?(?![\w-])")
_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_TIME = re.compile(r"\b\d{1,2}:\d\d(?::\d\d)?\b")
_BREAK = re.compile(r"[,;:!?()\"„“]|\.(?:\s|$)")


def copied(arguments: Any, shown: Sequence[Any], said: str) -> list[Path]:
    """Where arguments are what an example has and the conversation has not.

    Args:
        arguments: What a model has filled in.
        shown: The arguments of the examples.
        said: The conversation.

    >>> copied({"name": "Xaver Quist", "dogs": 2}, [{"name": "Xaver Quist", "dogs": 2}], "I have 2 dogs.")
    [('name',)]
    """
    known = [value for example in shown for _, value in _leaves(example)]
    texts = [value.casefold() for value in known if isinstance(value, str)]
    numbers = {value for value in known if not isinstance(value, str)}
    told, counted = said.casefold(), set(_numbers(said))

    def is_copy(value: str | float) -> bool:
        if isinstance(value, str):
            return value.casefold() not in told and bool(get_close_matches(value.casefold(), texts, 1, _ALIKE))
        return value in numbers and value not in counted

    return [path for path, value in _leaves(arguments) if is_copy(value)]


def narrowed(schema: Mapping[str, Any], paths: Sequence[Path], request: str) -> dict[str, Any]:
    """A schema of arguments that at some places takes only what a request holds; what is optional may be lost there.

    Args:
        schema: The schema, without references.
        paths: The places.
        request: What a person has asked for.

    >>> dogs = {"type": "object", "properties": {"dogs": {"type": "integer"}}, "required": ["dogs"]}
    >>> narrowed(dogs, [("dogs",)], "Tax for 2 dogs?")["properties"]
    {'dogs': {'enum': [2]}}
    """
    changed: Mapping[str, Any] = schema
    for path in paths:
        changed = _narrowed_at(changed, path, request)
    return dict(changed)


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, str | float]]:
    """All texts and numbers in a value, with their places."""
    match value:
        case dict():
            for name, inner in value.items():
                yield from _leaves(inner, (*path, name))
        case list():
            for place, inner in enumerate(value):
                yield from _leaves(inner, (*path, place))
        case str() | int() | float() if not isinstance(value, bool):
            yield path, value


def _narrowed_at(schema: Any, path: Path, request: str) -> Any:
    """A part of a schema with what a request holds at one place in it."""
    part = meant(schema)
    if not path:
        found = _held(part, request)
        return {"enum": found} if found else schema
    name, rest = path[0], path[1:]
    if isinstance(name, int):
        return {**part, "items": _narrowed_at(part.get("items"), rest, request)}
    inner = dict(part.get("properties") or {})
    if name not in inner:
        return schema
    changed = _narrowed_at(inner[name], rest, request)
    if not rest and changed is inner[name] and name not in part.get("required", inner):
        return {**part, "properties": {key: one for key, one in inner.items() if key != name}}
    return {**part, "properties": {**inner, name: changed}}


def _held(part: Mapping[str, Any], request: str) -> list[Any]:
    """What of a request a part of a schema may take; nothing where that cannot be known."""
    if "enum" in part or "const" in part or "pattern" in part:
        return []
    match type_of(part), part.get("format"):
        case "integer", _:
            found: list[Any] = [int(one) for one in _numbers(request) if one.is_integer()][:_MOST]
        case "number", _:
            found = _numbers(request)[:_MOST]
        case "string", "date":
            found = _DATE.findall(request)[:_MOST]
        case "string", None:
            found = list(islice(_runs(request), _MOST))
        case _:
            found = []
    return list(dict.fromkeys(found))


def _numbers(text: str) -> list[float]:
    """The numbers in a text that are no parts of dates and times.

    >>> _numbers("2.5 kg on 2027-04-18 at 10:30, zone 4")
    [2.5, 4.0]
    """
    plain = _TIME.sub(" ", _DATE.sub(" ", text))
    return [number for found in _NUMBER.findall(plain) if isfinite(number := float(found.replace(",", ".")))]


def _runs(text: str) -> Iterator[str]:
    """All runs of a few words in a text, none over the end of a sentence."""
    for piece in _BREAK.split(text):
        words = piece.split()
        for start in range(len(words)):
            for end in range(start + 1, min(len(words), start + _LONGEST) + 1):
                yield " ".join(words[start:end])
