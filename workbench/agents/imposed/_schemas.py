"""JSON schemas of tools without references and without circles, and what a part of one says.

What a schema refers to stands in its place here. One that leads back to itself has an end, too: a small model would go
on for ever. Whatever meets the schema without references meets the one with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

_LEVELS = 2  # how often a definition may stand within itself
_LARGEST = 2000  # parts: definitions that use each other may unfold to any number

_DEFINITIONS = ("$defs", "definitions")
_ONE_OF = ("anyOf", "oneOf")


def unfolded(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema with all that it refers to in place; as it is where that would be too large, or never ends.

    >>> days = {"$defs": {"Day": {"enum": ["Monday"]}}, "properties": {"day": {"$ref": "#/$defs/Day"}}}
    >>> unfolded(days)
    {'properties': {'day': {'enum': ['Monday']}}}
    """
    try:
        found = _Unfolding(schema).part(schema, Counter())
    except _TooLargeError:
        return schema
    return found if isinstance(found, Mapping) else schema


class _TooLargeError(Exception):
    """The schema has too many parts."""


class _Unfolding:
    """A schema whose references are being followed; None stands for a part that nothing finite can meet."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._left = _LARGEST

    def part(self, schema: Any, within: Counter[str]) -> Any:
        """A part of the schema, inside the definitions that are counted."""
        if not isinstance(schema, Mapping):
            return schema
        self._left -= 1
        if self._left < 0:
            raise _TooLargeError
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if within[reference] >= _LEVELS:
                return None
            rest = {name: held for name, held in schema.items() if name not in ("$ref", *_DEFINITIONS)}
            target = _at(reference, self._root)
            inside = within + Counter([reference])
            return self.part({**target, **rest} if isinstance(target, Mapping) else rest, inside)
        found: dict[str, Any] = {}
        for name, held in schema.items():
            if name in _DEFINITIONS:
                continue
            found[name] = self._keyword(name, held, within)
            if found[name] is None and held is not None:
                return None
        return self._without_lost(schema, found)

    def _keyword(self, name: str, held: Any, within: Counter[str]) -> Any:
        if name in ("properties", "patternProperties") and isinstance(held, Mapping):
            parts = {key: self.part(one, within) for key, one in held.items()}
            return {key: one for key, one in parts.items() if one is not None}
        if name in _ONE_OF and isinstance(held, list):
            return [one for one in (self.part(one, within) for one in held) if one is not None] or None
        if name in ("allOf", "prefixItems") and isinstance(held, list):
            parts_of = [self.part(one, within) for one in held]
            return None if None in parts_of else parts_of
        if name in ("additionalProperties", "items"):
            found = self.part(held, within)
            return False if found is None else found
        return held

    def _without_lost(self, schema: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any] | None:
        """The part without what was lost in it: a list can be empty, but a field that is required cannot be missing."""
        kept = found.get("properties")
        if isinstance(kept, Mapping):
            lost = set(schema["properties"]) - set(kept)
            if lost & set(found.get("required") or ()):
                return None
        if found.get("items") is False and schema.get("items") is not False:
            return None if found.get("minItems") else {"enum": [[]]}
        return found


def _at(reference: str, root: Mapping[str, Any]) -> Any:
    """What a reference into the schema itself leads to."""
    found: Any = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        if part:
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, Mapping) else None
    return found


def meant(schema: Any) -> Mapping[str, Any]:
    """What a part says behind the alternative of no value: the first of several kinds.

    >>> meant({"anyOf": [{"type": "null"}, {"type": "integer"}]})
    {'type': 'integer'}
    """
    while isinstance(schema, Mapping):
        if (found := _alternative(schema)) is None:
            return schema
        name, place = found
        schema = schema[name][place] if place is not None else None
    return {}


def with_meant(schema: Any, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Any:
    """A schema in which the part that `meant` finds is another; alternatives beside it, such as no value, stay.

    >>> with_meant({"anyOf": [{"type": "null"}, {"type": "integer"}]}, lambda part: {"enum": [34]})
    {'anyOf': [{'type': 'null'}, {'enum': [34]}]}
    """
    if not isinstance(schema, Mapping):
        return schema
    if (found := _alternative(schema)) is None:
        return change(schema)
    name, place = found
    return {**schema, name: [with_meant(one, change) if at == place else one for at, one in enumerate(schema[name])]}


def _alternative(schema: Mapping[str, Any]) -> tuple[str, int | None] | None:
    """Which keyword of a schema has alternatives, and the place of the first with a value; None without any."""
    name = next((name for name in ("anyOf", "oneOf", "allOf") if schema.get(name)), "")
    if not isinstance(several := schema.get(name), list):
        return None
    valued = (at for at, one in enumerate(several) if not (isinstance(one, Mapping) and one.get("type") == "null"))
    return name, next(valued, None)


def type_of(schema: Mapping[str, Any]) -> str:
    """The type of a part; "" where it may be anything.

    >>> type_of({"type": ["string", "null"]}), type_of({"properties": {}}), type_of({})
    ('string', 'object', '')
    """
    named = schema.get("type")
    if isinstance(named, list):
        named = next((one for one in named if one != "null"), "null")
    if isinstance(named, str):
        return named
    return "object" if "properties" in schema else "array" if "items" in schema else ""
