"""The scorers of a run as code: those of `wb.scorers` whose settings are known."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Collection, Sequence
from typing import Any

from workbench.comparison import scorers
from workbench.comparison.code._expressions import Expression, call, expression
from workbench.comparison.journal._journal import KeptScorer
from workbench.comparison.scoring._rating import RATING

# Judges and referees hold texts and examples of which their identity tells only fingerprints.
_FACTORIES: dict[str, Callable[..., Any]] = {
    factory.__name__: factory
    for factory in (
        scorers.bleu,
        scorers.chrf,
        scorers.contains,
        scorers.exact,
        scorers.fields,
        scorers.number,
        scorers.perplexity,
        scorers.regex,
        scorers.rouge_l,
        scorers.schema,
        scorers.similarity,
        scorers.tool_calls,
    )
}


def written_scorers(names: Collection[str], kept: Sequence[KeptScorer]) -> tuple[list[Expression], list[str]]:
    """The scorers as code, and the names of those that only their maker can write.

    Args:
        names: The names of all that have scored; what people think is not asked for by code.
        kept: What is known of them.
    """
    known = {one.name: one for one in kept}
    parts, unknown = [], []
    for name in names:
        if name == RATING:
            continue
        part = _scorer(known[name]) if name in known else None
        if part is None:
            unknown.append(name)
        else:
            parts.append(part)
    return parts, unknown


def _scorer(kept: KeptScorer) -> Expression | None:
    """The call that makes the very same scorer; None where there is none that is known to."""
    told, end = _told(kept.identity)
    factory = _FACTORIES.get(str(told.get("scorer")))
    if factory is None:
        return None
    parameters = inspect.signature(factory).parameters
    try:
        settings = _arguments(told) | {"name": kept.name}
        named = {name: settings[name] for name in parameters if name in settings}
        given = {name: value for name, value in named.items() if value != parameters[name].default}
        made = factory(**given)
        written = {name: expression(value) for name, value in given.items()}
    except Exception:  # noqa: BLE001 - what a file tells of a scorer fails in every way
        return None
    is_same = (made.identity, made.better, made.columns) == (kept.identity[:end], kept.better, kept.columns)
    return call(f"wb.scorers.{factory.__name__}", **written) if is_same else None


def _told(identity: str) -> tuple[dict[str, Any], int]:
    """What an identity tells of its scorer, and where it ends: the fingerprint of a model may stand behind it."""
    try:
        told, end = json.JSONDecoder().raw_decode(identity)
    except (ValueError, RecursionError):
        return {}, 0
    return (told, end) if isinstance(told, dict) else ({}, 0)


def _arguments(told: dict[str, Any]) -> dict[str, Any]:
    """The settings as the functions of `wb.scorers` take them. Raises errors of many kinds for what is not one."""
    found = dict(told)
    if "column" in told:
        found["expected"] = told["column"]
    if "expected" in told:
        found["expected"] = _reference(told["expected"])
    if "fields" in told:
        found["expected"] = {field: _reference(one) for field, one in told["fields"].items()}
    if "calls" in told:
        found["expected"] = [{"name": name, "arguments": arguments} for name, arguments in told["calls"]]
    if "schema" in told:
        found["json_schema"] = told["schema"]
    return found


def _reference(told: Any) -> Any:
    return told["column"] if "column" in told else told["values"]
