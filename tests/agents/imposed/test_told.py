"""What a model without tools is told of a tool: its signature, and examples made of its schema."""

import json
from typing import Any

import pytest

from workbench.agents.imposed._examples import examples
from workbench.agents.imposed._signature import signature
from workbench.connections import first_fault
from workbench.messages import Tool

ADDRESS = {"type": "object", "properties": {"street": {"type": "string"}, "number": {"type": "integer"}}}
FIELDS: dict[str, Any] = {
    "office": {"enum": ["tax", "registry"], "description": "office"},
    "floor": {"type": "integer", "minimum": 41, "maximum": 48, "description": "which floor,\n from below"},
    "fee": {"type": "number", "exclusiveMaximum": 3},
    "urgent": {"type": "boolean"},
    "day": {"type": "string", "format": "date"},
    "letters": {"type": "array", "items": {"type": "string"}, "minItems": 3},
    "address": ADDRESS,
    "remark": {"anyOf": [{"type": "null"}, {"type": "string"}], "default": None},
}
ALL = Tool(
    "register",
    "Register.",
    {"type": "object", "properties": FIELDS, "required": ["office"]},
)


def test_a_signature_tells_all_types() -> None:
    assert signature(ALL) == (
        "register(office: tax|registry, floor: integer (which floor, from below), optional, fee: number, optional, "
        "urgent: boolean, optional, day: date, optional, letters: list of string, optional, "
        "address: {street: string, optional, number: integer, optional}, optional, remark: string, optional)"
    )
    assert signature(Tool("now", "The time.", {"type": "object", "properties": {}})) == "now()"


def test_examples_differ_and_meet_the_schema() -> None:
    first, second = examples(ALL)
    assert first != second
    for said, written in (first, second):
        value = json.loads(written)
        assert first_fault(ALL.parameters, value) is None
        assert set(value) == set(FIELDS)
        assert said.startswith("Register. office: ")
    assert "urgent" in first[0] + second[0]
    assert "not urgent" in first[0] + second[0]


@pytest.mark.parametrize(
    "rule",
    [{"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$"}, {"type": "integer", "multipleOf": 50}, {"not": {}}],
)
def test_an_example_that_would_break_a_rule_is_not_shown(rule: dict[str, Any]) -> None:
    assert examples(Tool("t", "T.", {"type": "object", "properties": {"x": rule}, "required": ["x"]})) == []


def test_a_pattern_with_examples_of_its_own_is_shown_by_them() -> None:
    plate = {"type": "string", "pattern": "^[A-Z]+-[0-9]+$", "examples": ["BN-7"]}
    shown = examples(Tool("park", "Park.", {"type": "object", "properties": {"plate": plate}}))
    assert [json.loads(written) for _, written in shown] == [{"plate": "BN-7"}, {"plate": "BN-7"}]
