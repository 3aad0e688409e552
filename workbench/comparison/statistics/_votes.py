"""Strengths of models from votes between two answers at a time."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import UsageError

_DRAWS = 500
# A weak pull to equal strengths, as a model that never lost would else be infinitely strong.
_PULL = 0.1


@dataclass(frozen=True, slots=True)
class Strengths:
    """How strong models are in direct comparison.

    Attributes:
        frame: A row for each model, the strongest first: `model`, `strength` (difference of two is the logarithm of
            the odds that the one wins), `low`, `high` (its interval), `wins`, `losses`, `ties`.
    """

    frame: pd.DataFrame

    def chance(self, model: str, other: str) -> float:
        """Return the probability that the one model wins against the other.

        Raises:
            UsageError: If there is no vote on one of them.
        """
        found = self.frame.set_index("model")["strength"]
        for name in (model, other):
            if name not in found.index:
                raise UsageError(f"there is no vote on {name!r}", advice=f"there are {', '.join(found.index)}")
        return 1 / (1 + exp(float(found[other]) - float(found[model])))


def bradley_terry(votes: pd.DataFrame, *, confidence: float = 0.95, seed: int = 0) -> Strengths:
    """Fit the Bradley-Terry model to votes.

    A tie counts as half a vote for each. The intervals come from drawing prompts anew, all votes on a prompt together,
    500 times. Two made-up prompts are among them, on which each pair got a vote for the one and for the other, so that
    a few votes of one mind are not taken for certainty.

    Args:
        votes: Columns `prompt_id`, `first`, `second` (labels of the models) and `winner` (one of the two, or missing
            for a tie).
        confidence: Of the intervals.
        seed: Of the drawing.

    Raises:
        UsageError: If there is no vote, a column is missing, a winner is neither of the two, or confidence is not
            a share.

    Source: R. A. Bradley, M. E. Terry, Rank analysis of incomplete block designs, 1952; B. Efron, Bootstrap methods,
    1979; fitted by the package choix.

    >>> votes = pd.DataFrame({"prompt_id": range(4), "first": "A", "second": "B", "winner": ["A", "A", "A", "B"]})
    >>> bradley_terry(votes).frame["model"].tolist()
    ['A', 'B']
    """
    if missing := [name for name in ("prompt_id", "first", "second", "winner") if name not in votes]:
        raise UsageError(f"the votes have no column {missing[0]!r}", advice="give those of run.votes")
    if not isinstance(confidence, Real) or not 0 < confidence < 1:
        raise UsageError(f"confidence= must be a number between 0 and 1, such as 0.95, not {confidence!r}")
    if votes.empty:
        raise UsageError("there is no vote", advice="let a judge vote first")
    wrong = votes["winner"].notna() & (votes["winner"] != votes["first"]) & (votes["winner"] != votes["second"])
    if wrong.any():
        raise UsageError(
            f"the winner {votes.loc[wrong, 'winner'].iloc[0]!r} is not one of the two", advice="mend the votes"
        )
    names = sorted({*votes["first"], *votes["second"]})
    numbers = {name: number for number, name in enumerate(names)}
    by_prompt = [_wins(group, numbers) for _, group in votes.groupby("prompt_id", sort=True)]
    strengths = _fitted(sum(by_prompt))
    drawn = _drawn([*by_prompt, *_one_each(sum(by_prompt))], seed)
    tail = (1 - confidence) / 2
    ends = np.quantile(drawn, [tail, 1 - tail], axis=0)
    rows = [
        {"model": name, "strength": strengths[number], "low": ends[0, number], "high": ends[1, number]}
        | _counted(votes, name)
        for name, number in numbers.items()
    ]
    return Strengths(pd.DataFrame(rows).sort_values("strength", ascending=False, ignore_index=True))


def ranked(votes: pd.DataFrame) -> list[str]:
    """The models of votes as `bradley_terry` takes them, the strongest first, without the work for intervals."""
    names = sorted({*votes["first"], *votes["second"]})
    strengths = _fitted(_wins(votes, {name: number for number, name in enumerate(names)}))
    return [names[number] for number in np.argsort(-strengths, kind="stable")]


def _wins(votes: pd.DataFrame, numbers: dict[str, int]) -> Any:
    """A matrix of how often the row's model won against the column's."""
    won = np.zeros((len(numbers), len(numbers)))
    for first, second, winner in zip(votes["first"], votes["second"], votes["winner"], strict=True):
        one, other = numbers[first], numbers[second]
        if pd.isna(winner):
            won[one, other] += 0.5
            won[other, one] += 0.5
        else:
            loser = second if winner == first else first
            won[numbers[winner], numbers[loser]] += 1
    return won


def _one_each(won: Any) -> tuple[Any, Any]:
    """Two prompts on which all that met got a vote: the one on the first prompt, the other on the second."""
    ahead = np.triu(won + won.T > 0, 1).astype(float)
    return ahead, ahead.T


def _fitted(won: Any) -> Any:
    from choix import ilsr_pairwise_dense

    return ilsr_pairwise_dense(won, alpha=_PULL)


def _drawn(by_prompt: list[Any], seed: int) -> Any:
    generator = np.random.default_rng(seed)
    stacked = np.stack(by_prompt)
    counts = generator.multinomial(len(stacked), np.full(len(stacked), 1 / len(stacked)), size=_DRAWS)
    return np.array([_fitted(np.tensordot(count, stacked, axes=1)) for count in counts])


def _counted(votes: pd.DataFrame, name: str) -> dict[str, int]:
    mine = votes[(votes["first"] == name) | (votes["second"] == name)]
    wins, ties = int((mine["winner"] == name).sum()), int(mine["winner"].isna().sum())
    return {"wins": wins, "losses": len(mine) - wins - ties, "ties": ties}
