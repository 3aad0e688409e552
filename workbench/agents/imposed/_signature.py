"""A tool in one line, as a programmer writes it: shorter than its schema, and small models understand it better."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from workbench.agents.imposed._schemas import meant, type_of
from workbench.messages import Tool

_LONGEST_REMARK = 120  # characters


def signature(tool: Tool) -> str:
    """Write a tool as a function with the types of its arguments.

    >>> day = {"enum": ["Monday", "Tuesday"], "description": "day of the visit"}
    >>> rooms = {"type": "array", "items": {"type": "integer"}}
    >>> signature(Tool("book", "Book rooms.", {"properties": {"day": day, "rooms": rooms}, "required": ["day"]}))
    'book(day: Monday|Tuesday (day of the visit), rooms: list of integer, optional)'
    """
    return f"{tool.name}({', '.join(_fields(meant(tool.parameters)))})"


def _fields(schema: Mapping[str, Any]) -> list[str]:
    required = schema.get("required") or ()
    return [
        f"{name}: {_type(part)}{_remark(name, part)}{'' if name in required else ', optional'}"
        for name, part in dict(schema.get("properties") or {}).items()
    ]


def _type(schema: Any) -> str:
    part = meant(schema)
    if isinstance(part.get("enum"), list):
        return "|".join(_word(one) for one in part["enum"])
    if "const" in part:
        return _word(part["const"])
    kind = type_of(part)
    if kind == "array":
        return f"list of {_type(part.get('items'))}"
    if kind == "object" and part.get("properties"):
        return "{" + ", ".join(_fields(part)) + "}"
    return str(part.get("format") or kind or "any")


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _remark(name: str, schema: Any) -> str:
    """What a tool says of an argument beside its name, which AutoGen repeats where nothing is said."""
    said = schema.get("description") if isinstance(schema, Mapping) else None
    if not isinstance(said, str) or not said.strip() or said == name:
        return ""
    return f" ({' '.join(said.split())[:_LONGEST_REMARK]})"
