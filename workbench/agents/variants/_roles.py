"""What each agent of a team did on which model, over all tasks of a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import pandas as pd

from workbench.agents.session import interval
from workbench.agents.variants._deeds import Deeds
from workbench.arguments import shown
from workbench.errors import UsageError
from workbench.json_text import read_json
from workbench.messages import Reply

_SHARES = ("valid_calls", "right_tool", "right_arguments", "valid_choices")
_TYPES = {"variant": "str", "role": "str", "model": "str", "tasks": "int64", "calls": "int64", "choices": "int64"}


@dataclass(frozen=True, slots=True)
class Answered:
    """What a team made of one task.

    Attributes:
        variant: The label of the candidate.
        reply: The answer; of a failed one what had come.
        expected: The calls that are right, by the names of agents: a mapping, or its JSON; None where nobody said.
    """

    variant: str
    reply: Reply
    expected: Any = None


class _Share(NamedTuple):
    """How often something was so, of how many."""

    yes: int = 0
    all: int = 0

    def plus(self, other: _Share) -> _Share:
        return _Share(self.yes + other.yes, self.all + other.all)


def roles_of(answered: Iterable[Answered]) -> pd.DataFrame:
    """What each agent did, by variant.

    Args:
        answered: What each variant made of each task.

    Returns:
        A row for each variant and agent, with the columns of `wb.roles`.

    Raises:
        UsageError: If none is the answer of a team, or what is expected cannot be read.
    """
    found: dict[tuple[str, str], list[tuple[Deeds, Any]]] = {}
    for one in answered:
        expected = _expected(one.expected)
        for role, deeds in _deeds(one.reply).items():
            found.setdefault((one.variant, role), []).append((deeds, expected.get(role)))
    if not found:
        raise UsageError("no answer is that of a team", advice="compare what wb.agents.variants makes")
    rows = [_row(variant, role, done) for (variant, role), done in found.items()]
    return pd.DataFrame(rows).astype(_TYPES)


def swaps(answered: Iterable[Answered]) -> dict[str, tuple[str, str]]:
    """The variants that differ from the first in one role, or in all: role ("all") and model by label."""
    models: dict[str, dict[str, str]] = {}
    for one in answered:
        models.setdefault(one.variant, {}).update({role: deeds.model for role, deeds in _deeds(one.reply).items()})
    first, *others = models.items() if models else [("", {})]
    found = {}
    for variant, chosen in others:
        changed = [role for role, model in chosen.items() if first[1].get(role, model) != model]
        if len(changed) == 1:
            found[variant] = (changed[0], chosen[changed[0]])
        elif changed and len({chosen[role] for role in changed}) == 1 and len(changed) == len(chosen):
            found[variant] = ("all", chosen[changed[0]])
    return found


def _deeds(reply: Reply) -> dict[str, Deeds]:
    """What each agent did, as the reply tells it; nothing for an answer that is not a team's."""
    try:
        return msgspec.convert(reply.details.get("roles", {}), dict[str, Deeds])
    except msgspec.ValidationError:
        return {}


def _expected(given: Any) -> Mapping[str, Any]:
    """The right calls by the names of agents. Raises UsageError for anything else."""
    if isinstance(given, str) and given.strip():
        try:
            given = read_json(given)
        except ValueError as error:
            raise UsageError(f"the expected calls are {error}", advice=_ADVICE) from None
    if isinstance(given, Mapping):
        return given
    if given is None or isinstance(given, str) or given is pd.NA or given != given:
        return {}
    raise UsageError(f"the expected calls must be a dictionary or its JSON, not {shown(given)}", advice=_ADVICE)


_ADVICE = 'write {"clerk": [{"name": "find_office", "arguments": {"city": "Bonn"}}]}'


def _row(variant: str, role: str, done: Sequence[tuple[Deeds, Any]]) -> dict[str, Any]:
    tasks = len(done)
    every = [deeds for deeds, _ in done]
    calls, choices = sum(len(one.calls) for one in every), sum(one.choices for one in every)
    tool, arguments = _Share(), _Share()
    for deeds, expected in done:
        of_tool, of_arguments = _right(deeds.calls, expected)
        tool, arguments = tool.plus(of_tool), arguments.plus(of_arguments)
    valid = _Share(calls - sum(one.invalid_calls for one in every), calls)
    chosen = _Share(choices - sum(one.invalid_choices for one in every), choices)
    row: dict[str, Any] = {"variant": variant, "role": role, "model": every[-1].model, "tasks": tasks}
    row |= {"turns": sum(one.turns for one in every) / tasks}
    row |= {"prompt_tokens": sum(one.prompt_tokens for one in every) / tasks}
    row |= {"tokens": sum(one.tokens for one in every) / tasks}
    row |= {"loops": sum(one.loops for one in every) / tasks, "calls": calls, "choices": choices}
    for name, share in zip(_SHARES, (valid, tool, arguments, chosen), strict=True):
        row |= _in_columns(name, share)
    return row


def _in_columns(name: str, share: _Share) -> dict[str, float]:
    """A share with its interval; missing where there was nothing to count."""
    if not share.all:
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"), float("nan"))
    low, high = interval(share.yes / share.all, share.all)
    return {name: share.yes / share.all, f"{name}_low": low, f"{name}_high": high}


def _right(made: Sequence[tuple[str, str]], expected: Any) -> tuple[_Share, _Share]:
    """How many of the expected calls were made with the right tool, and with the right arguments too."""
    if expected is None:
        return _Share(), _Share()
    if not isinstance(expected, list) or not all(isinstance(one, Mapping) and "name" in one for one in expected):
        raise UsageError("the expected calls of an agent are not a list of calls", advice=_ADVICE)
    left = [(name, _read(arguments)) for name, arguments in made]
    tools = arguments = 0
    # Those that are right as a whole first, so that none of them is used up by one that is right by its name alone.
    names: list[str] = []
    for one in expected:
        whole = (one["name"], one.get("arguments", {}))
        if whole in left:
            left.remove(whole)
            tools, arguments = tools + 1, arguments + 1
        else:
            names.append(one["name"])
    for name in names:
        same = next((call for call in left if call[0] == name), None)
        if same is not None:
            left.remove(same)
            tools += 1
    return _Share(tools, len(expected)), _Share(arguments, len(expected))


def _read(arguments: str) -> Any:
    try:
        return read_json(arguments or "{}")
    except ValueError:
        return None
