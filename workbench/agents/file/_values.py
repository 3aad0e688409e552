"""Plain values as JSON that tells their kinds, and what changed from one to the next.

A value of JSON's own stands for itself, except lists: those begin with the sign of their kind.
"""

from __future__ import annotations

import base64
import math
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any

Written = Any
"""JSON: None, bool, int, float, str, or a list that begins with a sign."""

_CONTAINERS: Mapping[str, Callable[[list[Any]], Any]] = {"list": list, "tuple": tuple, "set": set}
_MAPPINGS: Mapping[str, Callable[[dict[Any, Any]], Any]] = {"dict": dict, "Counter": Counter}
_SIGNS: Mapping[type, str] = {list: "list", tuple: "tuple", set: "set"}
_FACTORIES: Mapping[str, Callable[[], Any]] = {one.__name__: one for one in (int, float, str, bool, list, dict, set)}
_FLOATS = ("nan", "inf", "-inf")
_MOST_DIGITS = 1000
_KEYS = (str, int, float, bool, type(None))


class NotDataError(ValueError):
    """A value that a file does not hold, or a text that is not a value."""


def written(value: Any, other: Callable[[Any], Written]) -> Written:
    """A value as JSON.

    Args:
        value: The value.
        other: Writes what is not a plain value, as a list that begins with a sign; raises NotDataError if it cannot.

    >>> written({"a": (1, 2)}, other=str)
    ['dict', ['a', ['tuple', 1, 2]]]
    """
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return _checked_number(value)
    if kind is float:
        return value if math.isfinite(value) else ["float", str(value)]
    if kind is bytes:
        return ["bytes", base64.b64encode(value).decode()]
    if kind in _SIGNS:
        return [_SIGNS[kind], *(written(one, other) for one in value)]
    if kind is deque:
        return ["deque", value.maxlen, *(written(one, other) for one in value)]
    if kind is defaultdict:
        name = getattr(value.default_factory, "__name__", None)
        if value.default_factory is not None and _FACTORIES.get(str(name)) is not value.default_factory:
            raise NotDataError("a defaultdict makes its values by a function")
        return ["defaultdict", name, *_pairs(value, other)]
    if kind in (dict, Counter):
        return [kind.__name__, *_pairs(value, other)]
    return other(value)


def read(value: Written, other: Callable[[list[Any]], Any]) -> Any:
    """The value of such JSON.

    Args:
        value: The JSON.
        other: Reads a list whose sign is not that of a plain value; raises NotDataError if it cannot.

    >>> read(["dict", ["a", ["tuple", 1, 2]]], other=str)
    {'a': (1, 2)}
    """
    match value:
        case None | bool() | int() | float() | str():
            return _checked_number(value)
        case ["list" | "tuple" | "set" as sign, *inside]:
            return _made(_CONTAINERS[sign], [read(one, other) for one in inside])
        case ["dict" | "Counter" as sign, *pairs]:
            return _MAPPINGS[sign](_read_pairs(pairs, other))
        case ["defaultdict", None | str() as name, *pairs] if name is None or name in _FACTORIES:
            return defaultdict(None if name is None else _FACTORIES[name], _read_pairs(pairs, other))
        case ["deque", None | int() as most, *inside] if most is None or most >= 0:
            return deque((read(one, other) for one in inside), most)
        case ["float", str(name)] if name in _FLOATS:
            return float(name)
        case ["bytes", str(text)]:
            return _bytes(text)
        case [str(), *_]:
            return other(value)
    raise NotDataError("a value has no kind")


def difference(before: Written, after: Written) -> Written:
    """What turns one piece of written JSON into another, in as few words as they have in common.

    >>> difference(["list", "a"], ["list", "a", "b"])
    ['+', 2, 'b']
    >>> difference(["dict", ["a", 1], ["b", 1]], ["dict", ["a", 1], ["b", 2]])
    ['*', [2, ['*', [1, ['=', 2]]]]]
    """
    if not isinstance(before, list) or not isinstance(after, list) or before[:1] != after[:1]:
        return ["=", after]
    if len(after) > len(before) and after[: len(before)] == before:
        return ["+", len(before), *after[len(before) :]]
    if len(after) != len(before):
        return ["=", after]
    return ["*", *([n, difference(a, b)] for n, (a, b) in enumerate(zip(before, after, strict=True)) if a != b)]


def changed(before: Written, change: Written) -> Written:
    """What a difference makes of a piece of written JSON. Raises NotDataError if it does not fit."""
    match change:
        case ["=", after]:
            return after
        case ["+", int(length), *added] if isinstance(before, list) and length == len(before):
            return [*before, *added]
        case ["*", *changes] if isinstance(before, list):
            after = list(before)
            for one in changes:
                match one:
                    case [int(place), inner] if 0 <= place < len(after):
                        after[place] = changed(after[place], inner)
                    case _:
                        raise NotDataError("a change does not fit what it changes")
            return after
    raise NotDataError("a change does not fit what it changes")


def splice(before: list[Any], after: list[Any]) -> list[Any]:
    """What turns one list into another: how much stays in front, how much at the end, and what lies between.

    >>> splice([1, 2, 3], [1, 9, 3])
    [1, 1, 9]
    """
    most, front = min(len(before), len(after)), 0
    while front < most and before[front] == after[front]:
        front += 1
    end = 0
    while end < most - front and before[-1 - end] == after[-1 - end]:
        end += 1
    return [front, end, *after[front : len(after) - end]]


def spliced(before: list[Any], change: Any) -> list[Any]:
    """What a splice makes of a list. Raises NotDataError if it does not fit."""
    match change:
        case [int(front), int(end), *between] if front >= 0 <= end and front + end <= len(before):
            return [*before[:front], *between, *before[len(before) - end :]]
    raise NotDataError("a change does not fit what it changes")


def in_common(one: str, other: str) -> tuple[int, int]:
    """How many characters two texts begin and end with alike, none of them counted twice.

    >>> in_common("Prompt: a. Choose!", "Prompt: a, b. Choose!")
    (9, 9)
    """
    most = min(len(one), len(other))
    front = bisect_left(range(most), True, key=lambda length: one[: length + 1] != other[: length + 1])
    left = most - front
    return front, bisect_left(range(left), True, key=lambda length: one[-1 - length :] != other[-1 - length :])


def _checked_number(value: Any) -> Any:
    if type(value) is int and abs(value) >= 10**_MOST_DIGITS:
        raise NotDataError(f"a number has more than {_MOST_DIGITS} digits")
    return value


def _pairs(value: Mapping[Any, Any], other: Callable[[Any], Written]) -> list[Written]:
    if not all(type(key) in _KEYS for key in value):
        raise NotDataError("a dictionary has keys that are neither texts nor numbers")
    return [[key, written(one, other)] for key, one in value.items()]


def _read_pairs(pairs: list[Any], other: Callable[[list[Any]], Any]) -> dict[Any, Any]:
    values = {}
    for pair in pairs:
        match pair:
            case [None | bool() | int() | float() | str() as key, value]:
                values[key] = read(value, other)
            case _:
                raise NotDataError("a dictionary holds what is not a pair")
    return values


def _made(kind: Callable[[list[Any]], Any], inside: list[Any]) -> Any:
    try:
        return kind(inside)
    except TypeError:
        raise NotDataError("a set holds a value that no set can hold") from None


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise NotDataError("bytes are not in base64") from None
