"""The prompts of a plan as code: as they are, or the table and the template that they came from."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd

from workbench.comparison.code._expressions import (
    PANDAS,
    Expression,
    Text,
    UnwritableError,
    Word,
    braced,
    bracketed,
    call,
    expression,
)
from workbench.comparison.plan._dialogue import Dialogue, Question
from workbench.comparison.plan._make_plan import from_table
from workbench.comparison.plan._plan import Plan
from workbench.comparison.plan._template import PROMPT_COLUMN
from workbench.connections import as_messages
from workbench.conversation import data_url
from workbench.errors import PromptError
from workbench.messages import Message

UNWRITTEN = Word("...")


class WrittenPrompts(NamedTuple):
    """Prompts as code.

    Attributes:
        given: What is given as the prompts.
        named: What is said of them besides: `template=` or `column=`.
        remarks: What had to be left out, by the key of its words and what these name.
    """

    given: Expression
    named: dict[str, Expression]
    remarks: list[tuple[str, str]]


def written_prompts(plan: Plan) -> WrittenPrompts:
    """The prompts of a plan, with their table where it makes the same prompts again."""
    if plan.table is None:
        return _as_they_are(plan.prompts, [])
    source = _source(plan)
    if source is None:
        return _as_they_are(plan.prompts, [("table", "")])
    columns = []
    for number, name in enumerate(map(str, plan.table.columns)):
        try:
            columns.append((name, _column(plan.table.iloc[:, number])))
        except UnwritableError:
            return _as_they_are(plan.prompts, [("column", name)])
    table = replace(call("pd.DataFrame", braced(columns)), needs=PANDAS)
    return WrittenPrompts(table, {name: expression(value) for name, value in source.items()}, [])


def _source(plan: Plan) -> dict[str, Any] | None:
    """What makes the prompts of the table: a template, or a column; None where nobody knows."""
    assert plan.table is not None
    names = [str(name) for name in plan.table.columns]
    if plan.template is not None:
        tried: list[dict[str, Any]] = [{"template": plan.template}]
    else:
        tried = [{}] * (PROMPT_COLUMN in names) + [{"column": name} for name in names]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whoever asked has read what is said of the template
        return next((one for one in tried if _makes(plan, **one)), None)


def _makes(plan: Plan, template: str | Sequence[str] | None = None, column: str | None = None) -> bool:
    assert plan.table is not None
    try:
        return from_table(plan.table, template, column) == list(plan.prompts)
    except PromptError:
        return False


def _column(column: pd.Series[Any]) -> Expression:
    """The values of a column; of a kind that pandas would not find by itself, with its name. Raises UnwritableError."""
    values = column.tolist()
    plain = expression(values)
    if pd.Series(values).dtype == column.dtype:
        return plain
    kind = str(column.dtype)
    try:
        again = pd.Series(values, dtype=kind)
    except (TypeError, ValueError):
        raise UnwritableError(f"a column of {kind} cannot be written") from None
    if again.dtype != column.dtype or not again.equals(column.reset_index(drop=True)):
        raise UnwritableError(f"a column of {kind} cannot be written")
    return replace(call("pd.Series", plain, dtype=Text(kind)), needs=PANDAS)


def _as_they_are(prompts: Sequence[Question], remarks: list[tuple[str, str]]) -> WrittenPrompts:
    parts: list[Expression] = []
    for number, prompt in enumerate(prompts, 1):
        try:
            parts.append(_prompt(prompt))
        except UnwritableError:
            parts.append(UNWRITTEN)
            remarks = [*remarks, ("prompt", str(number))]
    return WrittenPrompts(bracketed(parts), {}, remarks)


def _prompt(prompt: Question) -> Expression:
    if isinstance(prompt, str):
        return Text(prompt)
    if isinstance(prompt, Dialogue):
        return call("wb.dialogue", *map(Text, prompt.turns))
    messages = as_messages(prompt)
    told = [_message(one) for one in messages]
    if as_messages(told) != messages:
        raise UnwritableError("a message cannot be written as a dict")
    return expression(told)


def _message(message: Message) -> dict[str, Any]:
    """A message as OpenAI has it."""
    told: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        told["tool_calls"] = [
            {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": one.arguments}}
            for one in message.tool_calls
        ]
    if message.tool_call_id is not None:
        told["tool_call_id"] = message.tool_call_id
    if message.name is not None:
        told["name"] = message.name
    if message.images:
        told["images"] = [data_url(one) for one in message.images]
    return told
