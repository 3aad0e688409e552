"""Scorers of answers that are JSON: their schema, and which of their fields are right."""

import socket
import threading
from typing import Any

import pytest
from answer_rows import DEEP, LONG, NOTHING, Checked, Office, of, row
from loopback import OWN_HOST

from workbench.comparison import scorers
from workbench.comparison.scorers.reading._json import read_json
from workbench.comparison.scoring._scorer import Score
from workbench.errors import UsageError
from workbench.messages import ToolCall


def test_what_a_pydantic_model_checks_beyond_its_schema_counts() -> None:
    assert of(scorers.schema(Checked), '{"city": "Köln", "rooms": 3}').value is True
    score = of(scorers.schema(Checked), '{"city": "Paris", "rooms": 3}')
    assert score == Score(False, "city: Value error, no city of ours")


@pytest.mark.parametrize("shape", [Office, Office.model_json_schema()])
def test_schema_says_what_does_not_fit(shape: Any) -> None:
    scorer = scorers.schema(shape)
    assert of(scorer, '{"city": "Köln", "rooms": 3}').value is True
    for wrong in (
        '{"city": "Köln"}', '{"city": "Köln", "rooms": 0}', "Köln", "", "[]", "[" * 100_000, DEEP, LONG,
        '```json\n{"city": "Köln", "rooms": 3}\n```', '{"city": "Köln", "rooms": NaN}',
    ):  # fmt: skip
        score = of(scorer, wrong)
        assert score.value is False, wrong
        assert score.note
        assert "\n" not in score.note


def test_schema_fetches_nothing_from_the_network() -> None:
    knocked = threading.Event()
    with socket.create_server((OWN_HOST, 0)) as server:

        def answer() -> None:
            server.accept()[0].close()
            knocked.set()

        listening = threading.Thread(target=answer)
        listening.start()
        score = of(scorers.schema({"$ref": f"http://{OWN_HOST}:{server.getsockname()[1]}/schema.json"}), "{}")
        was_fetched = knocked.is_set()
        socket.create_connection(server.getsockname()).close()  # wakes the one who listens
        listening.join()
    assert not was_fetched
    assert score.value is False
    assert OWN_HOST in score.note


def test_an_answer_cannot_exhaust_a_schema_that_names_itself() -> None:
    scorer = scorers.schema({"type": "object", "additionalProperties": {"$ref": "#"}})
    assert of(scorer, '{"a": {"b": {}}}').value is True
    assert of(scorer, '{"a": ' * 900 + "{}" + "}" * 900) == Score(
        False, "not JSON that can be read, it is nested too deeply"
    )


@pytest.mark.parametrize("shape", [{"type": "nothing"}, "text", 3])
def test_schema_refuses_what_is_none(shape: Any) -> None:
    with pytest.raises(UsageError):
        scorers.schema(shape)


def values(found: Any) -> dict[str, Any]:
    return {name: score.value for name, score in found.items()}


def test_fields_tell_the_share_and_each_field() -> None:
    scorer = scorers.fields({"city": "city", "address.zip": "zip", "open": ["ja", "yes"]})
    answer = '{"city": "köln.", "address": {"zip": 53111}, "open": "nein", "more": 1}'
    found = scorer(row(answer, city="Köln", zip="53111"))
    assert values(found) == {"share": 2 / 3, "city": True, "address.zip": True, "open": False}
    found = scorer(row(answer, city=None, zip="53112"))
    assert values(found) == {"share": 0.0, "city": None, "address.zip": False, "open": False}


@pytest.mark.parametrize("reference", ['{"city": "Köln", "fax": null, "n": 4}', {"city": "Köln", "fax": None, "n": 4}])
def test_fields_take_an_object_from_a_column(reference: Any) -> None:
    scorer = scorers.fields()
    fenced = 'Gern:\n```json\n{"city": "Köln", "n": 4.0}\n```'
    assert values(scorer(row(fenced, expected=reference))) == {"share": 1.0, "city": True, "fax": True, "n": True}
    wrong = '{"city": ["Köln"], "fax": "1", "n": true}'
    assert values(scorer(row(wrong, expected=reference))) == {"share": 0.0, "city": False, "fax": False, "n": False}


@pytest.mark.parametrize("answer", ["Köln", "[1]", "null", "{" * 50_000, "", DEEP, LONG])
def test_no_object_has_no_right_field(answer: str) -> None:
    found = scorers.fields({"share": ["Köln"]})(row(answer))
    assert values(found) == {"share": 0.0, "field share": False}


@pytest.mark.parametrize("reference", ["kein JSON", "[]", "{}", 4, *NOTHING])
def test_fields_without_a_usable_reference_say_nothing(reference: Any) -> None:
    found = scorers.fields()(row("{}", expected=reference))
    assert values(found) == {"share": None}
    assert found["share"].note


@pytest.mark.parametrize("twice", ['{"city": "Bonn", "city": "Köln"}', '{"city": "Köln", "n": 1e999}'])
def test_an_answer_that_says_two_things_is_not_right(twice: str) -> None:
    assert of(scorers.schema({"type": "object"}), twice).value is False
    assert values(scorers.fields({"city": ["Köln"]})(row(twice))) == {"share": 0.0, "city": False}
    call = ToolCall("1", "find_office", twice)
    score = scorers.tool_calls([{"name": "find_office"}])(row("", calls=[call]))
    assert isinstance(score, Score)
    assert score.value is False


@pytest.mark.parametrize("hostile", [DEEP, LONG, "[" * 100_000])
def test_no_answer_escapes_its_score_by_being_unreadable(hostile: str) -> None:
    with pytest.raises(ValueError, match="not JSON that can be read"):
        read_json(hostile)
    call = ToolCall("1", "find_office", hostile)
    score = scorers.tool_calls([{"name": "find_office", "arguments": {}}])(row("", calls=[call]))
    assert isinstance(score, Score)
    assert score.value is False
    assert len(score.note) < 500
