"""JSON that others wrote: what is read, and what is refused in one line whatever it does to Python."""

import json

import pytest

from workbench.errors import EngineError, SchemaError, ToolCallError
from workbench.json_text import RefusedJSONError, check_json, read_json
from workbench.messages import ToolCall

DEEP = "[" * 101 + "]" * 101


@pytest.mark.parametrize(
    "text", ["[" * 100 + "]" * 100, "1" * 1000, '{"a": {"a": 1}, "b": [{"a": 2}]}', "1e308", "-0.0"]
)
def test_what_is_within_the_limits_is_read_as_python_does(text: str) -> None:
    assert read_json(text) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (DEEP, "nested too deeply"),
        ('{"a":' * 101 + "1" + "}" * 101, "nested too deeply"),
        ("[" * 100_000, "nested too deeply"),
        ("1" * 1001, "a number that is too long"),
        (f'{{"n": {"9" * 5000}}}', "a number that is too long"),
        ("-" + "9" * 5000, "a number that is too long"),
        ("1e999", "a number that is too large"),
        ("[-1e999]", "a number that is too large"),
        ("NaN", "it holds NaN"),
        ('{"n": -Infinity}', "it holds -Infinity"),
        ('{"a": 1, "a": 1}', "it names 'a' twice"),
        ('[{"b": {"a": 1, "c": 2, "a": 3}}]', "it names 'a' twice"),
        (f'"{"x" * 9_000_000}"', "too long"),
    ],
)
def test_what_goes_beyond_them_is_refused(text: str, said: str) -> None:
    with pytest.raises(RefusedJSONError, match=said) as caught:
        read_json(text)
    assert len(str(caught.value)) < 200
    with pytest.raises(RefusedJSONError):
        check_json(text)
    with pytest.raises(ToolCallError, match=said) as told:
        ToolCall("1", "find_office", text).parsed  # noqa: B018 - that it raises is what is tested
    assert isinstance(told.value, SchemaError | EngineError)
    assert "'find_office'" in str(told.value)


@pytest.mark.parametrize("text", ["", "Bonn", '{"a": ', "[1,]", "\ufeff{}", "01", "'a'"])
def test_what_is_no_json_is_told_apart_from_what_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not JSON") as caught:
        read_json(text)
    assert not isinstance(caught.value, RefusedJSONError)
    check_json(text)
