"""The plan of a run once more: of the same models, or of others in their places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from workbench.arguments import as_python, listed
from workbench.comparison.plan._candidate import Candidate, Function, SavedCandidate
from workbench.comparison.plan._candidates import Asked, candidates
from workbench.comparison.plan._plan import Plan
from workbench.connections import Model, Schema, model
from workbench.errors import UsageError
from workbench.messages import Options

Models = Asked | Sequence[Asked] | Mapping[str, Asked]


def plan_again(plan: Plan, models: Models | None) -> Plan:
    """The same prompts and repeats, asked of the same candidates or of others.

    Args:
        plan: What was asked, also as it was opened from a file.
        models: None asks the same. One takes the place of every candidate, a list the places of all in their order, a
            dict those of the labels that are its keys. Each is asked with the options of the candidate whose place it
            takes, but for those that it sets itself.

    Returns:
        The plan; a candidate that asks another model has that one's label.

    Raises:
        UsageError: If there are not as many models as candidates, a label is unknown, or a candidate cannot be asked.
        ConnectionUnknownError: If there is no such connection here.
    """
    given = _places(plan, models)
    again = [_again(old, new) for old, new in zip(plan.candidates, given, strict=True)]
    counts = Counter(one.label for one in again)
    labelled = [
        replace(new, label=f"{new.label} · {old.label}") if counts[new.label] > 1 else new
        for old, new in zip(plan.candidates, again, strict=True)
    ]
    return replace(plan, candidates=tuple(labelled))


def _places(plan: Plan, models: Models | None) -> list[Asked | None]:
    """For each candidate what is asked in its place; None where it is asked itself."""
    labels = [candidate.label for candidate in plan.candidates]
    if models is None:
        return [None] * len(labels)
    if isinstance(models, Mapping):
        if wrong := [label for label in models if label not in labels]:
            raise UsageError(
                f"models= names {wrong[0]!r}, which was not asked", advice=f"there are {', '.join(labels)}"
            )
        return [models.get(label) for label in labels]
    several = listed(as_python(models))
    if several is None:
        return [models] * len(labels)  # type: ignore[list-item]
    if len(several) != len(labels):
        raise UsageError(
            f"models= has {len(several)} models for {len(labels)} candidates",
            advice="give one for all, one for each in their order, or a dict by their labels",
        )
    return list(several)


def _again(old: Candidate, new: Asked | None) -> Candidate:
    if isinstance(old, Function) and new is None:
        return replace(old)  # which is looked at anew
    if new is None:
        return askable(old)
    (chosen,) = candidates(new, None, {}, {})
    if not isinstance(chosen, Model) or isinstance(old, Function):
        return chosen
    options, own = _asked(old), chosen.options.asked()
    schema = _schema(old)
    return chosen.using(
        label=old.label if chosen.name == old.name else None,
        system=old.system if chosen.system is None else None,
        schema=schema if chosen.schema is None else None,
        **{name: value for name, value in options.asked().items() if name not in own},
    )


def askable(old: Candidate) -> Candidate:
    """A candidate that can be asked: of one of a file what the file tells of it. Raises UsageError for a function."""
    if not isinstance(old, SavedCandidate):
        return old
    if "model" not in old.identity:
        raise UsageError(
            f"the candidate {old.label!r} was a function, which no file holds", advice="give models= with the function"
        )
    found = replace(model(old.name), options=Options())
    return found.using(label=old.label, system=old.system, schema=_schema(old), **_asked(old).asked())


def _asked(old: Candidate) -> Options:
    """The options of a candidate, without the schema."""
    if not isinstance(old, SavedCandidate):
        return replace(old.options, schema=None)
    kept = old.identity.get("options", {})
    try:
        options = msgspec.convert(kept, Options)
    except msgspec.ValidationError as error:
        raise UsageError(f"the options of {old.label!r} cannot be asked: {error}") from None
    # The key of a cell tells 0 and 0.0 apart.
    numbers: dict[str, Any] = {
        name: value for name, value in kept.items() if type(value) is int and name in Options.__slots__
    }
    return replace(options, schema=None, **numbers)


def _schema(old: Candidate) -> Schema | None:
    return old.identity.get("schema") if isinstance(old, SavedCandidate) else old.schema
