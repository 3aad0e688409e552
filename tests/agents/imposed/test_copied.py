"""What a model has copied from the examples is seen, and what the request holds is put in its place."""

import json
from typing import Any

import pytest

from workbench.agents.imposed._copied import copied, narrowed
from workbench.agents.imposed._examples import examples
from workbench.connections import first_fault
from workbench.messages import Tool

PERSON = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}
FIELDS: dict[str, Any] = {
    "person": {**PERSON, "required": ["name", "age"]},
    "fee": {"type": "number"},
    "day": {"type": "string", "format": "date"},
    "rooms": {"type": "array", "items": {"type": "integer"}},
    "remark": {"type": "string"},
    "floor": {"type": "integer"},
}
TOOL = Tool("t", "T.", {"type": "object", "properties": FIELDS, "required": ["person", "fee", "day", "rooms"]})
SHOWN = [json.loads(written) for _, written in examples(TOOL, "")]
REQUEST = "Eva Braun (34) pays 80,5 euros on 2027-05-14 at 10:30, rooms 3 and 12."


def test_an_example_is_a_copy_all_over() -> None:
    found = copied(SHOWN[0], TOOL.parameters, REQUEST)
    assert found == [
        ("person", "name"),
        ("person", "age"),
        ("fee",),
        ("day",),
        ("rooms", 0),
        ("rooms", 1),
        ("remark",),
        ("floor",),
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        {"person": {"name": "Eva Braun", "age": 34}, "fee": 80.5, "day": "2027-05-14", "rooms": [3, 12]},
        {"fee": 95.79, "remark": "A summary in words of its own."},  # reckoned and written: it may be what was meant
        {"person": {"name": "Xaver Quist", "age": 47}, "fee": 47.25},
        {"fee": True, "floor": None},
    ],
)
def test_what_was_said_or_made_up_is_none(arguments: dict[str, Any]) -> None:
    said = REQUEST if "Xaver" not in str(arguments) else "Xaver Quist is 47."
    assert copied(arguments, TOOL.parameters, said) == []


@pytest.mark.parametrize("name", ["xaver quist", "Xavier Quist", "Xaver Quis", "Yvonne Zorns"])
def test_a_copy_with_slips_is_one(name: str) -> None:
    assert copied({"person": {"name": name}}, TOOL.parameters, REQUEST) == [("person", "name")]


def test_in_place_of_copies_stands_what_the_request_holds() -> None:
    schema = narrowed(TOOL.parameters, copied(SHOWN[0], TOOL.parameters, REQUEST), [REQUEST])
    fields = schema["properties"]
    assert "Eva Braun" in fields["person"]["properties"]["name"]["enum"]
    assert fields["person"]["properties"]["age"] == {"enum": [34, 3, 12]}
    assert fields["person"]["required"] == ["name", "age"]
    assert fields["fee"] == {"enum": [34, 80.5, 3, 12]}
    assert fields["day"] == {"enum": ["2027-05-14"]}
    assert fields["rooms"]["items"] == {"enum": [34, 3, 12]}
    right = {"person": {"name": "Eva Braun", "age": 34}, "fee": 80.5, "day": "2027-05-14", "rooms": [3, 12]}
    assert first_fault(schema, right) is None
    assert first_fault(TOOL.parameters, right) is None


def test_what_the_request_does_not_hold_may_only_be_missing_where_it_is_optional() -> None:
    schema = narrowed(TOOL.parameters, [("floor",), ("fee",), ("day",)], ["Please do."])
    assert "floor" not in schema["properties"]
    assert schema["properties"]["fee"] == {"type": "number"}
    assert schema["properties"]["day"] == FIELDS["day"]


@pytest.mark.parametrize("held", [{"enum": ["Xaver Quist", "b"]}, {"const": "a"}, {"type": "string", "pattern": "^x$"}])
def test_rules_of_a_tool_stay(held: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": {"x": held}, "required": ["x"]}
    assert narrowed(schema, [("x",)], [REQUEST]) == schema


def test_a_long_request_becomes_no_endless_grammar() -> None:
    schema = {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"]}
    long = " ".join(f"word{number}" for number in range(20_000))
    assert len(narrowed(schema, [("x",)], [long])["properties"]["x"]["enum"]) == 200


@pytest.mark.parametrize("kind", ["integer", "number"])
def test_numbers_that_are_too_large_are_left_out(kind: str) -> None:
    schema = {"type": "object", "properties": {"x": {"type": kind}}, "required": ["x"]}
    assert narrowed(schema, [("x",)], [f"{'9' * 500} and 7"])["properties"]["x"] == {"enum": [7]}


def held(part: dict[str, Any], *requests: str) -> Any:
    schema = {"type": "object", "properties": {"x": part}, "required": ["x"]}
    return narrowed(schema, [("x",)], requests)["properties"]["x"]


def test_no_value_stays_a_choice() -> None:
    age = {"type": "integer"}
    assert held({"anyOf": [{"type": "null"}, age]}, "I am 34.") == {"anyOf": [{"type": "null"}, {"enum": [34]}]}
    assert held({"type": ["integer", "null"]}, "I am 34.") == {"enum": [34, None]}
    assert held({"anyOf": [age, {"type": "boolean"}]}, "34")["anyOf"][1] == {"type": "boolean"}


def test_only_what_keeps_to_the_rules_is_offered() -> None:
    assert held({"type": "integer", "minimum": 10}, "3 rooms, 4 and 40, 1.5 hours") == {"enum": [40]}
    assert held({"type": "string", "maxLength": 4}, "Gruen oder rot") == {"enum": ["oder", "rot"]}


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("1.000.000 Euro", [1000000]),
        ("1.500 Euro", [1500, 1.5]),
        ("80kg, 12,5 m", [80, 12.5]),
        ("12345678901234567891", []),
        ("am 3.4.2027", []),
    ],
)
def test_numbers_are_read_as_people_write_them(said: str, numbers: list[float]) -> None:
    assert held({"type": "number"}, said).get("enum", []) == numbers


def test_what_was_said_before_a_result_of_a_tool_counts() -> None:
    assert "Eva Braun" in held({"type": "string"}, "Register Eva Braun", "Result of lookup: status: free")["enum"]


@pytest.mark.parametrize("part", [{"type": "array"}, {"type": "array", "items": True}])
def test_lists_of_anything_stay_so(part: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": {"x": part}, "required": ["x"]}
    assert copied({"x": ["Xaver Quist", {"y": [47]}]}, schema, REQUEST) == [("x", 0), ("x", 1, "y", 0)]
    assert narrowed(schema, [("x", 0), ("x", 1, "y", 0)], [REQUEST]) == schema


def test_what_the_tool_itself_says_is_no_copy() -> None:
    fields = {
        "unit": {"enum": ["celsius", "fahrenheit"]},
        "name": {"type": "string", "examples": ["Xaver Quist"]},
        "at": {"type": "string", "format": "time"},
        "floor": {"type": "integer", "maximum": 5},
    }
    right = {"unit": "celsius", "name": "Xaver Quist", "at": "10:30:00Z", "floor": 4}
    assert copied(right, {"type": "object", "properties": fields}, "Wie warm ist es um 10:30?") == []
    assert copied({"at": "16:20:00Z"}, {"type": "object", "properties": fields}, "Um 16:20 Uhr") == []
    assert copied({"at": "16:20:00Z"}, {"type": "object", "properties": fields}, "Um 10:30 Uhr") == [("at",)]
