"""Examples for a model that is to fill in the arguments of a tool, made of nothing but the tool's schema."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from workbench.agents.imposed._likeness import values_by_likeness
from workbench.agents.imposed._schemas import meant, type_of
from workbench.connections import first_fault
from workbench.messages import Tool

EXAMPLES = 2

# Values that hardly a request holds, so that one which is copied from an example is seen to be wrong.
_WORDS = ("Xaver Quist", "Yvonne Zorn", "Zeno Vux")
_WHOLE = (47, 86, 53, 79)
_DECIMAL = (47.25, 86.75, 53.25, 79.75)
_BY_FORMAT = {
    "date": ("2031-08-23", "2029-10-09"),
    "time": ("07:45:00Z", "16:20:00Z"),
    "date-time": ("2031-08-23T07:45:00Z", "2029-10-09T16:20:00Z"),
    "email": ("xaver@example.org", "yvonne@example.org"),
    "uuid": ("7b1f0a34-5c2d-4e6f-8a90-b1c2d3e4f506", "0f9e8d7c-6b5a-4c3d-9e1f-203142536475"),
    "uri": ("https://example.org/xaver", "https://example.org/yvonne"),
}

MADE_UP_WORDS = tuple(word.casefold() for word in _WORDS)
MADE_UP_NUMBERS = frozenset((*_WHOLE, *_DECIMAL))
MADE_UP_TEXTS = frozenset(text for several in _BY_FORMAT.values() for text in several)

_READ = 2000  # characters of a request that values are held against, its last ones
_SECONDS = re.compile(r"(?<=\d\d:\d\d):00Z$")


def examples(tool: Tool, request: str) -> list[tuple[str, str]]:
    """Requests in words, each with the arguments that it asks for as JSON; none that would break the tool's rules.

    Of an enumeration they have the values that the request is most like, the likeliest last, as small models take to
    what they have read last.

    >>> dogs = Tool("dog_tax", "Dog tax.", {"type": "object", "properties": {"dogs": {"type": "integer"}}})
    >>> examples(dogs, "Dog tax?")
    [('Dog tax. dogs: 47', '{"dogs": 47}'), ('Dog tax. dogs: 86', '{"dogs": 86}')]
    """
    made = []
    for number in range(EXAMPLES):
        value = _value(tool.parameters, number, request[-_READ:])
        if isinstance(value, dict) and first_fault(tool.parameters, value) is None:
            said = f"{tool.description} {_told(value)}".strip() or tool.name
            made.append((said, json.dumps(value, ensure_ascii=False)))
    return made


def _value(schema: Any, number: int, request: str) -> Any:
    """A value for a part of a schema, another for each number; `EXAMPLES` is from one to the next of one example."""
    part = meant(schema)
    if isinstance(given := part.get("enum"), list) and given:
        return values_by_likeness(request, given)[-min(EXAMPLES - number % EXAMPLES, len(given))]
    if isinstance(given := part.get("examples"), list) and given:
        return given[number % len(given)]
    if "const" in part:
        return part["const"]
    match type_of(part):
        case "object":
            inner = dict(part.get("properties") or {})
            # The last example shows that what is optional may be missing.
            told = part.get("required", inner) if number % EXAMPLES else inner
            kept = {name: one for name, one in inner.items() if name in told}
            places = range(number, number + EXAMPLES * len(kept), EXAMPLES)
            return {name: _value(one, place, request) for place, (name, one) in zip(places, kept.items(), strict=True)}
        case "array":
            count = max(2, _whole(part.get("minItems"), 0))
            count = min(count, _whole(part.get("maxItems"), count))
            return [_value(part.get("items"), number + place, request) for place in range(count)]
        case "boolean":
            return number % 2 == 0
        case "integer":
            return int(_within(part, _WHOLE[number % len(_WHOLE)], 1))
        case "number":
            return _within(part, _DECIMAL[number % len(_DECIMAL)], 0.5)
        case "null":
            return None
    several = _BY_FORMAT.get(part.get("format", ""), _WORDS)
    return several[number % len(several)][: part.get("maxLength")]


def _within(part: Mapping[str, Any], value: float, step: float) -> float:
    """A number that keeps to a least and a most one."""
    least = part.get("minimum", part.get("exclusiveMinimum"))
    most = part.get("maximum", part.get("exclusiveMaximum"))
    if least is not None and value <= least:
        value = least + step
    if most is not None and value >= most:
        value = most - step
    return value


def _whole(number: Any, otherwise: int) -> int:
    return number if isinstance(number, int) else otherwise


def _told(value: Any, name: str = "") -> str:
    """A value as somebody would say it who asks for a tool."""
    match value:
        case dict():
            return ", ".join(_told(inner, key) for key, inner in value.items())
        case list():
            return f"{name}: {' and '.join(_told(inner) for inner in value)}"
        case bool():
            return name if value else f"not {name}"
    said = as_said(str(value))
    return f"{name}: {said}" if name else said


def as_said(value: str) -> str:
    """A text as people say it: a time without its seconds.

    >>> as_said("07:45:00Z"), as_said("Bonn")
    ('07:45', 'Bonn')
    """
    return _SECONDS.sub("", value)
