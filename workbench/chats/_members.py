"""The models that take part in a chat, each with a label of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.arguments import as_python, as_text, listed, shown
from workbench.connections import Model, model
from workbench.errors import UsageError

_OF_TOOLS = ("tools", "tool_choice")

Member = str | Model
Members = Member | Sequence[Member] | Mapping[str, Member]


def members(models: Members, system: str | None = None, options: Mapping[str, Any] | None = None) -> tuple[Model, ...]:
    """The models of a chat.

    Args:
        models: One or several; of a mapping, the keys are their labels.
        system: System message for those that have none of their own.
        options: `schema` and fields of `Options`, for all.

    Raises:
        UsageError: If there is no model, two have the same label, or an option cannot be used.
        EngineError: If a connection had to be asked for its first model, and did not answer.

    >>> [one.label for one in members({"sober": "embedded"})]
    ['sober']
    """
    for name in _OF_TOOLS:
        if name in (options or {}):
            raise UsageError(f"a chat carries out no tools, so {name}= means nothing", advice="take wb.agents for them")
    found = tuple(_member(label, one, system, options or {}) for label, one in _labelled(models))
    if not found:
        raise UsageError("there is no model to talk to", advice='name one, such as "embedded"')
    labels = [one.label for one in found]
    for label in labels:
        if labels.count(label) > 1:
            raise UsageError(
                f"two models of the chat are called {label!r}", advice='give labels: {"sober": …, "inventive": …}'
            )
    return found


def _labelled(models: Members) -> list[tuple[str | None, Member]]:
    models = as_python(models)
    if isinstance(models, Mapping):
        return [(as_text("a label of models=", label), one) for label, one in models.items()]
    if isinstance(models, str | Model):
        return [(None, models)]
    several = listed(models)
    if several is None:
        raise UsageError(f"models= must name models, not {shown(models)}", advice='give "connection/model", or a list')
    return [(None, one) for one in several]


def _member(label: str | None, one: Member, system: str | None, options: Mapping[str, Any]) -> Model:
    if not isinstance(one, str | Model):
        raise UsageError("models= holds something that is not a model", advice='give names such as "embedded"')
    found = model(one) if isinstance(one, str) else one
    if found.options.tools:
        raise UsageError(f"a chat carries out no tools, and {found.label} has some", advice="take wb.agents for them")
    return found.using(label=label, system=system if found.system is None else None, **options)
