"""Prompts out of a table: from one column, or from a Jinja template over all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from math import isnan
from typing import Any

import jinja2
import jinja2.meta
import jinja2.nodes
import jinja2.sandbox
import pandas as pd

from workbench.compare._dialogue import Question
from workbench.errors import PromptError

PROMPT_COLUMN = "prompt"
# What an expression over unknown values may raise; anything else would be a fault of ours, and is to be seen.
_FAILURES = (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

Columns = Mapping[str, Sequence[Any]]


def from_column(columns: Columns, name: str | None) -> list[Question]:
    """The prompts in the column of this name, or in the one called "prompt". Raises PromptError.

    >>> from_column({"prompt": ["Hallo", "Guten Tag"]}, None)
    ['Hallo', 'Guten Tag']
    """
    wanted = name or PROMPT_COLUMN
    if wanted not in columns:
        raise PromptError(
            f"the table has no column {wanted!r}",
            advice=f'{_offer(wanted, columns)}; name it by column= (--column), or give template="… {{{{ name }}}} …"',
        )
    return list(columns[wanted])


def from_template(columns: Columns, rows: int, template: str) -> list[str]:
    """One prompt for each row; a missing value is an empty text. Raises PromptError.

    The template is sandboxed and can change nothing. A name that is no column is an error, even where the template
    would never come to it.

    >>> from_template({"city": ["Bonn", None]}, 2, "Wo ist {{ city }}?")
    ['Wo ist Bonn?', 'Wo ist ?']
    """
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined, finalize=_shown)
    try:
        parsed = environment.parse(template)
        names = jinja2.meta.find_undeclared_variables(parsed)
        compiled = environment.from_string(template)
    except jinja2.TemplateError as error:
        raise PromptError(f"the template cannot be read: {_line(error)}", advice="mend the template") from None
    if any(node.name == "self" for node in parsed.find_all(jinja2.nodes.Name)):
        raise PromptError("the template names 'self', which Jinja keeps for itself", advice="rename that column")
    for name in sorted(names - set(columns)):
        raise PromptError(f"the template names {name!r}, which is no column", advice=_offer(name, columns))
    used = {name: _whole_again(columns[name]) for name in names}
    return [_rendered(compiled, {name: _given(used[name][row]) for name in names}, row) for row in range(rows)]


def _rendered(compiled: jinja2.Template, values: Mapping[str, Any], row: int) -> str:
    try:
        return compiled.render(values)
    except _FAILURES as error:
        raise PromptError(
            f"the template fails: {_line(error)}", where=f"row {row + 1}", advice="mend the template"
        ) from None


def _whole_again(values: Sequence[Any]) -> Sequence[Any]:
    """A column of whole numbers that pandas has made fractions of, as some are missing, as it was."""
    if not all(isinstance(value, float) and (isnan(value) or value.is_integer()) for value in values):
        return values
    return [value if isnan(value) else int(value) for value in values] if any(map(isnan, values)) else values


def _given(value: Any) -> Any:
    """A value of a table, None where it is missing, so that `{% if name %}` works."""
    return None if pd.api.types.is_scalar(value) and pd.isna(value) else value


def _shown(value: Any) -> Any:
    return "" if value is None else value


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _offer(name: str, columns: Columns) -> str:
    near = get_close_matches(name, columns, n=1)
    there = f"there are {', '.join(map(repr, columns))}" if columns else "it has no columns"
    return f"did you mean {near[0]!r}? {there}" if near else there
