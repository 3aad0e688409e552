"""Scorers of answers that are JSON: whether they fit a schema, and which of their fields are right."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

import pydantic

from workbench.arguments import as_json
from workbench.comparison.scorers.reading._json import is_alike, read_fenced
from workbench.comparison.scorers.reading._reference import Reference, is_blank, reference
from workbench.comparison.scorers.reading._texts import identity
from workbench.comparison.scoring._scorer import Row, Score, Scorer
from workbench.connections import Schema, check_schema, first_fault
from workbench.errors import UsageError
from workbench.json_text import check_json, read_json
from workbench.texts import line, quoted

_SHARE = "share"
_ABSENT = object()


def schema(json_schema: Schema, *, name: str = "schema") -> Scorer:
    """Whether the answer is JSON that fits a schema, as it stands: words or a Markdown fence around it make it wrong.

    Args:
        json_schema: A JSON schema, or a pydantic model's class. References in it to other addresses are not followed.
        name: What tables call it.

    Returns:
        The scorer: True or False, with the first fault as its note.

    Raises:
        UsageError: If it is neither.

    >>> from workbench.comparison.scoring._scorer import Row
    >>> from workbench.messages import Reply
    >>> wanted = {"type": "object", "required": ["city"]}
    >>> schema(wanted)(Row(0, "Wo?", "m", 0, Reply(text='{"city": "Bonn"}', finish="stop")))
    Score(value=True, note='')
    """
    fault = checker(json_schema)
    shape = json_schema.model_json_schema() if isinstance(json_schema, type) else json_schema
    # A pydantic model may check more than its schema tells.
    model = _source(json_schema) if isinstance(json_schema, type) else ""

    def score(row: Row) -> Score:
        problem = fault(row.answer.lstrip("\ufeff"))  # a mark that nobody sees, and that is not JSON
        return Score(not problem, problem)

    return Scorer(name, score, identity("schema", 2, schema=shape, model=model), columns=())


def _source(model: type[pydantic.BaseModel]) -> str:
    """The model's source; where Python has none, as for a class of a notebook in older versions, its name."""
    try:
        return inspect.getsource(model)
    except (OSError, TypeError):
        return f"{model.__module__}.{model.__qualname__}"


def checker(json_schema: Schema) -> Callable[[str], str]:
    """What says of a text in which way it fails to be JSON of this schema, "" if it is. Raises UsageError.

    >>> checker({"type": "object"})("[]")
    "$: [] is not of type 'object'"
    """
    if isinstance(json_schema, type) and issubclass(json_schema, pydantic.BaseModel):
        return lambda text: _fault_of_model(json_schema, text)
    if not isinstance(json_schema, Mapping):
        raise UsageError(
            f"the schema is a {type(json_schema).__name__}",
            advice="give a pydantic model's class or a JSON schema as a dict",
        )
    plain = as_json("the schema", json_schema)
    check_schema(plain, "the schema")
    return lambda text: _fault_of_schema(plain, text)


def _fault_of_model(model: type[pydantic.BaseModel], text: str) -> str:
    try:
        check_json(text)
        model.model_validate_json(text)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        return line(f"{place}: {first['msg']}" if place else first["msg"])
    except ValueError as error:
        return line(str(error))
    return ""


def _fault_of_schema(json_schema: Mapping[str, Any], text: str) -> str:
    try:
        found = first_fault(json_schema, read_json(text))
    except ValueError as error:
        return line(str(error))
    if found is None:
        return ""
    return line(f"{found.path}: {found.message}" if found.keyword else found.message)


