"""Schemas of answers: from a pydantic model or a JSON schema, and the check of an answer on this side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pydantic

from workbench.arguments import as_json
from workbench.connections.asking._json_schema import check_ends, check_references, check_schema, first_fault
from workbench.errors import SchemaError, UsageError
from workbench.json_text import check_json, read_json
from workbench.messages import Reply

Schema = type[pydantic.BaseModel] | Mapping[str, Any]


def checked_schema(schema: Schema) -> Schema:
    """The schema. Raises UsageError where it is neither a pydantic model nor a valid JSON schema that needs no other.

    >>> checked_schema({"type": "object"})
    {'type': 'object'}
    """
    if isinstance(schema, type) and issubclass(schema, pydantic.BaseModel):
        check_references(as_json_schema(schema), "schema=")
        return schema
    if not isinstance(schema, Mapping):
        raise UsageError(
            f"schema= is a {type(schema).__name__}", advice="give a pydantic model's class or a JSON schema as a dict"
        )
    plain: Mapping[str, Any] = as_json("schema=", schema)
    for check in (check_schema, check_references, check_ends):
        check(plain, "schema=")
    return plain


def as_json_schema(schema: Schema) -> Mapping[str, Any]:
    """Return the JSON schema to send. Raises UsageError where a pydantic model has none.

    >>> as_json_schema({"type": "object"})
    {'type': 'object'}
    """
    if not isinstance(schema, type):
        return schema
    try:
        return schema.model_json_schema()
    except pydantic.errors.PydanticUserError as error:
        raise UsageError(
            f"{schema.__name__} has no JSON schema: {error.message.splitlines()[0]}",
            advice="give its fields other types",
        ) from None


def parsed(reply: Reply, schema: Schema) -> Reply:
    """The reply with its text as an object of the schema. Raises SchemaError, which carries the reply.

    The check is made here whatever the server promised: some drop a schema without a word.

    >>> parsed(Reply(text='{"a": 1}', finish="stop"), {"type": "object"}).parsed
    {'a': 1}
    """
    if reply.tool_calls and not reply.text:
        raise unmet(
            reply,
            "is a tool call, though no tool was offered",
            advice="ask again, or take another model or another chat template",
        )
    try:
        return replace(reply, parsed=_value(reply.text, schema))
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        problem = f"{first['msg']} at {place}" if place else first["msg"]
    except ValueError as error:
        problem = str(error)
    raise unmet(
        reply,
        f"does not fit the schema ({problem})",
        advice="its text is on the error's reply; ask again or take a stronger model",
    )


def unmet(reply: Reply, what: str, advice: str) -> SchemaError:
    """The error for an answer that is not what was asked for; one that was cut short cannot be.

    Args:
        reply: The answer.
        what: What is wrong with it.
        advice: What to do about an answer that ended by itself.
    """
    cut = {
        "length": (", as it was cut by the limit", "raise max_tokens"),
        "repetition": (
            ", as it repeats itself and was stopped",
            "ask for less at once or take a stronger model; stop_repeats=False lets it go on",
        ),
    }
    why, advice = cut.get(reply.finish, ("", advice))
    return SchemaError(f"the answer {what}{why}", where=reply.model, advice=advice, reply=reply)


def _value(text: str, schema: Schema) -> Any:
    """The object of an answer. Raises ValueError, or pydantic's kind of it."""
    if isinstance(schema, type):
        check_json(text)
        return schema.model_validate_json(text)
    value = read_json(text)
    fault = first_fault(schema, value)
    if fault is not None:
        raise ValueError(f"{fault.path}: it does not meet {fault.keyword!r}" if fault.keyword else fault.message)
    return value
