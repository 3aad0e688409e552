"""Arguments that a model has taken from the examples it was shown, instead of from the request.

Where an example's value is made up, it is one that no request holds by chance. So one that comes back, and stands
nowhere in the conversation, is known to be wrong. Then the model is asked once more, and at that place it can only
choose among what the request holds of its kind. What a model has made up by itself is left alone: it may be meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import chain, islice
from typing import Any

from workbench.agents.imposed._examples import MADE_UP_NUMBERS, MADE_UP_TEXTS, MADE_UP_WORDS, as_said
from workbench.agents.imposed._schemas import meant, type_of, with_meant
from workbench.connections import first_fault

Path = tuple[str | int, ...]

_ALIKE = 0.6  # a name as much like that of an example is a copy with slips
_LONGEST = 5  # words of what is taken from a request
_MOST = 200  # values that are offered at one place, as they become a grammar
_LARGEST = 10**15  # numbers up to this are told exactly by every JSON reader

_GIVEN = ("const", "enum", "examples", "pattern")  # an example has what the tool itself says there
_NUMBER = re.compile(r"(?<![\w.,-])-?\d+(?:[.,]\d+)*")
_GROUPS = re.compile(r"-?\d{1,3}(?:[.,]\d{3})+")
_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_TIME = re.compile(r"\b\d{1,2}:\d\d(?::\d\d)?\b")
_BREAK = re.compile(r"[,;:!?()\"„“]|\.(?:\s|$)")


def copied(arguments: Any, schema: Mapping[str, Any], said: str) -> list[Path]:
    """Where arguments are what an example has made up, and the conversation does not hold it.

    Args:
        arguments: What a model has filled in.
        schema: The schema of the arguments, without references.
        said: The conversation.

    >>> fields = {"name": {"type": "string"}, "dogs": {"type": "integer"}}
    >>> copied({"name": "Xaver Quist", "dogs": 2}, {"properties": fields}, "I have 2 dogs.")
    [('name',)]
    """
    told, counted = said.casefold(), set(map(int, re.findall(r"\d{1,15}", said)))

    def is_copy(part: Mapping[str, Any], value: Any) -> bool:
        if isinstance(value, bool) or any(name in part for name in _GIVEN):
            return False
        if isinstance(value, int | float):
            return value in MADE_UP_NUMBERS and int(value) not in counted
        if not isinstance(value, str) or as_said(value).casefold() in told:
            return False
        if "format" in part:
            return value in MADE_UP_TEXTS
        return bool(get_close_matches(value.casefold(), MADE_UP_WORDS, 1, _ALIKE))

    return [path for path, part, value in _leaves(arguments, schema) if is_copy(part, value)]


def narrowed(schema: Mapping[str, Any], paths: Sequence[Path], requests: Sequence[str]) -> dict[str, Any]:
    """A schema of arguments that at some places takes only what was asked for; what is optional may be lost there.

    Args:
        schema: The schema, without references.
        paths: The places, as `copied` gives them.
        requests: What was said to the model, the newest last.

    >>> dogs = {"type": "object", "properties": {"dogs": {"type": "integer"}}, "required": ["dogs"]}
    >>> narrowed(dogs, [("dogs",)], ["Tax for 2 dogs?"])["properties"]
    {'dogs': {'enum': [2]}}
    """
    changed: Any = schema
    for path in paths:
        changed = _narrowed_at(changed, path, requests)
    return dict(changed)


def _leaves(value: Any, schema: Any, path: Path = ()) -> Iterator[tuple[Path, Mapping[str, Any], Any]]:
    """All that a value holds beside objects and lists, with its place, and what the schema says of it."""
    part = meant(schema)
    match value:
        case dict():
            fields = part.get("properties")
            for name, inner in value.items():
                yield from _leaves(inner, fields.get(name) if isinstance(fields, Mapping) else None, (*path, name))
        case list():
            for place, inner in enumerate(value):
                yield from _leaves(inner, part.get("items"), (*path, place))
        case _:
            yield path, part, value


def _narrowed_at(schema: Any, path: Path, requests: Sequence[str]) -> Any:
    """A part of a schema with what requests hold at one place in it; itself where that is nothing."""
    if not path:
        return with_meant(schema, lambda part: _only_held(part, requests))
    name, rest = path[0], path[1:]

    def inside(part: Mapping[str, Any]) -> Mapping[str, Any]:
        if isinstance(name, int):
            items = part.get("items")
            return {**part, "items": _narrowed_at(items, rest, requests)} if isinstance(items, Mapping) else part
        fields = part.get("properties")
        if not isinstance(fields, Mapping) or name not in fields:
            return part
        changed = _narrowed_at(fields[name], rest, requests)
        if not rest and changed == fields[name] and name not in part.get("required", fields):
            return {**part, "properties": {key: one for key, one in fields.items() if key != name}}
        return {**part, "properties": {**fields, name: changed}}

    return with_meant(schema, inside)


def _only_held(part: Mapping[str, Any], requests: Sequence[str]) -> Mapping[str, Any]:
    found = [value for value in dict.fromkeys(_held(part, requests)) if first_fault(part, value) is None]
    if not found:
        return part
    nothing = [None] if isinstance(part.get("type"), list) and "null" in part["type"] else []
    return {"enum": [*found, *nothing]}


def _held(part: Mapping[str, Any], requests: Sequence[str]) -> list[Any]:
    """What of requests has the type of a part of a schema; nothing where that cannot be known."""
    found: Callable[[str], Iterator[Any]]
    match type_of(part), part.get("format"):
        case "integer" | "number", _:
            found = _numbers
        case "string", "date":
            found = _dates
        case "string", None:
            found = _runs
        case _:
            return []
    most = max(1, _MOST // max(1, len(requests)))
    return list(chain.from_iterable(islice(found(one), most) for one in requests[-_MOST:]))


def _numbers(text: str) -> Iterator[int | float]:
    """The numbers in a text, without dates and times; both values where a point may group digits or not.

    >>> list(_numbers("2.5 kg on 2027-04-18 at 10:30, zone 4, 1.500 euros"))
    [2.5, 4, 1500, 1.5]
    """
    for found in _NUMBER.findall(_TIME.sub(" ", _DATE.sub(" ", text))):
        signs = found.count(".") + found.count(",")
        numbers: list[int | float] = []
        if len(found) <= len(str(_LARGEST)):
            if not signs or _GROUPS.fullmatch(found):
                numbers.append(int(re.sub("[.,]", "", found)))
            if signs == 1:
                numbers.append(float(found.replace(",", ".")))
        yield from numbers


def _dates(text: str) -> Iterator[str]:
    yield from _DATE.findall(text)


def _runs(text: str) -> Iterator[str]:
    """All runs of a few words in a text, none over the end of a sentence."""
    for piece in _BREAK.split(text):
        words = piece.split()
        for start in range(len(words)):
            for end in range(start + 1, min(len(words), start + _LONGEST) + 1):
                yield " ".join(words[start:end])