def fields(expected: str | Mapping[str, Any] = "expected", *, name: str = "fields") -> Scorer:
    """Score which fields of an answer's JSON object are right: the share of all, and each for itself.

    An answer in a Markdown fence, or among words, counts too. Numbers compare by value also where the table has them as
    text; of texts, case, white space, quotes and sentence marks at the end are overlooked. An expected null fits a
    missing field.
    Fields that nobody expects count nothing.

    Args:
        expected: A column of the table that holds a JSON object, as text or as dict; or a dict with the fields' names
            and for each what `exact` takes: the name of a column, or a list of accepted values. "address.city" is the
            field `city` inside the field `address`.
        name: What tables call it.

    Returns:
        The scorer: a dict with "share" (0 to 1) and True or False under each field's name; None for a field without a
        reference, which is left out of the share. A field that is called "share" goes by "field share".

    Raises:
        UsageError: If `expected` is empty, or a value in it.

    >>> from workbench.comparison.scoring._scorer import Row
    >>> from workbench.messages import Reply
    >>> reply = Reply(text='{"city": "Bonn", "zip": 53111}', finish="stop")
    >>> scores = fields({"city": ["Bonn"], "zip": ["53113"]})(Row(0, "Wo?", "m", 0, reply))
    >>> scores["share"], scores["city"], scores["zip"]
    (Score(value=0.5, note=''), Score(value=True, note=''), Score(value=False, note="expected '53113', got 53111"))
    """
    if not expected or not isinstance(expected, str | Mapping):
        raise UsageError(f"expected= must name a column, or be a dict of the fields, not {expected!r}")
    if isinstance(expected, str):
        column = Reference(expected)
        return Scorer(
            name, lambda row: _by_column(column, row), identity("fields", 2, column=expected), columns=column.columns
        )
    right = {str(field): reference(value) for field, value in expected.items()}
    told = {field: one.identity for field, one in right.items()}

    def score(row: Row) -> dict[str, Score]:
        return _compared({field: _accepted(one, row) for field, one in right.items()}, row)

    columns = tuple(dict.fromkeys(column for one in right.values() for column in one.columns))
    return Scorer(name, score, identity("fields", 2, fields=told), columns=columns)


def _accepted(right: Reference, row: Row) -> tuple[Any, ...] | Score:
    return right.accepted(row) or right.lacking


def _by_column(column: Reference, row: Row) -> dict[str, Score]:
    value = column.raw(row)
    if value is None:
        return {_SHARE: column.lacking}
    if isinstance(value, str):
        try:
            value = read_json(value)
        except ValueError as error:
            return {_SHARE: Score(None, f"the reference in column {column.column!r} is {error}")}
    if not isinstance(value, Mapping) or not value:
        return {_SHARE: Score(None, f"the reference in column {column.column!r} is not a JSON object with fields")}
    return _compared({str(field): (one,) for field, one in value.items()}, row)


def _compared(right: Mapping[str, tuple[Any, ...] | Score], row: Row) -> dict[str, Score]:
    try:
        answer = read_fenced(row.answer)
        problem = "" if isinstance(answer, Mapping) else "the answer is not a JSON object"
    except ValueError as error:
        answer, problem = {}, f"the answer is {error}"
    scores = {
        field: values if isinstance(values, Score) else _field(values, _at(answer, field), problem)
        for field, values in right.items()
    }
    known = [one.value for one in scores.values() if one.value is not None]
    share = Score(sum(known) / len(known), problem) if known else Score(None, "no field has a reference")
    return {_SHARE: share, **{f"field {name}" if name == _SHARE else name: one for name, one in scores.items()}}


def _field(values: tuple[Any, ...], found: Any, problem: str) -> Score:
    if problem:
        return Score(False, problem)
    if found is _ABSENT:
        is_right = any(is_blank(value) for value in values)
        return Score(is_right, "" if is_right else "the answer lacks this field")
    if any(is_alike(value, found) for value in values):
        return Score(True)
    return Score(False, f"expected {' or '.join(map(_shown, values))}, got {_shown(found)}")


def _shown(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else line(json.dumps(value, ensure_ascii=False, default=str), 60)


def _at(answer: Any, path: str) -> Any:
    """The value of a field, by its own name or by its path through nested objects."""
    if not isinstance(answer, Mapping):
        return _ABSENT
    if path in answer:
        return answer[path]
    for step in path.split("."):
        if not isinstance(answer, Mapping) or step not in answer:
            return _ABSENT
        answer = answer[step]
    return answer
