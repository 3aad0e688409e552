"""Prompts out of a table: from one column, or from a Jinja template over all."""

from __future__ import annotations

import json
import re
import unicodedata
import warnings
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from math import isnan
from typing import Any, NamedTuple

import jinja2
import jinja2.meta
import jinja2.nodes
import jinja2.sandbox
import pandas as pd

from workbench.comparison.plan._dialogue import Question
from workbench.errors import PromptError

PROMPT_COLUMN = "prompt"
# What an expression over unknown values may raise; anything else would be a fault of ours, and is to be seen.
_FAILURES = (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

# What Jinja reads as its own words.
_WORDS = frozenset(("and", "else", "false", "False", "if", "in", "is", "none", "None", "not", "or", "true", "True"))
_ROW = "__row"
_BRACES = re.compile(r"\{%-?\s*raw.*?endraw\s*-?%\}|\{#.*?#\}|\{%.*?%\}|\{\{[-+]?(?P<inside>.*?)[-+]?\}\}", re.DOTALL)
_SINGLE = re.compile(r"\{([^{}!:]+)[^{}]*\}")

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
    for number, value in enumerate(columns[wanted], 1):
        if _given(value) is None:
            raise PromptError(
                f"there is no prompt in column {wanted!r}",
                where=f"prompt {number} of {len(columns[wanted])}",
                advice=f"write one in row {number}, or leave the row out",
            )
    return list(columns[wanted])


def from_templates(columns: Columns, rows: int, templates: Sequence[str]) -> list[tuple[str, ...]]:
    """For each row the texts that the templates make of it; a missing value is an empty text. Raises PromptError.

    Templates are sandboxed and can change nothing. A name that is not a column is an error, even where a template would
    never come to it. A name that Jinja cannot read, such as one with a blank, may stand alone between the braces, and
    every name in `row["…"]`. At least one template must name a column, or every row would be asked the same.

    >>> columns = {"city": ["Bonn", None], "Anliegen 1": ["Pass", "Ausweis"]}
    >>> from_templates(columns, 2, ["{{ Anliegen 1 }} in {{ city }}?"])
    [('Pass in Bonn?',), ('Ausweis in ?',)]
    """
    readings = [_read(columns, template) for template in templates]
    texts = list(zip(*(_all_rendered(columns, rows, reading) for reading in readings), strict=True))
    if not any(reading.names for reading in readings):
        raise _without_column(columns, templates)
    for template in templates:
        if single := _in_single_braces(columns, template):
            warnings.warn(
                f"the template holds {{{single}}} as text, though {single!r} is a column; "
                f"{_written(single)} would put its value there",
                stacklevel=2,
            )
    return texts


class _Reading(NamedTuple):
    """A template, the columns that it names, and under which names it finds their values."""

    compiled: jinja2.Template
    names: Mapping[str, str]


def _read(columns: Columns, template: str) -> _Reading:
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined, finalize=_shown)
    for name in columns:  # a column may be called as one of Jinja's own functions
        environment.globals.pop(name, None)
    source = _with_every_name(columns, template)
    try:
        parsed = environment.parse(source)
        used = jinja2.meta.find_undeclared_variables(parsed)
        compiled = environment.from_string(source)
    except jinja2.TemplateError as error:
        raise PromptError(
            f"the template cannot be read: {_line(error)}", advice=f"write a column as {_how_to(columns)}"
        ) from None
    if any(node.name == "self" for node in parsed.find_all(jinja2.nodes.Name)):
        raise PromptError(
            "the template names 'self', which Jinja keeps for itself", advice='write {{ row["self"] }} for that column'
        )
    alike = {_composed(name): name for name in columns}
    names = {name: alike.get(_composed(name), name) for name in used}
    of_row = {_ROW: "", **({} if "row" in columns else {"row": ""})}
    wanted = {**{name: name for name in _subscripts(parsed, of_row)}, **names}
    for name, column in sorted(wanted.items()):
        if column not in columns and name not in of_row:
            raise PromptError(f"the template names {name!r}, which is not a column", advice=_offer(name, columns))
    return _Reading(compiled, names)


def _subscripts(parsed: jinja2.nodes.Template, of_row: Mapping[str, str]) -> Iterator[str]:
    """The columns that stand in `row["…"]`."""
    for node in parsed.find_all(jinja2.nodes.Getitem):
        is_row = isinstance(node.node, jinja2.nodes.Name) and node.node.name in of_row
        if is_row and isinstance(node.arg, jinja2.nodes.Const) and isinstance(node.arg.value, str):
            yield node.arg.value


def _with_every_name(columns: Columns, template: str) -> str:
    """The template with `row["…"]` for what stands alone between its braces and is a column that Jinja cannot read."""
    unread = {_composed(name.strip()): name for name in columns if not name.isidentifier() or name in _WORDS}

    def put(found: re.Match[str]) -> str:
        inside = _composed((found["inside"] or "").strip())
        return f"{{{{ {_ROW}[{json.dumps(unread[inside])}] }}}}" if inside in unread else found[0]

    return _BRACES.sub(put, template) if unread else template


def _without_column(columns: Columns, templates: Sequence[str]) -> PromptError:
    singles = [single for template in templates if (single := _in_single_braces(columns, template))]
    what = f": {{{singles[0]}}} is only text in it" if singles else ", so every row would be asked the same"
    name = singles[0] if singles else next(iter(columns), "name")
    return PromptError(f"the template names no column{what}", advice=f"write {_written(name)}; {_there(columns)}")


def _in_single_braces(columns: Columns, template: str) -> str:
    """A column that stands between single braces, as Python's own templates have it; "" where there is none."""
    found = (one[1].strip() for one in _SINGLE.finditer(_BRACES.sub(" ", template)))
    return next((name for name in found if name in columns), "")


def _all_rendered(columns: Columns, rows: int, reading: _Reading) -> list[str]:
    read = columns if {"row", _ROW} & set(reading.names) else set(reading.names.values())
    whole = {name: _whole_again(values) for name, values in columns.items() if name in read}

    def values(row: int) -> dict[str, Any]:
        of_row = {name: _given(held[row]) for name, held in whole.items()}
        return {"row": of_row, _ROW: of_row, **{name: of_row[c] for name, c in reading.names.items() if c in of_row}}

    return [_rendered(reading.compiled, values(row), row) for row in range(rows)]


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


def _composed(name: str) -> str:
    """A name as it is the same however its umlauts are written down."""
    return unicodedata.normalize("NFC", name)


def _written(name: str) -> str:
    """How a template names a column.

    >>> _written("city"), _written("Anliegen Text")
    ('{{ city }}', '{{ row["Anliegen Text"] }}')
    """
    is_read = name.isidentifier() and name not in _WORDS
    return f"{{{{ {name} }}}}" if is_read else f"{{{{ row[{json.dumps(name, ensure_ascii=False)}] }}}}"


def _how_to(columns: Columns) -> str:
    unread = [name for name in columns if not name.isidentifier()]
    return ", ".join(map(_written, [*unread, *columns][:3])) or "{{ name }}"


def _there(columns: Columns) -> str:
    return f"there are {', '.join(map(repr, columns))}" if columns else "it has no columns"


def _offer(name: str, columns: Columns) -> str:
    near = [one for one in columns if one.strip().casefold() == name.strip().casefold()]
    near = near or get_close_matches(name, columns, n=1)
    return f"did you mean {near[0]!r}? {_there(columns)}" if near else _there(columns)
