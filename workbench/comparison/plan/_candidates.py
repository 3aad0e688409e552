"""From the models, functions and options that a user names to the candidates of a comparison."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workbench.arguments import as_python, listed, shown
from workbench.comparison.plan._candidate import Answering, Candidate, Function
from workbench.comparison.plan._fingerprint import function_name
from workbench.connections import Model, model
from workbench.errors import UsageError
from workbench.messages import Options

Asked = str | Model | Answering


def candidates(
    models: Asked | Sequence[Asked] | Mapping[str, Asked],
    system: str | Sequence[str] | Mapping[str, str] | None,
    grid: Mapping[str, Iterable[Any]],
    options: Mapping[str, Any],
) -> tuple[Candidate, ...]:
    """The candidates, each with a label of its own.

    Args:
        models: One or several models or coroutine functions; of a mapping, the keys are their labels.
        system: System message, or several, for the models.
        grid: For some options the values to try, for the models.
        options: Options and `schema` for the models.

    Raises:
        UsageError: If there is no model, two have the same label, an option is unknown or of the wrong type, or options
            are given where no candidate takes any.
        EngineError: If a connection had to be asked for its first model, and did not answer.

    >>> async def shout(prompt):
    ...     return prompt.upper()
    >>> [one.label for one in candidates({"loud": shout}, None, {}, {})]
    ['loud']
    """
    labelled, tried = _labelled(models), _grid(grid)
    if not any(isinstance(one, str | Model) for _, one in labelled):
        _check_no_options(system, grid, options)
    systems = _systems(system)
    chosen: list[Candidate] = []
    for label, one in labelled:
        if isinstance(one, str | Model):
            found = _with_options(one if isinstance(one, Model) else model(one), system, options)
            found = found if label is None else found.using(label=label)
            chosen += grid_of_models(found, tried, systems)
        elif inspect.iscoroutinefunction(one) or inspect.iscoroutinefunction(getattr(one, "__call__", None)):  # noqa: B004 - its `__call__` is looked into, not whether there is one
            chosen.append(Function(label or function_name(one), one))
        else:
            raise UsageError(
                "models= holds something that is not a model",
                advice='give names such as "embedded", wb.model(…), or coroutine functions (async def)',
            )
    labels = [candidate.label for candidate in chosen]
    for label in labels:
        # Not told apart by a suffix: nobody could say later which of the two had which options.
        if labels.count(label) > 1:
            raise UsageError(
                f"two candidates are called {label!r}",
                advice="give models= as a dict with a label for each, or models by model.using(label=…)",
            )
    return tuple(chosen)


def _labelled(models: Asked | Sequence[Asked] | Mapping[str, Asked]) -> list[tuple[str | None, Asked]]:
    """Each candidate with its label, None where it has its own."""
    if isinstance(models, Mapping):
        named: list[tuple[str | None, Asked]] = [(as_python(label), one) for label, one in models.items()]
        wrong = [label for label in models if not isinstance(label, str) or not label.strip()]
        if wrong:
            raise UsageError(f"models= has the label {wrong[0]!r}", advice="give each candidate a name, a text")
    else:
        several: list[Any] | None = listed(as_python(models))
        named = [(None, one) for one in ([as_python(models)] if several is None else several)]
    if not named:
        raise UsageError("there is no model to compare", advice='name one or more, such as "embedded"')
    return named


def _check_no_options(system: object, grid: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """Raise UsageError for what only models take, where there is none."""
    given = [*options, *(["system"] if system is not None else []), *(["grid"] if grid else [])]
    if given:
        raise UsageError(
            f"{given[0]}= is for models, and every candidate is a function",
            advice="leave it out, mend its name, or set it in the function",
        )


def _systems(system: str | Sequence[str] | Mapping[str, str] | None) -> Mapping[str, str]:
    """Several system messages by name; none where there are not several."""
    if system is None or isinstance(as_python(system), str):
        return {}
    named = system if isinstance(system, Mapping) else {}
    if (several := listed(system)) is not None:
        named = {f"system {number}": text for number, text in enumerate(several, 1)}
    if not named or not all(isinstance(text, str) for text in (*named, *named.values())):
        raise UsageError("system= must be a text, a list of texts, or a dict of texts")
    return named


def _grid(grid: Mapping[str, Iterable[Any]]) -> dict[str, list[Any]]:
    """The grid, with a list of values for each option. Raises UsageError where it is not one."""
    if not isinstance(grid, Mapping):
        advice = 'give one, such as {"temperature": [0, 0.7]}'
        raise UsageError(f"grid= must be a dict, not {shown(grid)}", advice=advice)
    tried: dict[str, list[Any]] = {}
    for option, values in grid.items():
        if option not in Options.__slots__:
            raise UsageError(
                f"grid= names {option!r}, which is not an option", advice=f"there are {', '.join(Options.__slots__)}"
            )
        values = as_python(values)
        several = [values] if isinstance(values, str) else listed(values)
        if several is None:
            raise UsageError(
                f"grid= holds no list of values for {option!r}", advice=f"give a list, such as [{shown(values)}]"
            )
        tried[option] = several
    return tried


def _with_options(chosen: Model, system: object, options: Mapping[str, Any]) -> Model:
    """The candidate with what it does not set itself."""
    own = {*chosen.options.asked(), *(["schema"] if chosen.schema is not None else [])}
    shared = as_python(system)
    return chosen.using(
        system=shared if chosen.system is None and isinstance(shared, str) else chosen.system,
        **{name: value for name, value in options.items() if name not in own},
    )


def grid_of_models(chosen: Model, grid: Mapping[str, Sequence[Any]], systems: Mapping[str, str]) -> list[Model]:
    """A model with every combination of the options in a grid and every system message, each with a label of its own.

    Args:
        chosen: The model.
        grid: For each option the values to try.
        systems: System messages by name.

    Raises:
        UsageError: If the grid holds no value for an option, or there is no such option.

    >>> from workbench.connections import model
    >>> [each.label for each in grid_of_models(model("embedded", label="m"), {"temperature": [0, 1]}, {})]
    ['m · temperature=0', 'm · temperature=1']
    """
    axes: list[list[tuple[str, dict[str, Any]]]] = []
    if systems:
        axes.append([(name, {"system": text}) for name, text in systems.items()])
    for option, values in grid.items():
        if not values:
            raise UsageError(f"grid= holds no value for {option!r}", advice="give a list of values")
        axes.append([(f"{option}={value}", {option: value}) for value in values])
    return [
        chosen.using(
            label=" · ".join((chosen.label, *(words for words, _ in combination))),
            **{name: value for _, changes in combination for name, value in changes.items()},
        )
        for combination in itertools.product(*axes)
    ]
