"""Where a conversation went wrong, found by experiment: what becomes of it from each turn on.

After each turn the conversation is continued several times with live models, and the ends are scored. The turn after
which success is lost is the one that broke it. That continuing tells what reading cannot is the finding of studies of
failing teams: read logs name the decisive step in fewer than one of five cases (Zhang et al., 2025, "Which agent causes
task failures and when?").
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import pandas as pd

from workbench.agents.session._branches import Branch, Changes, Tools, branch_of
from workbench.agents.session._play import Play
from workbench.agents.session._turn import Turn
from workbench.arguments import as_whole
from workbench.errors import UsageError

Score = float | bool
Scorer = Callable[[str], Score | Awaitable[Score]]
"""From the last message of a conversation: 1 or True for success, 0 or False for none, or something between."""

_Z = 1.96  # 95 %


class _Row(NamedTuple):
    """What became of a conversation from a turn on."""

    turn: int
    agent: str
    success: float
    low: float
    high: float
    samples: int
    drop: float


@dataclass(frozen=True, slots=True)
class Blame:
    """What became of a conversation from each turn on.

    Attributes:
        frame: One row for each turn: `turn`, `agent`, `success` (mean of the scores after it), `low` and `high` (95 %
            Wilson interval), `samples`, `drop` (how much success fell in this turn).
        turn: The turn in which success fell most, if that is more than chance (95 % interval of the difference by
            Newcombe, 1998, method 10); None if nothing is sure.
        calls: How often models were asked for this.
    """

    frame: pd.DataFrame
    turn: int | None
    calls: int

    def __repr__(self) -> str:
        if self.turn is None:
            return f"no turn is surely to blame ({len(self.frame)} turns tried, {self.calls} calls)"
        row = self.frame[self.frame["turn"] == self.turn].to_dict("records")[0]
        fell = f"success fell by {row['drop']:.0%} ({self.calls} calls)"
        return f"turn {self.turn} ({row['agent']}) is to blame: {fell}"


def calls_for(turns: Sequence[Turn], samples: int) -> int:
    """How often models will be asked, if the continuations take as long as the conversation did."""
    samples = as_whole("samples=", samples, 1)
    asked = [sum(one.kind == "model" for one in turn.asked) for turn in turns]
    return samples * sum(sum(asked[place + 1 :]) for place in range(len(turns)))


async def blamed(tree: list[Branch], branch: Branch, scorer: Scorer, samples: int, tools: Tools) -> Blame:
    """What became of a line from each turn on; its continuations are not branches of the tree."""
    if branch.play.stop_reason is None:
        raise UsageError("the conversation has not ended", advice="run it to its end first")
    turns = branch.play.turns
    scores: list[list[float]] = []
    calls = 0
    for turn in turns:
        ends = []
        for _ in range(samples):
            made = branch_of(list(tree), branch, turn, Changes(), "live", tools)
            await _to_its_end(made.play)
            ends.append(await _score_of(scorer, made.play.last_message))
            calls += sum(one.kind == "model" and not one.recorded for turn in made.own for one in turn.asked)
        scores.append(ends)
    return found(turns, scores, calls)


async def score_all(tree: Sequence[Branch], scorer: Scorer) -> None:
    """Score how each branch ended by its last message; one that has not ended gets none."""
    for branch in tree:
        play = branch.play
        if play.stop_reason is not None:
            branch.scored = play.turns[-1], await _score_of(scorer, play.last_message)


async def _to_its_end(play: Play) -> None:
    while play.stop_reason is None:
        await play.step(deliver=True)
        if play.halted is not None:
            raise UsageError(
                f"a continuation cannot go on: {play.halted.text}",
                advice='let tools run by a policy, or say tools="dry"',
            )


async def _score_of(scorer: Scorer, text: str) -> float:
    """The score of a text, between 0 and 1."""
    score = scorer(text)
    value = float(await score if inspect.isawaitable(score) else score)
    return min(1.0, max(0.0, value))


def found(turns: Sequence[Turn], scores: Sequence[Sequence[float]], calls: int) -> Blame:
    """What the scores of the continuations from each turn say.

    Args:
        turns: The turns, the task first.
        scores: The scores of each turn's continuations.
        calls: How often models were asked.
    """
    rows: list[_Row] = []
    for turn, ends in zip(turns, scores, strict=True):
        success = sum(ends) / len(ends)
        low, high = interval(success, len(ends))
        drop = rows[-1].success - success if rows else float("nan")
        rows.append(_Row(turn.number, turn.agent, success, low, high, len(ends), drop))
    frame = pd.DataFrame(rows, columns=_Row._fields).astype({"agent": "str"})
    return Blame(frame, _to_blame(rows), calls)


def interval(share: float, number: int) -> tuple[float, float]:
    """The 95 % interval of a share by Wilson (1927).

    >>> [round(end, 2) for end in interval(0.5, 10)]
    [0.24, 0.76]
    """
    spread = _Z * ((share * (1 - share) + _Z**2 / (4 * number)) / number) ** 0.5
    middle, scale = share + _Z**2 / (2 * number), 1 + _Z**2 / number
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def _to_blame(rows: Sequence[_Row]) -> int | None:
    if len(rows) < 2:
        return None
    before, after = max(pairwise(rows), key=lambda pair: pair[1].drop)
    chance = ((before.success - before.low) ** 2 + (after.high - after.success) ** 2) ** 0.5
    return after.turn if after.drop > chance else None
