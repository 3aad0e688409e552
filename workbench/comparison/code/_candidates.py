"""The candidates of a plan as code: their names with what each is asked besides, or what all have in common."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from workbench.comparison.code._expressions import (
    Expression,
    Group,
    Text,
    UnwritableError,
    Word,
    braced,
    bracketed,
    call,
    expression,
)
from workbench.comparison.code._prompts import UNWRITTEN
from workbench.comparison.plan._candidate import Candidate, Function, SavedCandidate
from workbench.comparison.plan._fingerprint import function_name
from workbench.connections import Model, as_json_schema, model
from workbench.errors import WorkbenchError
from workbench.messages import Options, Tool

_TOOL = "from workbench import Tool"
_OF_CONNECTIONS = ("strict", "stop_repeats", "thoughts")


class WrittenCandidates(NamedTuple):
    """Candidates as code.

    Attributes:
        given: What is given as the models.
        named: What all models have in common, by the names of the arguments.
        remarks: What had to be left out, or is only named, by the key of its words and what these name.
    """

    given: Expression
    named: dict[str, Expression]
    remarks: list[tuple[str, str]]


def written_candidates(candidates: Sequence[Candidate]) -> WrittenCandidates:
    """The candidates of a plan, each with its label where that is not its name."""
    remarks: list[tuple[str, str]] = []
    settings: dict[int, dict[str, Expression]] = {}
    for number, one in enumerate(candidates):
        if not _is_function(one):
            settings[number], left_out = _settings(one)
            remarks += left_out
    common = _common(list(settings.values()))
    parts: list[tuple[str, Expression]] = []
    has_own_labels = False
    for number, one in enumerate(candidates):
        if number in settings:
            own = {name: given for name, given in settings[number].items() if name not in common}
            given: Expression = call("wb.model", Text(one.name), **own) if own else Text(one.name)
            has_own_labels |= one.label != one.name
        else:
            given, remark = _function(one)
            remarks.append(remark)
            has_own_labels |= not isinstance(one, Function) or one.label != function_name(one.function)
        parts.append((one.label, given))
    alone = [given for _, given in parts]
    return WrittenCandidates(braced(parts) if has_own_labels else bracketed(alone), common, remarks)


def _is_function(one: Candidate) -> bool:
    return isinstance(one, Function) or (isinstance(one, SavedCandidate) and "model" not in one.identity)


def _function(one: Candidate) -> tuple[Expression, tuple[str, str]]:
    """The name of a function of the notebook; of any other, and of what a file only tells of, there is none."""
    function = one.function if isinstance(one, Function) else None
    name = getattr(function, "__qualname__", "")
    if name.isidentifier() and not keyword.iskeyword(name):
        return Word(name), ("function", name)
    return UNWRITTEN, ("unnamed_function", one.label)


def _settings(one: Candidate) -> tuple[dict[str, Expression], list[tuple[str, str]]]:
    """What a model is asked besides the prompts, by the names of the arguments, and what of it cannot be written."""
    asked = _asked(one)
    # A file may tell of options that there are not, and a name stands in the code as it is.
    found = {"system": one.system} | {name: value for name, value in asked.items() if name in Options.__slots__}
    if isinstance(one, Model) and not one.strict:
        found["strict"] = False
    remarks = [("option", f"{name!r}, {one.label!r}") for name in asked if name not in found]
    if isinstance(one.schema, type):
        remarks.append(("schema", one.schema.__name__))
    written: dict[str, Expression] = {}
    for name, value in found.items():
        if value is None:
            continue
        try:
            written[name] = _tools(value) if name == "tools" else expression(value)
        except UnwritableError:
            remarks.append(("option", f"{name!r}, {one.label!r}"))
    return written, remarks


def _asked(one: Candidate) -> Mapping[str, Any]:
    """The options and the schema of a model; with those that its connection would set otherwise."""
    if isinstance(one, SavedCandidate):
        kept = one.identity.get("options")
        return {**(kept if isinstance(kept, Mapping) else {}), "schema": one.identity.get("schema")}
    usual = _usual(one.name)
    names = [name for name in Options.__slots__ if getattr(one.options, name) != getattr(usual, name)]
    otherwise = {name: getattr(one.options, name) for name in names}
    return one.options.asked() | otherwise | {"schema": one.schema and as_json_schema(one.schema)}


def _usual(name: str) -> Options:
    """The options of a model of which nothing is said, as its connection has them."""
    try:
        return model(name).options
    except WorkbenchError:  # a connection that is not there any more sets nothing
        return Options()


def _tools(value: Any) -> Expression:
    """Tools of a model, or as a file tells of them. Raises UnwritableError for what is not one."""
    parts: list[Expression] = []
    for one in value if isinstance(value, list | tuple) else ():
        told = [one.get(field.name) for field in fields(Tool)] if isinstance(one, Mapping) else _told(one)
        parts.append(Group("Tool(", [("", expression(each)) for each in told], ")", _TOOL))
    return bracketed(parts)


def _told(one: Any) -> list[Any]:
    if not isinstance(one, Tool):
        raise UnwritableError(f"{type(one).__name__} is not a tool")
    return [one.name, one.description, one.parameters]


def _common(all_settings: Sequence[Mapping[str, Expression]]) -> dict[str, Expression]:
    """What all models are asked alike, which is said once; what a connection may set, each model says for itself."""
    first, *others = all_settings or [{}]
    return {
        name: given
        for name, given in first.items()
        if name not in _OF_CONNECTIONS and all(other.get(name) == given for other in others)
    }
