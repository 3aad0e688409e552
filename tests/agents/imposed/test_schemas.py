from typing import Any

import pytest
from pydantic import BaseModel

from workbench.agents.imposed._schemas import meant, type_of, unfolded
from workbench.connections import first_fault


class Node(BaseModel):
    name: str
    children: "list[Node]"


class Link(BaseModel):
    name: str
    before: "Link | None" = None


class Both(BaseModel):
    tree: Node
    chain: Link


def references(schema: Any) -> int:
    inside = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    return sum(map(references, inside)) + (isinstance(schema, dict) and "$ref" in schema)


def test_what_leads_back_to_itself_has_an_end() -> None:
    own = Both.model_json_schema()
    found = dict(unfolded(own))
    assert references(own) == 4
    assert references(found) == 0
    within = {
        "tree": {"name": "a", "children": [{"name": "b", "children": []}]},
        "chain": {"name": "a", "before": None},
    }
    for schema in (own, found):
        assert first_fault(schema, within) is None
    deeper = {"name": "a", "before": {"name": "b", "before": {"name": "c"}}}
    assert first_fault(own, within | {"chain": deeper}) is None
    leaf = found["properties"]["tree"]["properties"]["children"]["items"]["properties"]["children"]
    assert leaf == {"enum": [[]]}


@pytest.mark.parametrize(
    "endless",
    [
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}},
        {"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]},
        {"type": "array", "items": {"$ref": "#"}, "minItems": 1},
    ],
)
def test_what_nothing_finite_can_meet_stays_as_it_is(endless: dict[str, Any]) -> None:
    assert unfolded(endless) == endless


def test_definitions_that_unfold_to_any_number_stay_as_they_are() -> None:
    levels = {f"l{n}": {"properties": {key: {"$ref": f"#/$defs/l{n + 1}"} for key in "abcd"}} for n in range(9)}
    bomb = {"$ref": "#/$defs/l0", "$defs": levels | {"l9": {"type": "string"}}}
    assert unfolded(bomb) == bomb


def test_what_stands_beside_a_reference_counts() -> None:
    schema = {
        "properties": {"day": {"$ref": "#/$defs/a~1b", "description": "when"}},
        "$defs": {"a/b": {"enum": ["Mo"]}},
    }
    assert unfolded(schema) == {"properties": {"day": {"enum": ["Mo"], "description": "when"}}}


@pytest.mark.parametrize("reference", ["#/nowhere", "#/$defs/0/x", "https://example.org/x", "#/type/x"])
def test_a_reference_to_nothing_says_nothing(reference: str) -> None:
    assert unfolded({"type": "object", "$ref": reference, "$defs": {}}) == {"type": "object"}


def test_of_several_kinds_the_first_that_is_a_value_is_meant() -> None:
    assert (
        type_of(meant({"oneOf": [{"type": "null"}, {"anyOf": [{"type": "number"}, {"type": "string"}]}]})) == "number"
    )
    assert meant({"anyOf": [{"type": "null"}]}) == {}
    assert meant(True) == {}
