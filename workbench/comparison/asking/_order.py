"""In which order a server is asked: row by row over all candidates that it can answer for at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from workbench.comparison.plan._candidate import Candidate
from workbench.comparison.plan._identity import as_listed
from workbench.comparison.plan._plan import Cell, Plan
from workbench.connections import Model

_MOST_ALIKE = (
    8  # rows: so many bear the cost of going over to another beginning once, and few are left uneven by a stop
)


def side_by_side(plan: Plan, numbers: Iterable[int], resident: Iterable[str]) -> list[list[int]]:
    """The candidates of one server in groups, each of which it answers without exchanging the models in its memory.

    Candidates of one model are one group; those of several are where the server holds these models at the same time,
    as it says itself, or as the connection's `models_loaded` does. A model with another length of its context is loaded
    anew, so that it counts as another one, and is never in a group with itself.

    Args:
        plan: The plan.
        numbers: The candidates of the server.
        resident: The models that the server holds at the same time, named as `listed_models` does.

    >>> from workbench.comparison import make_plan
    >>> side_by_side(make_plan("Wo?", "embedded", grid={"temperature": [0, 1]}), [0, 1], [])
    [[0, 1]]
    """
    loads: dict[tuple[str, int | None], list[int]] = {}
    for number in numbers:
        candidate = plan.candidates[number]
        loads.setdefault((candidate.name, candidate.options.context), []).append(number)
    together = set(resident)
    groups: list[dict[str, list[int]]] = []  # of each the candidates by the model's name
    for (name, _), same in loads.items():
        most = _models_loaded(plan.candidates[same[0]])
        fitting = (group for group in groups if name not in group and _fits(name, group, most, together))
        group = next(fitting, None)
        if group is None:
            groups.append({name: same})
        else:
            group[name] = same
    return [sorted(number for same in group.values() for number in same) for group in groups]


def _fits(name: str, group: Iterable[str], most: int | None, resident: set[str]) -> bool:
    """Whether a model can be in memory beside those of a group."""
    names = {name, *group}
    return set(map(as_listed, names)) <= resident if most is None else len(names) <= most


def _models_loaded(candidate: Candidate) -> int | None:
    return candidate.models_loaded if isinstance(candidate, Model) else None


def cells(plan: Plan, numbers: Sequence[int], order: Sequence[int]) -> Iterator[Cell]:
    """The cells of some candidates, in the order in which they are asked.

    All candidates get a prompt before any gets the next, and all a first time before any gets it again, so that answers
    stand side by side early and a run that is stopped has pairs. Only where a model has several system messages, and
    prompts have a long beginning in common, some rows are asked with one of them before the next: a server then works
    the beginning out once for all of them.

    Args:
        plan: The plan.
        numbers: The candidates.
        order: The numbers of the prompts, those that begin alike next to each other.
    """
    beginnings = _by_beginning(plan, numbers)
    blocks = ([prompt] for prompt in order) if len(beginnings) == 1 else _blocks(plan, order)
    for block in blocks:
        for alike in beginnings if len(block) > 1 else [numbers]:
            for prompt in block:
                for repeat in range(plan.repeats):
                    for number in alike:
                        yield plan.cell(prompt, number, repeat)


def _by_beginning(plan: Plan, numbers: Sequence[int]) -> list[Sequence[int]]:
    """The candidates, those together before whose prompts the same is sent; all, if no model has two beginnings."""
    of_models: dict[str, set[Any]] = {}
    groups: dict[Any, list[int]] = {}
    for number in numbers:
        candidate = plan.candidates[number]
        beginning = (candidate.system, candidate.options.tools)
        of_models.setdefault(candidate.name, set()).add(repr(beginning))
        groups.setdefault(repr(beginning), []).append(number)
    if all(len(beginnings) == 1 for beginnings in of_models.values()):
        return [numbers]
    return list(groups.values())


def _blocks(plan: Plan, order: Sequence[int]) -> Iterator[list[int]]:
    """The prompts in their order, some together where their beginning is long and the same."""
    block: list[int] = []
    for prompt in order:
        if block and (len(block) == _MOST_ALIKE or not plan.begin_alike(block[0], prompt)):
            yield block
            block = []
        block.append(prompt)
    if block:
        yield block
