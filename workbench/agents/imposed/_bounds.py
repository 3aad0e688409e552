"""Ends for what a small model would go on writing: a schema with bounds where a tool's own has none.

Whatever meets the bounded schema meets the tool's own, too. A grammar with bounds ends every text, number and list by
itself, so that a call is not cut by the limit of tokens, and cannot be read any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.agents.imposed._schemas import meant, type_of

_LARGEST = 10**15 - 1  # numbers up to this are told exactly by every JSON reader
_SHORTEST = 24  # characters: of less, no name and no street is left
_CHARACTERS = 4000  # of all texts of a call together, where nobody limits the tokens
_CHARACTERS_PER_TOKEN = 2  # cautiously: in German a token has about 3
_TIGHTER = 8
_LONG = 200  # characters: a shorter text that ends at its bound is not a text but a name that went astray

_NAMED = ("$defs", "definitions", "patternProperties", "properties")  # hold schemas by name
_INNER = ("additionalProperties", "items")
_SEVERAL = ("allOf", "anyOf", "oneOf", "prefixItems")

# A server's grammar for these lets through the 30th of February, which no tool takes.
_MONTHS = "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
_DATE = f"[12][0-9][0-9][0-9]-{_MONTHS}"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
_PATTERNS = {"date": f"^{_DATE}$", "time": f"^{_TIME}$", "date-time": f"^{_DATE}T{_TIME}$"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long the parts of a call may become where its tool does not say it.

    Attributes:
        text: Characters of a text.
        items: Items of a list.
        number: The largest number, below zero too.
    """

    text: int
    items: int = 10
    number: int = _LARGEST

    def tighter(self) -> Bounds:
        """Bounds for another try, after one that was cut.

        >>> Bounds(text=400).tighter()
        Bounds(text=50, items=3, number=999999999)
        """
        return Bounds(max(_SHORTEST, self.text // _TIGHTER), 3, 10**9 - 1)


def bounds_for(schema: Mapping[str, Any], max_tokens: int | None) -> Bounds:
    """Bounds with which a call stays within a limit of tokens: what is left for each of its texts.

    >>> two = {"type": "object", "properties": {"name": {"type": "string"}, "street": {"type": "string"}}}
    >>> bounds_for(two, 100).text, bounds_for(two, None).text
    (100, 2000)
    """
    every = _CHARACTERS if max_tokens is None else max_tokens * _CHARACTERS_PER_TOKEN
    texts = _texts(schema)
    return Bounds(max(_SHORTEST, every // max(1, texts)))


def _texts(schema: Any) -> int:
    """How many texts a value may have that meets a schema."""
    part = meant(schema)
    if "enum" in part or "const" in part:
        return 0
    match type_of(part):
        case "string":
            return 1
        case "array":
            items = part.get("maxItems")
            return _texts(part.get("items")) * (items if isinstance(items, int) else 5)
        case "object":
            return sum(map(_texts, dict(part.get("properties") or {}).values()))
    return 0


def is_cut(value: Any, bounds: Bounds) -> bool:
    """Whether a long text in a value ends where its bound is, so that more of it was to come.

    >>> is_cut({"letter": "x" * 400}, Bounds(text=400)), is_cut({"name": "x" * 40}, Bounds(text=40))
    (True, False)
    """
    if isinstance(value, str):
        return len(value) == bounds.text >= _LONG
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(is_cut(one, bounds) for one in inside)


def bounded(schema: Mapping[str, Any], bounds: Bounds) -> dict[str, Any]:
    """A schema with bounds wherever it has none.

    Args:
        schema: That of a tool's arguments.
        bounds: How long each part may become.

    >>> bounded({"type": "string"}, Bounds(text=40)), bounded({"enum": ["Monday"]}, Bounds(text=40))
    ({'type': 'string', 'maxLength': 40}, {'enum': ['Monday']})
    """
    inside = {name: _inside(name, held, bounds) for name, held in schema.items()}
    if "enum" in inside or "const" in inside:
        return inside
    named = inside.get("type")
    for one in named if isinstance(named, list) else [named]:
        if isinstance(one, str) and (bound := _BOUND.get(one)) is not None:
            inside = bound(inside, bounds)
    return inside


def _inside(name: str, held: Any, bounds: Bounds) -> Any:
    if name in _NAMED and isinstance(held, Mapping):
        return {key: _part(one, bounds) for key, one in held.items()}
    if name in _SEVERAL and isinstance(held, list):
        return [_part(one, bounds) for one in held]
    return _part(held, bounds) if name in _INNER else held


def _part(schema: Any, bounds: Bounds) -> Any:
    return bounded(schema, bounds) if isinstance(schema, Mapping) else schema


def _bound_text(schema: dict[str, Any], bounds: Bounds) -> dict[str, Any]:
    if "pattern" in schema or "maxLength" in schema:
        return schema
    if (pattern := _PATTERNS.get(schema.get("format", ""))) is not None:
        return {name: held for name, held in schema.items() if name != "format"} | {"pattern": pattern}
    return schema | {"maxLength": max(bounds.text, _whole(schema.get("minLength")))}


def _bound_number(schema: dict[str, Any], bounds: Bounds) -> dict[str, Any]:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    if least is None and (most is None or most > -bounds.number):
        schema = schema | {"minimum": -bounds.number}
    if most is None and (least is None or least < bounds.number):
        schema = schema | {"maximum": bounds.number}
    return schema


def _bound_list(schema: dict[str, Any], bounds: Bounds) -> dict[str, Any]:
    return schema if "maxItems" in schema else schema | {"maxItems": max(bounds.items, _whole(schema.get("minItems")))}


def _whole(number: Any) -> int:
    return number if isinstance(number, int) else 0


_BOUND: Mapping[str, Callable[[dict[str, Any], Bounds], dict[str, Any]]] = {
    "string": _bound_text,
    "integer": _bound_number,
    "number": _bound_number,
    "array": _bound_list,
}
