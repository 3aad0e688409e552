"""The answers of a run as scorers and referees see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations, groupby
from typing import Any

from workbench.comparison.plan._candidate import Candidate, SavedCandidate
from workbench.comparison.plan._plan import Cell, Plan
from workbench.comparison.results._result import LeftOut
from workbench.comparison.results._results import Results
from workbench.comparison.scoring._scorer import Row
from workbench.engines import part_thoughts
from workbench.messages import Reply


class Places:
    """The cells of a plan by the rows that scorers see."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._numbers = {candidate.label: number for number, candidate in enumerate(plan.candidates)}

    def cell(self, row: Row) -> Cell:
        return self._plan.cell(row.prompt_id, self._numbers[row.model], row.repeat)


def rows(plan: Plan, results: Results) -> Iterator[Row]:
    """Every whole answer, as scorers see it."""
    return (row for row, _ in _rows(plan, results))


def pairs(plan: Plan, results: Results) -> Iterator[tuple[Row, Row]]:
    """Every two answers to the same prompt and repeat that count in a verdict."""
    counted = (row for row, left_out in _rows(plan, results) if left_out is None)
    for _, of_prompt in groupby(counted, lambda row: row.prompt_id):
        by_repeat: dict[int, list[Row]] = {}
        for row in of_prompt:
            by_repeat.setdefault(row.repeat, []).append(row)
        for together in by_repeat.values():
            yield from combinations(together, 2)


def _rows(plan: Plan, results: Results) -> Iterator[tuple[Row, LeftOut | None]]:
    """Every whole answer, and why it does not count in a verdict."""
    given = Given(plan)
    for cell, result in zip(plan.cells(), results.several(range(len(plan))), strict=True):
        if result is not None and result.status == "answered" and result.reply is not None:
            candidate, asked = plan.candidates[cell.candidate], plan.prompts[cell.prompt]
            reply, *earlier = (_as_answer(one, candidate) for one in (result.reply, *result.earlier))
            row = Row(cell.prompt, asked, candidate.label, cell.repeat, reply, given.row(cell.prompt), tuple(earlier))
            yield row, result.left_out


def _as_answer(reply: Reply, candidate: Candidate) -> Reply:
    """A reply whose text is the answer alone: what an earlier version kept, or a function gave, may hold thoughts too.

    Not where the thoughts were to stay in the text.
    """
    if reply.reasoning or _keeps_thoughts(candidate):
        return reply
    answer, thoughts = part_thoughts(reply.text)
    return replace(reply, text=answer, reasoning=thoughts) if thoughts else reply


def _keeps_thoughts(candidate: Candidate) -> bool:
    asked = candidate.identity.get("options") if isinstance(candidate, SavedCandidate) else candidate.options.asked()
    return isinstance(asked, Mapping) and asked.get("thoughts") == "text"


class Given:
    """What the table gives to those who score.

    Args:
        plan: The plan.
    """

    def __init__(self, plan: Plan) -> None:
        table = plan.table
        self._columns: dict[str, list[Any]] = {}
        if table is not None:
            self._columns = {str(name): table.iloc[:, number].tolist() for number, name in enumerate(table.columns)}

    def row(self, prompt: int) -> dict[str, Any]:
        """The row of a prompt, by column; empty without a table."""
        return {name: values[prompt] for name, values in self._columns.items()}


def seen(given: Mapping[str, Any], columns: Iterable[str] | None) -> Mapping[str, Any]:
    """Of a row of the table what is seen by someone who reads these columns, or all of them for None.

    >>> seen({"city": "Bonn", "zip": 53111}, ["city", "street"])
    {'city': 'Bonn'}
    """
    return given if columns is None else {name: given[name] for name in columns if name in given}
