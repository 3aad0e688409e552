"""Votes on which of two answers is better, and who gives them."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass, field

import pandas as pd

from workbench.arguments import as_whole
from workbench.comparison.plan._dialogue import question_text
from workbench.comparison.scoring._bounded import bounded_gather
from workbench.comparison.scoring._scorer import Row
from workbench.connections import Model
from workbench.errors import UsageError
from workbench.texts import line

_TYPES = {
    "prompt_id": "Int64",
    "repeat": "Int64",
    "first": "string",
    "second": "string",
    "winner": "string",
    "reason": "string",
    "swapped_agrees": "boolean",
}


@dataclass(frozen=True, slots=True)
class Vote:
    """Which of two answers to the same prompt is better.

    Attributes:
        prompt_id: Number of the prompt.
        repeat: Number of the repeat.
        first: Label of one candidate.
        second: Label of the other.
        winner: Label of the better one; None for a tie, or where nobody could tell.
        reason: Why, in one line; of the order in which the first one's answer is A.
        swapped_agrees: Whether the answers in the other order got the same vote; a False is a tie. None where no vote
            came about, which is not a tie.

    >>> Vote(0, 0, "embedded", "gpu/mistral-small", "embedded", "A is shorter.", True).is_given
    True
    """

    prompt_id: int
    repeat: int
    first: str
    second: str
    winner: str | None
    reason: str
    swapped_agrees: bool | None

    @property
    def is_given(self) -> bool:
        """Whether there is a vote at all, be it a tie."""
        return self.swapped_agrees is not None


@dataclass(frozen=True, slots=True)
class Referee:
    """A named way to say which of two answers is better.

    Attributes:
        name: What tables call it.
        identity: All that the votes depend on besides the two rows, as a text; votes are kept under it.
        function: From two rows to a vote.
        model: The model that it asks, whose version its votes depend on too; None where it asks none.
        columns: The columns of the table that its votes depend on; None where it may read any.
    """

    name: str
    identity: str
    function: Callable[[Row, Row], Awaitable[Vote]] = field(repr=False)
    model: Model | None = field(default=None, repr=False)
    columns: tuple[str, ...] | None = None

    async def compare_pair(self, first: Row, second: Row) -> Vote:
        """Vote on two answers of different candidates to the same prompt.

        Raises:
            UsageError: If they answer different prompts, are of the same candidate, or neither is of the winner.
            EngineError: If the referee's model cannot be asked.
        """
        if (first.prompt_id, question_text(first.prompt)) != (second.prompt_id, question_text(second.prompt)):
            raise UsageError(
                f"these answer different prompts, {first.prompt_id} and {second.prompt_id}",
                advice="compare answers to the same prompt",
            )
        if first.model == second.model:
            raise UsageError(f"both answers are of {first.model!r}", advice="compare two candidates")
        vote = await self.function(first, second)
        if vote.winner not in (None, first.model, second.model):
            raise UsageError(
                f"the winner {vote.winner!r} is neither of both", where=self.name, advice="mend the referee"
            )
        return vote


def vote_on(first: Row, second: Row, winner: str | None, reason: str, agrees: bool | None) -> Vote:
    return Vote(first.prompt_id, first.repeat, first.model, second.model, winner, line(reason, 1000), agrees)


async def pair_votes(
    deciding: Referee,
    pairs: Iterable[tuple[Row, Row]],
    concurrency: int = 8,
    *,
    known: Callable[[Row, Row], Vote | None] | None = None,
    keep: Callable[[Row, Row, Vote], None] | None = None,
) -> list[Vote]:
    """Ask for votes on pairs of answers, in their order; one at which the referee fails has no vote.

    Args:
        deciding: The referee.
        pairs: Two answers to the same prompt each.
        concurrency: How many pairs are voted on at once.
        known: Says the vote on a pair that is kept already, or None; then the referee is not asked.
        keep: Takes each vote as soon as it is there. It is not called where the referee failed.

    Raises:
        UsageError: If a pair cannot be compared. What `known` and `keep` raise goes on to the caller.
    """
    concurrency = as_whole("concurrency=", concurrency, 1)

    async def voted(pair: tuple[Row, Row]) -> Vote:
        if known and (vote := known(*pair)):
            return vote
        try:
            vote = await deciding.compare_pair(*pair)
        except UsageError:
            raise
        except Exception as error:  # noqa: BLE001 - one pair must not end the others; the warning names the class
            return vote_on(*pair, None, f"no vote: {type(error).__name__}: {error}", None)
        if keep:
            keep(*pair, vote)
        return vote

    return await bounded_gather(voted, pairs, concurrency)


def vote_table(votes: Iterable[Vote]) -> pd.DataFrame:
    """Write votes as a table; pairs that got no vote are left out, as they are not ties, and a warning counts them.

    Returns:
        prompt_id, repeat, first, second (labels), winner (label, missing for a tie), reason, swapped_agrees.

    >>> vote_table([Vote(0, 0, "a", "b", "a", "A is right.", True)])["winner"].tolist()
    ['a']
    """
    all_votes = list(votes)
    given = [vote for vote in all_votes if vote.is_given]
    if lacking := [vote for vote in all_votes if not vote.is_given]:
        message = f"{len(lacking)} of {len(all_votes)} pairs got no vote, the first because: {lacking[0].reason}"
        warnings.warn(message, stacklevel=2)
    return pd.DataFrame([asdict(vote) for vote in given], columns=list(_TYPES)).astype(_TYPES)
