"""Cells of a run once more, answered or not, for the same journal and the same run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from workbench.arguments import as_python, as_whole, listed
from workbench.comparison.journal._copy import Copy
from workbench.comparison.plan._plan import Plan
from workbench.comparison.run._again import askable
from workbench.comparison.run._comparison import Comparison
from workbench.comparison.run._run import Run
from workbench.errors import UsageError


def asked_again(run: Run, cells: Collection[int], concurrency: int | None = None) -> Comparison:
    """A comparison that asks cells of a run again; what comes is in the run and in its journal.

    Args:
        run: The run, also as it was opened.
        cells: The cells, by their index.
        concurrency: As for `Comparison`.

    Raises:
        UsageError: If one of their candidates cannot be asked.
    """
    asked = {run.plan.cell_at(index).candidate for index in cells}
    candidates = tuple(askable(one) if number in asked else one for number, one in enumerate(run.plan.candidates))
    plan = replace(run.plan, candidates=candidates)
    path = run.results.path
    resumed = path if isinstance(run.results, Copy) else None
    journal = None if resumed else path
    answered = [index for index in cells if run.results.status(index) == "answered"]
    return Comparison(
        plan, concurrency=concurrency, resumed=resumed, journal=journal, only=cells, anew=answered, into=run
    )


def cells_of(plan: Plan, prompt: Any, model: Any, repeat: Any) -> list[int]:
    """The cells that are meant, by their index.

    Args:
        plan: The plan.
        prompt: Number of the prompt, from 0, or several.
        model: Label of the candidate, or several.
        repeat: Number of the repeat, from 0, or several.

    Raises:
        UsageError: If there are none such, or neither prompt nor model is said.

    >>> from workbench.comparison import make_plan
    >>> cells_of(make_plan(["Was?", "Wo?"], {"a": "embedded", "b": "embedded"}), None, "b", None)
    [1, 3]
    """
    if prompt is None and model is None:
        raise UsageError(
            "it is not said what is to be asked again",
            advice="give prompt= or model=, or both; wb.rerun asks all of it in a run of its own",
        )
    labels = [one.label for one in plan.candidates]
    prompts = _numbers("prompt=", prompt, len(plan.prompts))
    repeats = _numbers("repeat=", repeat, plan.repeats)
    wanted = labels if model is None else _several(model)
    if wrong := [one for one in wanted if one not in labels]:
        raise UsageError(f"no model of this run is called {wrong[0]!r}", advice=f"there are {', '.join(labels)}")
    return [
        cell.index
        for cell in plan.cells()
        if cell.prompt in prompts and labels[cell.candidate] in wanted and cell.repeat in repeats
    ]


def _numbers(name: str, given: Any, count: int) -> set[int]:
    if given is None:
        return set(range(count))
    numbers = {as_whole(name, one, 0) for one in _several(given)}
    if wrong := sorted(number for number in numbers if number >= count):
        raise UsageError(f"{name} cannot be {wrong[0]}", advice=f"they are counted from 0 to {count - 1}")
    return numbers


def _several(given: Any) -> list[Any]:
    given = as_python(given)
    several = None if isinstance(given, str) else listed(given)
    return [given] if several is None else several
