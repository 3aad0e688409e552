"""What a comparison of a team on several models says: what each agent did, and which model suffices for which role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from workbench.agents.variants import Answered, roles_of, swaps
from workbench.arguments import as_name
from workbench.comparison import Run
from workbench.comparison.statistics import Pair
from workbench.errors import UsageError
from workbench.notebook._shown import as_run

_TYPES = {
    "role": "str",
    "model": "str",
    "prompts": "int64",
    "difference": "Float64",
    "low": "Float64",
    "high": "Float64",
    "suffices": "str",
    "further_prompts": "Int64",
}


def roles(run: Run, *, expected: str | None = None) -> pd.DataFrame:
    """Count what each agent of a team did on which model, in a comparison of `wb.agents.variants`.

    Args:
        run: The comparison.
        expected: The column of the prompts' table that says which calls of tools are right, by the names of agents:
            `{"clerk": [{"name": "find_office", "arguments": {"city": "Bonn"}}]}`, or that as JSON.

    Returns:
        A row for each variant and agent: `variant`, `role`, `model`, `tasks`; the means of a task: `turns`,
        `prompt_tokens`, `tokens`, `loops` (things said or called again and again); `calls` of tools and `choices` of
        speakers in all; and the shares `valid_calls` (of a tool that was offered, by its schema), `right_tool` and
        `right_arguments` (of the calls that were expected), `valid_choices` (naming one member), each with `_low` and
        `_high` (95 % interval by Wilson); missing where there was nothing to count.

    Raises:
        UsageError: If it compares no team, there is no such column, or what is expected cannot be read.
    """
    return roles_of(_answered(run, expected))


def suffices(run: Run, scorer: str | None = None, *, margin: float = 0.1, confidence: float = 0.95) -> pd.DataFrame:
    """Say which model suffices for which role: whether the team is as good with it there as on the first model.

    Args:
        run: A comparison of `wb.agents.variants`, scored.
        scorer: Name of the score; None takes the only one.
        margin: By how much the score may be worse.
        confidence: Of the intervals.

    Returns:
        A row for each role and model, and for each model in all roles (role "all"): `role`, `model`, `prompts`,
        `difference` (of the mean score from the first variant's), `low`, `high`, `suffices` ("yes" where surely no
        more than the margin is lost, "no" where surely more is, else "undecided") and `further_prompts` (how many more
        would decide the difference, where that is known).

    Raises:
        UsageError: If it compares no such variants, or there is no such score.
    """
    changed = swaps(_answered(run, None))
    if not changed:
        raise UsageError(
            "no variant has another model in one role than the first", advice="give wb.agents.variants a list of models"
        )
    reference = run.plan.candidates[0].label
    found = run.verdict(scorer, margin=margin, confidence=confidence)
    rows = []
    for pair in found.pairs:
        if reference not in (pair.model, pair.other):
            continue
        seen = pair if pair.other == reference else _turned(pair)
        if seen.model in changed:
            known = seen.difference if seen.prompts else None
            said = _decided(seen if found.better == "higher" else _turned(seen), margin)
            rows.append((*changed[seen.model], seen.prompts, known, seen.low, seen.high, said, seen.further_prompts))
    columns = ["role", "model", "prompts", "difference", "low", "high", "suffices", "further_prompts"]
    return pd.DataFrame(rows, columns=columns).astype(_TYPES)


def _turned(pair: Pair) -> Pair:
    """The same seen from the other of the two."""
    low, high = (None if end is None else -end for end in (pair.high, pair.low))
    return replace(pair, model=pair.other, other=pair.model, difference=-pair.difference, low=low, high=high)


def _decided(pair: Pair, margin: float) -> str:
    """Whether the one loses no more than the margin, where more is better."""
    if pair.low is not None and pair.low > -margin:
        return "yes"
    return "no" if pair.high is not None and pair.high < -margin else "undecided"


def _answered(run: Run, expected: str | None) -> Iterator[Answered]:
    """What each candidate made of each prompt."""
    plan = as_run(run).plan
    right = None
    if expected is not None:
        expected = as_name("expected=", expected)
        if plan.table is None or expected not in plan.table.columns:
            raise UsageError(f"the prompts have no column {expected!r}", advice="give wb.compare a table that has it")
        right = plan.table[expected].tolist()
    indices = range(len(plan))
    for cell, result in zip(map(plan.cell_at, indices), run.results.several(indices), strict=True):
        if result is not None and result.reply is not None:
            label = plan.candidates[cell.candidate].label
            yield Answered(label, result.reply, None if right is None else right[cell.prompt])
