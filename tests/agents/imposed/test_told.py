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


def tool_of(fields: dict[str, Any], *required: str) -> Tool:
    needed = {"required": list(required)} if required else {}
    return Tool("register", "Register.", {"type": "object", "properties": fields, **needed})


ALL = tool_of(FIELDS, "office")


def test_a_signature_tells_all_types() -> None:
    assert signature(ALL) == (
        "register(office: tax|registry, floor: integer (which floor, from below), optional, fee: number, optional, "
        "urgent: boolean, optional, day: date, optional, letters: list of string, optional, "
        "address: {street: string, optional, number: integer, optional}, optional, remark: string, optional)"
    )
    assert signature(Tool("now", "The time.", {"type": "object", "properties": {}})) == "now()"


def test_examples_differ_and_meet_the_schema() -> None:
    first, second = examples(tool_of(FIELDS), "")
    assert first != second
    for said, written in (first, second):
        value = json.loads(written)
        assert first_fault(ALL.parameters, value) is None
        assert set(value) == set(FIELDS)
        assert said.startswith("Register. office: ")
    assert ", urgent" in first[0]
    assert ", not urgent" in second[0]


def test_the_last_example_shows_what_may_be_missing() -> None:
    first, second = [json.loads(written) for _, written in examples(ALL, "")]
    assert set(first) == set(FIELDS)
    assert set(second) == {"office"}


@pytest.mark.parametrize(("request_text", "last"), [("Where is the tax office?", "tax"), ("The registry?", "registry")])
def test_the_last_example_has_the_value_that_the_request_is_most_like(request_text: str, last: str) -> None:
    shown = [json.loads(written)["office"] for _, written in examples(ALL, request_text)]
    assert sorted(shown) == ["registry", "tax"]
    assert shown[-1] == last


def test_one_value_alone_is_in_both_examples() -> None:
    only = tool_of({"office": {"enum": ["tax"]}}, "office")
    assert [json.loads(written) for _, written in examples(only, "tax")] == [{"office": "tax"}] * 2


def test_times_are_said_as_people_say_them() -> None:
    fields = {"at": {"type": "string", "format": "time"}, "till": {"type": "string", "format": "date-time"}}
    said, written = examples(tool_of(fields), "")[0]
    assert said == "Register. at: 07:45, till: 2031-08-23T07:45"
    assert json.loads(written) == {"at": "07:45:00Z", "till": "2031-08-23T07:45:00Z"}


@pytest.mark.parametrize(
    "rule",
    [{"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$"}, {"type": "integer", "multipleOf": 50}, {"not": {}}],
)
def test_an_example_that_would_break_a_rule_is_not_shown(rule: dict[str, Any]) -> None:
    assert examples(Tool("t", "T.", {"type": "object", "properties": {"x": rule}, "required": ["x"]}), "") == []


def test_a_pattern_with_examples_of_its_own_is_shown_by_them() -> None:
    plate = {"type": "string", "pattern": "^[A-Z]+-[0-9]+$", "examples": ["BN-7"]}
    shown = examples(Tool("park", "Park.", {"type": "object", "properties": {"plate": plate}}), "")
    assert [json.loads(written) for _, written in shown] == [{"plate": "BN-7"}, {"plate": "BN-7"}]
