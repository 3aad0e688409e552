"""What a server lists as its tools, read as a stranger's: bounded, with nothing hidden, and no reference outside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from workbench.agents._visible import visible
from workbench.agents.imposed._schemas import unfolded
from workbench.connections import check_schema
from workbench.connections.asking._json_schema import check_references
from workbench.errors import UsageError
from workbench.json_text import read_json
from workbench.texts import shorten

_LONGEST_NAME = 64
_LONGEST_DESCRIPTION = 4000
_LARGEST_SCHEMA = 64 * 1024
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TEXTS = ("title", "description")
_CLAIMS = {"readOnlyHint": "changes nothing", "destructiveHint": "destroys", "idempotentHint": "may be repeated"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A tool as a server lists it.

    Attributes:
        name: Its name on the server.
        shown: The name under which a model is offered it.
        description: What it says of itself.
        parameters: JSON schema of its arguments, with all that it refers to in place.
        claims: What the server claims of it, in words; nobody has checked it.
        fault: Why it cannot be offered; "" if it can.
    """

    name: str
    shown: str
    description: str = ""
    parameters: Mapping[str, Any] | None = None
    claims: str = ""
    fault: str = ""

    @property
    def named(self) -> str:
        """Its name on the server, as a person reads it: with nothing hidden."""
        return visible(self.name[:200], latin=True)

    def without(self, fault: str) -> Listed:
        """The same tool, which is not offered for this reason."""
        return replace(self, fault=self.fault or fault)


def read_listing(tools: Iterable[Mapping[str, Any]], prefix: str) -> list[Listed]:
    """The tools of a server's list, each with what is wrong with it.

    Args:
        tools: The tools, as the protocol writes them.
        prefix: What the names begin with that a model is offered.

    >>> read_listing([{"name": "add", "description": "Add.", "inputSchema": {"type": "object"}}], "sum_")[0].shown
    'sum_add'
    """
    found: list[Listed] = []
    for tool in tools:
        one = _read(tool, prefix)
        if not one.fault and any(other.shown == one.shown and not other.fault for other in found):
            one = one.without("another tool has this name")
        found.append(one)
    return found


def _read(tool: Mapping[str, Any], prefix: str) -> Listed:
    name = str(tool.get("name", ""))
    shown = prefix + re.sub(r"[^A-Za-z0-9_-]", "_", name)
    claims = tool.get("annotations") or {}
    told = [words if claims[hint] else f"not: {words}" for hint, words in _CLAIMS.items() if hint in claims]
    listed = Listed(name, shown, _text(tool.get("description") or tool.get("title") or ""), claims=", ".join(told))
    if not _NAME.fullmatch(shown):
        fault = f"its name is not one of 1 to {_LONGEST_NAME} characters"
        return replace(listed, shown=shorten(shown, _LONGEST_NAME), fault=fault)
    try:
        return replace(listed, parameters=_parameters(tool.get("inputSchema") or {}))
    except (ValueError, UsageError) as error:
        return listed.without(str(error))


def _parameters(schema: Any) -> dict[str, Any]:
    """The schema of a tool's arguments. Raises ValueError or UsageError where it cannot be one."""
    written = json.dumps(schema)
    if len(written) > _LARGEST_SCHEMA:
        raise ValueError(f"the schema of its arguments has more than {_LARGEST_SCHEMA >> 10} KiB")
    schema = read_json(written)
    what = "the schema of its arguments"
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        raise ValueError(f"{what} does not describe an object")
    check_schema(schema, what)
    check_references(schema, what)
    whole = dict(unfolded(_seen(schema, what)))
    given: dict[str, Any] = {name: whole.get(name) or empty for name, empty in (("properties", {}), ("required", []))}
    return {**whole, "type": "object", **given}


def _seen(part: Any, what: str) -> Any:
    """A part of a schema whose texts hide nothing. Raises ValueError where names do: those go back to the server."""
    if isinstance(part, list):
        return [_seen(one, what) for one in part]
    if not isinstance(part, dict):
        return part
    for name in part:
        if visible(name) != name:
            raise ValueError(f"{what} has a name with hidden characters, {visible(name)}")
    return {
        name: _text(held) if name in _TEXTS and isinstance(held, str) else _seen(held, what)
        for name, held in part.items()
    }


def _text(text: Any) -> str:
    """A text of a server's, with its lines, nothing hidden, and the length of what is left out."""
    told = "\n".join(visible(line.expandtabs()) for line in str(text)[: 4 * _LONGEST_DESCRIPTION].splitlines())
    if len(told) <= _LONGEST_DESCRIPTION:
        return told
    return f"{told[:_LONGEST_DESCRIPTION]}… [{len(str(text)) - _LONGEST_DESCRIPTION} more characters]"
