"""Schemas of answers: from a pydantic model or a JSON schema, and the check of an answer on this side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pydantic

from workbench.errors import SchemaError, UsageError
from workbench.messages import Reply

Schema = type[pydantic.BaseModel] | Mapping[str, Any]


def as_json_schema(schema: Schema) -> Mapping[str, Any]:
    """The JSON schema to send. Raises UsageError where it is neither a pydantic model nor a valid JSON schema.

    >>> as_json_schema({"type": "object"})
    {'type': 'object'}
    """
    if isinstance(schema, type) and issubclass(schema, pydantic.BaseModel):
        return schema.model_json_schema()
    import jsonschema  # takes seconds where its formats are installed too, and few need a schema

    if not isinstance(schema, Mapping):
        raise UsageError(
            f"schema= is a {type(schema).__name__}", advice="give a pydantic model's class or a JSON schema as a dict"
        )
    try:
        jsonschema.validators.validator_for(schema).check_schema(dict(schema))
    except jsonschema.SchemaError as error:
        raise UsageError(f"schema= is no valid JSON schema: {error.message}", advice="mend the schema") from None
    return schema


def parsed(reply: Reply, schema: Schema) -> Reply:
    """The reply with its text as an object of the schema. Raises SchemaError, which carries the reply.

    The check is made here whatever the server promised: some drop a schema without a word.

    >>> parsed(Reply(text='{"a": 1}', finish="stop"), {"type": "object"}).parsed
    {'a': 1}
    """
    import jsonschema

    if reply.tool_calls and not reply.text:
        return reply
    try:
        if isinstance(schema, type):
            return replace(reply, parsed=schema.model_validate_json(reply.text))
        value = json.loads(reply.text)
        jsonschema.validate(value, schema)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        problem = f"{first['msg']} at {place}" if place else first["msg"]
    except json.JSONDecodeError as error:
        problem = f"no JSON, {error.msg} at character {error.pos}"
    except jsonschema.ValidationError as error:
        problem = f"{error.json_path}: it does not meet {error.validator!r}"
    else:
        return replace(reply, parsed=value)
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
