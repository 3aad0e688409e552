"""What a server lists, as a stranger's: what cannot be offered is left out with its reason, and nothing hides."""

from __future__ import annotations

from typing import Any

import pytest
from agents.tools.odd import odd

from workbench.agents.tools._mcp_listing import read_listing
from workbench.connections import first_fault


def tool(**more: Any) -> dict[str, Any]:
    return {"name": "find", "description": "Find.", "inputSchema": {"type": "object"}, **more}


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def nested(levels: int) -> dict[str, Any]:
    return {"type": "object"} if not levels else schema(inner=nested(levels - 1))


def test_references_stand_in_their_places() -> None:
    day = {"anyOf": [{"$ref": "#/$defs/Day"}, {"type": "null"}]}
    defined = {**schema(day=day, floors={"type": "array", "items": {"type": "integer"}}), "required": ["day"]}
    (one,) = read_listing([tool(inputSchema={**defined, "$defs": {"Day": {"enum": ["Monday"]}}})], "")
    assert one.parameters is not None
    assert one.parameters["properties"]["day"] == {"anyOf": [{"enum": ["Monday"]}, {"type": "null"}]}
    assert first_fault(one.parameters, {"day": "Monday", "floors": [1]}) is None
    assert first_fault(one.parameters, {"day": "Sunday"}) is not None


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        (tool(name=""), "its name"),
        (tool(name="x" * 65), "its name"),
        (tool(inputSchema=schema(**{"pa\u200bth": {"type": "string"}})), "hidden characters, pa\\u200bth"),
        (tool(inputSchema={"type": "array"}), "does not describe an object"),
        (tool(inputSchema=["object"]), "does not describe an object"),
        (tool(inputSchema=schema(path={"type": "no-type"})), "not a valid JSON schema"),
        (tool(inputSchema=schema(path={"$ref": "https://example.org/a.json"})), "does not hold"),
        (tool(inputSchema=schema(path={"description": "x" * 70_000})), "more than 64 KiB"),
        (tool(inputSchema=nested(200)), "nested too deeply"),
    ],
)
def test_what_cannot_be_offered_is_left_out_with_its_reason(listed: dict[str, Any], told: str) -> None:
    fine, faulty = read_listing([tool(name="fine"), listed], "")
    assert (fine.fault, told in faulty.fault) == ("", True), faulty.fault
    assert "\n" not in faulty.fault


def test_two_tools_of_one_name_are_one_too_many() -> None:
    first, second = read_listing([tool(name="a.b"), tool(name="a/b")], "x_")
    assert (first.shown, first.fault, second.fault) == ("x_a_b", "", "another tool has this name")


def test_texts_are_bounded_and_hide_nothing() -> None:
    listed = tool(description="x" * 10_000, inputSchema=schema(path={"description": "a\u202eb", "enum": ["c"]}))
    (one,) = read_listing([listed], "")
    assert one.description.endswith("x… [6000 more characters]")
    assert one.parameters is not None
    assert one.parameters["properties"]["path"]["description"] == "a\\u202eb"


def test_a_name_hides_nothing_where_a_person_reads_it() -> None:
    server = odd()
    server._take([tool(name="ve\u200biled")])
    assert server.frame["on_server"][0] == "ve\\u200biled"
    assert server.tools[0].name == "ve_iled"


def test_what_a_server_claims_is_told_in_words() -> None:
    (one,) = read_listing([tool(annotations={"readOnlyHint": True, "destructiveHint": False})], "")
    assert one.claims == "changes nothing, not: destroys"
