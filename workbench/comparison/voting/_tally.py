"""What votes say: strengths of models with intervals, and how many more votes would decide who is ahead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from typing import Any

import pandas as pd

from workbench.comparison.statistics import bradley_terry, verdict
from workbench.comparison.statistics._votes import ranked
from workbench.comparison.voting._standing import Standing, standing_words
from workbench.comparison.voting._vote_file import KeptVote, VotesOfOne
from workbench.errors import UsageError
from workbench.language import usual_language

_LEAST_PROMPTS = 5  # fewer say nothing of how many more it takes
_TYPES = {
    "voter": "string",
    "prompt_id": "Int64",
    "prompt_digest": "string",
    "repeat": "Int64",
    "first": "string",
    "second": "string",
    "choice": "string",
    "winner": "string",
    "at": "string",
}


@dataclass(frozen=True)
class Tally:
    """Votes of one or several people, and what they say.

    Attributes:
        votes: A row for each: `voter`, `prompt_id`, `prompt_digest`, `repeat`, `first` and `second` (labels, as they
            stood on the left and on the right), `choice` ("1", "2", "=", and "s" where it was skipped), `winner`
            (missing for a tie), `at` (UTC).
    """

    votes: pd.DataFrame = field(repr=False)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for each model, the strongest first, as `wb.statistics.bradley_terry` gives it.

        Columns: `model`, `strength`, `low`, `high`, `wins`, `losses`, `ties`.

        Raises:
            UsageError: If there is no vote that counts.
        """
        counted = self._counted
        if counted.empty:
            raise UsageError("there is no vote yet", advice='vote first: vote.choose("1")')
        return bradley_terry(counted.assign(prompt_id=counted["prompt_digest"])).frame

    @cached_property
    def standing(self) -> Standing:
        """How far the votes decide who is ahead."""
        counted = self._counted
        if counted.empty:
            return Standing()
        leader, other = ranked(counted)[:2]
        between = counted[counted["first"].isin([leader, other]) & counted["second"].isin([leader, other])]
        prompts = between["prompt_digest"].nunique()
        standing = Standing(len(counted), leader, other)
        if not prompts:
            return standing
        (pair,) = verdict(_scores(between)).pairs
        if pair.decision in ("better", "worse"):
            return Standing(len(counted), pair.model, pair.other, is_decided=True)
        if prompts < _LEAST_PROMPTS:
            return standing
        if pair.further_prompts is None:
            return Standing(len(counted), leader, other, is_hopeless=True)
        return Standing(len(counted), leader, other, further=ceil(pair.further_prompts * len(counted) / prompts))

    @property
    def advice(self) -> str:
        """In a sentence or two who is ahead, whether that is decided, and how many more votes would decide it."""
        return standing_words(self.standing, usual_language())

    @property
    def _counted(self) -> pd.DataFrame:
        return self.votes[self.votes["choice"] != "s"]

    def __repr__(self) -> str:
        return self.advice


def tally_of(voters: Iterable[VotesOfOne]) -> Tally:
    """Count the votes of people; whoever has no name, or that of another, has a number."""
    rows: list[dict[str, Any]] = []
    names: set[str] = set()
    for number, one in enumerate(voters, 1):
        name = one.voter.name or f"{number}"
        name = f"{name} ({number})" if name in names else name
        names.add(name)
        rows += [_row(name, vote) for vote in one.votes]
    return Tally(pd.DataFrame(rows, columns=list(_TYPES)).astype(_TYPES))


def _row(voter: str, vote: KeptVote) -> dict[str, Any]:
    taken = {name: getattr(vote, name) for name in _TYPES if name != "voter"}
    return {"voter": voter} | taken


def _scores(votes: pd.DataFrame) -> pd.DataFrame:
    """The votes between two models as scores of both; votes on the same prompt count as repeats."""
    rows = [
        {"prompt_id": digest, "model": model, "repeat": number, "value": float(winner is not pd.NA and winner == model)}
        for number, (digest, first, second, winner) in enumerate(
            votes[["prompt_digest", "first", "second", "winner"]].itertuples(index=False, name=None)
        )
        for model in (first, second)
    ]
    return pd.DataFrame(rows)
