"""Schemas of strangers: nothing is fetched for one, and every check of an answer comes to an end."""

import socket
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydantic
import pytest
from scripted_model import echo, replied, scripted

from workbench.connections import Model, first_fault
from workbench.connections.asking._schema import parsed
from workbench.errors import SchemaError, UsageError
from workbench.messages import Reply, Tool

DRAFT = "https://json-schema.org/draft/2020-12/schema"
DRAFT_2019 = "https://json-schema.org/draft/2019-09/schema"
DRAFT_7 = "http://json-schema.org/draft-07/schema#"
DRAFT_4 = "http://json-schema.org/draft-04/schema#"
ENDLESS = "^(a|aa)+$"
HOSTILE = "a" * 80 + "!"


@pytest.fixture
def knocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """What anybody tried to reach, by whatever name."""
    reached: list[object] = []

    def refuse(self: socket.socket, address: object) -> None:
        reached.append(address)
        raise OSError("nobody is to be reached")

    def unknown(*asked: object, **more: object) -> None:
        reached.append(asked)
        raise OSError("nobody is to be asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    yield reached
    assert not reached


def nested(depth: int) -> dict[str, Any]:
    held: dict[str, Any] = {}
    for _ in range(depth):
        held = {"items": held}
    return held


OUTSIDE = [
    {"$ref": "http://127.0.0.1:9/office.json"},
    {"$ref": "https://example.org/office.json#/a"},
    {"$ref": "ftp://example.org/office.json"},
    {"$ref": "office.json"},
    {"$ref": "//example.org/office.json"},
    {"$ref": "urn:example:office"},
    {"$ref": "#/$defs/missing"},
    {"$ref": "#missing"},
    {"$ref": DRAFT},
    {"$dynamicRef": "http://127.0.0.1:9/office.json#node"},
    {"$schema": DRAFT_2019, "$recursiveRef": "http://127.0.0.1:9/"},
    {"properties": {"a": {"items": {"anyOf": [{"$ref": "http://127.0.0.1:9/"}]}}}},
    {"$id": "http://127.0.0.1:9/root.json", "$ref": "other.json"},
    {"$id": "file:///etc/", "$ref": "passwd"},
    {"$ref": "#/components/X", "components": {"X": {"not": {"$ref": "http://127.0.0.1:9/"}}}},
    {"$schema": DRAFT_7, "definitions": {"a": {"$ref": "http://127.0.0.1:9/"}}},
    {"$schema": DRAFT_4, "id": "http://127.0.0.1:9/", "items": {"$ref": "b"}},
]
INSIDE = [
    {"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}},
    {"$ref": "#a", "$defs": {"a": {"$anchor": "a", "type": "string"}}},
    {"$id": "http://127.0.0.1:9/root.json", "$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}},
    {"$id": "http://127.0.0.1:9/root.json", "$ref": "b.json", "$defs": {"b": {"$id": "b.json", "type": "string"}}},
    {"$dynamicRef": "#node", "$defs": {"a": {"$dynamicAnchor": "node", "type": "string"}}},
    {"$schema": "http://127.0.0.1:9/draft", "type": "string"},
    {"$schema": DRAFT_7, "$ref": "#a", "definitions": {"x": {"$id": "#a", "type": "string"}}},
    {"$schema": DRAFT_4, "$ref": "#/definitions/a", "definitions": {"a": {"type": "string"}}},
    {"type": "string", "examples": [{"$ref": "http://127.0.0.1:9/"}], "default": {"$ref": "http://127.0.0.1:9/"}},
]  # fmt: skip


@pytest.mark.parametrize("schema", OUTSIDE)
def test_a_reference_to_the_outside_is_refused_before_sending(schema: dict[str, Any], knocks: list[object]) -> None:
    model = scripted("x/1", echo)
    with pytest.raises(UsageError, match=r"^schema= refers to .*, which it does not hold: ") as caught:
        model.using(schema=schema)
    assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match="the schema of tool 'now' refers to"):
        model.using(tools=[Tool("now", "The time.", schema)])


def test_a_file_is_not_read_for_a_schema(tmp_path: Path) -> None:
    (tmp_path / "private.json").write_text('{"const": "secret"}')
    with pytest.raises(UsageError, match="which it does not hold"):
        scripted("x/1", echo).using(schema={"$ref": f"file://{tmp_path}/private.json"})
    assert first_fault({"$ref": f"file://{tmp_path}/private.json"}, "secret") is not None


@pytest.mark.parametrize("schema", INSIDE)
def test_a_reference_to_the_inside_is_followed(schema: dict[str, Any], knocks: list[object]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scripted("x/1", echo).using(schema=schema)
        assert parsed(Reply(text='"Bonn"', finish="stop"), schema).parsed == "Bonn"
        with pytest.raises(SchemaError, match="does not meet 'type'"):
            parsed(Reply(text="5", finish="stop"), schema)


@pytest.mark.parametrize("schema", OUTSIDE[:6])
def test_an_answer_that_is_checked_all_the_same_fetches_nothing(schema: dict[str, Any], knocks: list[object]) -> None:
    with pytest.raises(SchemaError, match="does not fit"):
        parsed(Reply(text="{}", finish="stop"), schema)


class Street(pydantic.BaseModel):
    name: str


class Office(pydantic.BaseModel):
    streets: list[Street]
    before: "Office | None" = None


class Outside(pydantic.BaseModel):
    model_config = {"json_schema_extra": {"$ref": "http://127.0.0.1:9/"}}


class WithoutSchema(pydantic.BaseModel, arbitrary_types_allowed=True):
    held: socket.socket


def test_the_references_of_a_pydantic_model_are_its_own(knocks: list[object]) -> None:
    scripted("x/1", echo).using(schema=Office)
    answer = '{"streets": [{"name": "Am Markt"}], "before": {"streets": []}}'
    assert parsed(Reply(text=answer, finish="stop"), Office).parsed.before == Office(streets=[])
    assert first_fault(Office.model_json_schema(), {"streets": [{}]}) is not None
    with pytest.raises(UsageError, match="refers to"):
        scripted("x/1", echo).using(schema=Outside)
    with pytest.raises(UsageError, match="WithoutSchema has no JSON schema"):
        scripted("x/1", echo).using(schema=WithoutSchema)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}]},
        {"not": {"$ref": "#"}},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {"if": {"type": "object"}, "then": {"$ref": "#"}},
        nested(5000),
        {"pattern": "("},
        {"pattern": "(" * 5000 + ")" * 5000},
        {"pattern": "a{4294967296}"},
        {"$schema": 5},
        {"$schema": "http://["},
        {"$ref": "http://["},
        {"maximum": float("nan")},
        {"enum": {"a", "b"}},
        {"const": "\ud83d"},
    ],
    ids=range(15),
)
def test_a_schema_that_can_check_nothing_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        scripted("x/1", echo).using(schema=schema)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"pattern": ENDLESS}, HOSTILE),
        (
            {"$schema": DRAFT, "items": {"$ref": "#/$defs/a"}, "$defs": {"a": {"$schema": DRAFT, "pattern": ENDLESS}}},
            [HOSTILE],
        ),
        ({"propertyNames": {"pattern": ENDLESS}}, {HOSTILE: 1}),
        ({"patternProperties": {ENDLESS: {}}}, {HOSTILE: 1}),
        ({"patternProperties": {ENDLESS: {}}, "additionalProperties": False}, {HOSTILE: 1}),
        ({"patternProperties": {ENDLESS: {}}, "unevaluatedProperties": False}, {HOSTILE: 1}),
        (
            {"$ref": "#/$defs/a", "$defs": {"a": {"patternProperties": {ENDLESS: {}}}}, "unevaluatedProperties": False},
            {HOSTILE: 1},
        ),
    ],
    ids=range(7),
)  # fmt: skip
def test_a_pattern_that_would_never_end_is_given_up(
    schema: dict[str, Any], value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.patterns.LIMIT_S", 0.05)
    fault = first_fault(schema, value)
    assert fault is not None
    assert fault.message == "the check takes too long"


def test_alternatives_that_would_never_end_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.connections.asking._json_schema._LIMIT_S", 0.05)
    doubled = {f"a{number}": {"allOf": [{"$ref": f"#/$defs/a{number + 1}"}] * 2} for number in range(40)}
    schema = {"$ref": "#/$defs/a0", "$defs": doubled | {"a40": {}}}
    with pytest.raises(SchemaError, match="the check takes too long"):
        parsed(Reply(text="1", finish="stop"), schema)
    with pytest.raises(UsageError, match="the check takes too long"):
        scripted("x/1", echo).using(schema=schema)


TYPED = {"patternProperties": {"^S_": {"type": "string"}, "^I_": {"type": "integer"}}}
TWO = {"patternProperties": {"a": {}, "b": {}}, "additionalProperties": False}
SIBLING = {"$schema": DRAFT_7, "definitions": {"a": {}}, "$ref": "#/definitions/a", "maxLength": 1}


@pytest.mark.parametrize(
    ("schema", "value", "told"),
    [
        (TYPED, {"S_a": "x", "I_b": 1}, ""),
        (TYPED, {"I_b": "1"}, "$.I_b type"),
        (TWO, {"a": 1, "b": 1, "ab": 1}, ""),
        (TWO, {"a": 1, "c": 1}, "$ additionalProperties"),
        (TYPED | {"unevaluatedProperties": False}, {"I_b": 1, "c": 1}, "$ unevaluatedProperties"),
        (
            {"properties": {"patternProperties": {"type": "string"}}},
            {"patternProperties": 1},
            "$.patternProperties type",
        ),
        ({"properties": {"$schema": {"const": "x"}}}, {"$schema": "x"}, ""),
        ({"const": {"$schema": "x", "patternProperties": {}}}, {"$schema": "x", "patternProperties": {}}, ""),
        ({"uniqueItems": True}, [1, 1.0], "$ uniqueItems"),
        ({"uniqueItems": True}, [1, True, "1", [1], [True], {"a": 1}, {"a": "1"}], ""),
        ({"uniqueItems": True}, [{"a": 1, "b": 2}, {"b": 2.0, "a": 1}], "$ uniqueItems"),
        ({"uniqueItems": False}, [1, 1], ""),
        ({"multipleOf": 2}, 10**999, ""),
        ({"properties": {"x": False}}, {"x": 1}, "$ false"),
        ({"$schema": DRAFT_4, "minimum": 3, "exclusiveMinimum": True}, 3, "$ minimum"),
        (SIBLING, "ab", ""),
    ],
    ids=range(16),
)
def test_answers_are_checked_as_the_standard_says(schema: dict[str, Any], value: object, told: str) -> None:
    fault = first_fault(schema, value)
    assert (f"{fault.path} {fault.keyword}" if fault else "") == told


def test_a_message_names_the_patterns_as_they_were_written() -> None:
    fault = first_fault({"patternProperties": {"^S_": {}}, "additionalProperties": False}, {"b": 1})
    assert fault is not None
    assert fault.message == "'b' does not match any of the regexes: '^S_'"


def test_an_answer_as_deep_as_may_be_is_checked() -> None:
    value: dict[str, Any] = {}
    for _ in range(45):
        value = {"inner": [value]}
    tree = {"type": "object", "properties": {"inner": {"items": {"$ref": "#"}}}, "additionalProperties": False}
    assert first_fault(tree, value) is None


def test_many_different_items_are_told_apart_at_once() -> None:
    assert first_fault({"uniqueItems": True}, [{"a": number} for number in range(5000)]) is None


@pytest.mark.parametrize("text", ["[" * 100_000, '{"n": NaN}', "1e999", '{"a": 1, "a": 2}', "9" * 5000])
@pytest.mark.parametrize("schema", [{}, pydantic.create_model("Any", n=(float, 0))])
def test_an_answer_beyond_the_limits_is_refused_with_its_text(text: str, schema: Any) -> None:
    with pytest.raises(SchemaError, match="does not fit the schema") as caught:
        parsed(Reply(text=text, finish="stop"), schema)
    assert caught.value.reply is not None
    assert caught.value.reply.text == text
    assert len(str(caught.value)) < 300


async def answered(model: Model, **options: Any) -> Reply:
    *_, last = [piece async for piece in model.stream("Wo?", **options)]
    assert last.reply is not None
    return last.reply


async def test_an_answer_is_held_to_a_pattern_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hostile(request: object) -> Any:
        yield replied(HOSTILE)

    monkeypatch.setattr("workbench.patterns.LIMIT_S", 0.05)
    model = scripted("x/1", hostile)
    assert (await answered(model, regex="a+!")).text == HOSTILE
    with pytest.raises(SchemaError, match="does not match regex="):
        await answered(model, regex="a+")
    with pytest.raises(SchemaError, match="by regex= takes too long") as caught:
        await answered(model, regex=ENDLESS)
    assert caught.value.reply is not None
