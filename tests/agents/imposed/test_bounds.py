import pytest

from workbench.agents.imposed._bounds import Bounds, bounded, bounds_for
from workbench.connections import first_fault

TIGHT = Bounds(text=40, items=3, number=999)
SCHEMA = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": "a property that is called as a keyword"},
        "maxLength": {"type": "integer"},
        "days": {"type": "array", "items": {"type": "string", "format": "date"}},
        "address": {"$ref": "#/$defs/Address"},
        "fee": {"anyOf": [{"type": "number"}, {"type": "null"}], "default": None},
        "kind": {"type": "string", "enum": ["a kind whose name is longer than any bound that a text could have here"]},
    },
    "$defs": {"Address": {"type": "object", "properties": {"street": {"type": ["string", "null"], "minLength": 50}}}},
}


def test_every_part_gets_an_end_and_none_is_taken_for_another() -> None:
    found = bounded(SCHEMA, TIGHT)
    inside = found["properties"]
    assert inside["type"]["maxLength"] == 40
    assert inside["maxLength"] == {"type": "integer", "minimum": -999, "maximum": 999}
    assert inside["days"]["maxItems"] == 3
    assert "format" not in inside["days"]["items"]
    assert inside["fee"] == {
        "anyOf": [{"type": "number", "minimum": -999, "maximum": 999}, {"type": "null"}],
        "default": None,
    }
    assert inside["kind"] == SCHEMA["properties"]["kind"]  # type: ignore[index]
    assert found["$defs"]["Address"]["properties"]["street"]["maxLength"] == 50


@pytest.mark.parametrize(
    "own",
    [
        {"type": "string", "maxLength": 900},
        {"type": "string", "pattern": "^[A-Z]{2}$"},
        {"type": "array", "maxItems": 90},
        {"type": "integer", "minimum": 5, "maximum": 9000},
        {"enum": [1, "two"]},
        {"const": "x" * 90, "type": "string"},
    ],
)
def test_what_a_tool_bounds_itself_stays(own: dict[str, object]) -> None:
    assert bounded(own, TIGHT) == own


def test_a_number_that_begins_beyond_the_bound_keeps_its_beginning() -> None:
    assert bounded({"type": "integer", "minimum": 5000}, TIGHT) == {"type": "integer", "minimum": 5000}
    assert bounded({"type": "integer", "exclusiveMaximum": -5000}, TIGHT) == {
        "type": "integer",
        "exclusiveMaximum": -5000,
    }


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("date", ["2027-05-14", "2028-02-28", "1999-12-31"], ["2027-02-30", "2027-13-01", "2027-04-31", "14.05.2027"]),
        ("time", ["08:30:00Z", "23:59:59+02:00"], ["24:00:00Z", "8:30", "08:60:00Z"]),
        ("date-time", ["2027-05-14T08:30:00Z"], ["2027-02-30T08:30:00Z", "2027-05-14", "2027-05-14 08:30"]),
    ],
)
def test_a_day_that_is_none_does_not_pass(form: str, good: list[str], bad: list[str]) -> None:
    schema = bounded({"type": "string", "format": form}, TIGHT)
    assert all(first_fault(schema, text) is None for text in good)
    assert [text for text in bad if first_fault(schema, text) is None] == []


def test_the_limit_of_tokens_is_shared_by_all_texts() -> None:
    names = {"type": "array", "items": {"type": "string"}, "maxItems": 4}
    schema = {
        "type": "object",
        "properties": {"names": names, "street": {"type": "string"}, "age": {"type": "integer"}},
    }
    assert bounds_for(schema, 500).text == 200
    assert bounds_for(schema, 8).text == 24
    assert bounds_for({"type": "object"}, 300).text == 600
