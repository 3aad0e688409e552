"""A model as referee: which of two answers to the same prompt is better, asked in both orders."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from workbench.compare._plan import check_count
from workbench.compare._score import Row
from workbench.compare.scorers._arguments import as_model
from workbench.compare.scorers._asking import (
    DEFAULTS,
    MATERIAL,
    REASON,
    Judgement,
    answer_text,
    ask,
    framed,
    prompt_text,
    told,
)
from workbench.compare.scorers._bare import bare_winner
from workbench.compare.scorers._reference import as_text, reference
from workbench.compare.scorers._spread import spread
from workbench.compare.scorers._texts import identity, line
from workbench.connections import Model
from workbench.errors import UsageError

_SYSTEM = """\
You compare two answers to the same task, A and B. The task, both answers and, if there is one, a reference stand \
between two lines with the same mark. {material}

What makes an answer better:
{criterion}

Neither the order of the answers nor their length counts. Give the reason first, in one or two sentences, then the \
winner: "A", "B", or "tie" where neither is better."""
_PROMPT = """\
{frames}

Which of the answers marked {mark} is better? Write a JSON object with "reason" and then "winner": "A", "B" or "tie"."""
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"reason": REASON, "winner": {"type": "string", "enum": ["A", "B", "tie"]}},
    "required": ["reason", "winner"],
    "additionalProperties": False,
}
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
            came about, which is no tie.

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
        """The vote on two answers of different candidates to the same prompt.

        Raises:
            UsageError: If they answer different prompts, are of the same candidate, or neither is of the winner.
            EngineError: If the referee's model cannot be asked.
        """
        if (first.prompt_id, prompt_text(first)) != (second.prompt_id, prompt_text(second)):
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


def referee(
    model: Model | str, criterion: str, *, name: str | None = None, expected: Any = None, **options: Any
) -> Referee:
    """A model says which of two answers is better. It is asked twice, with the answers swapped.

    Where both orders name the same answer, it wins; anything else is a tie, as models tend to prefer the answer in a
    certain place. Equal answers are a tie without asking. The answers are shown as for `judge`.

    Args:
        model: The model that decides, or its "connection/name".
        criterion: What makes an answer better, in your words.
        name: What tables call it; None takes "referee".
        expected: Where the model is to see a right answer: a text names its column, a list holds accepted ones.
        options: Options of the model; without them temperature 0, seed 1 and at most 600 tokens.

    Returns:
        The referee; `await referee.compare_pair(first, second)` is one vote.

    Raises:
        UsageError: If `model` is no model, the criterion is empty, an option is unknown, or there is no such
            connection.

    Source: L. Zheng et al. (2023), Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena.

    >>> referee("embedded", "The clearer answer is better.").name
    'referee'
    """
    if not isinstance(criterion, str) or not criterion.strip():
        raise UsageError("the referee has no criterion", advice="say what makes an answer better")
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise UsageError(f"name={name!r} cannot be", advice="give the referee a name, a text")
    right = None if expected is None else reference(expected)
    deciding = as_model(model)
    asked = {**DEFAULTS, **options}
    system = _SYSTEM.format(material=MATERIAL, criterion=criterion)

    async def judged(task: str, answers: tuple[str, str], known: Mapping[str, str]) -> Judgement:
        mark, frames = framed({"task": task, "answer A": answers[0], "answer B": answers[1], **known})
        return await ask(deciding, system, _PROMPT.format(frames=frames, mark=mark), _SCHEMA, asked, bare_winner)

    async def compare(first: Row, second: Row) -> Vote:
        if not first.answer.strip() or not second.answer.strip():
            return _vote(first, second, None, "an answer is empty", None)
        answers = answer_text(first), answer_text(second)
        if answers[0] == answers[1]:
            return _vote(first, second, None, "the answers are equal", True)
        known = {}
        if right is not None:
            values = right.accepted(first)
            if not values:
                return _vote(first, second, None, right.lacking.note, None)
            known["reference"] = "\n".join(map(as_text, values))
        task = prompt_text(first)
        straight = await judged(task, answers, known)
        swapped = await judged(task, answers[::-1], known)
        return _decided(first, second, straight, swapped)

    seen = {} if right is None else {"expected": right.identity}
    texts = {"system": system, "prompt": _PROMPT, "schema": _SCHEMA}
    told_of = identity("referee", 2, **told(deciding, asked), **texts, **seen)
    return Referee(
        "referee" if name is None else name, told_of, compare, deciding, () if right is None else right.columns
    )


def _decided(first: Row, second: Row, straight: Judgement, swapped: Judgement) -> Vote:
    if straight.found is None or swapped.found is None:
        return _vote(first, second, None, f"no vote: {straight.problem or swapped.problem}", None)
    labels = {"A": first.model, "B": second.model, "tie": None}
    winner = labels[straight.found["winner"]]
    other_way = {"A": second.model, "B": first.model, "tie": None}[swapped.found["winner"]]
    if winner == other_way:
        return _vote(first, second, winner, straight.found["reason"], True)
    reason = f"the orders disagree: {straight.found['reason']} / swapped: {swapped.found['reason']}"
    return _vote(first, second, None, reason, False)


def _vote(first: Row, second: Row, winner: str | None, reason: str, agrees: bool | None) -> Vote:
    return Vote(first.prompt_id, first.repeat, first.model, second.model, winner, line(reason, 1000), agrees)


async def pairwise(
    rows_first: Iterable[Row],
    rows_second: Iterable[Row],
    model: Model | str,
    criterion: str,
    *,
    concurrency: int = 8,
    expected: Any = None,
    **options: Any,
) -> pd.DataFrame:
    """Votes on the answers of two candidates, prompt by prompt and repeat by repeat.

    Args:
        rows_first: Answers of one candidate.
        rows_second: Answers of another; those without a counterpart are left out.
        model: As for `referee`, and so are `criterion`, `expected` and `options`.
        criterion: What makes an answer better.
        concurrency: How many pairs are voted on at once.
        expected: Where the model is to see a right answer.
        options: Options of the model.

    Returns:
        A table of `vote_table`. A warning tells how many pairs got no vote.

    Raises:
        UsageError: As for `referee`; if nothing can be paired, or a candidate has two answers to one prompt and repeat.
    """
    deciding = referee(model, criterion, expected=expected, **options)
    return vote_table(await pair_votes(deciding, _pairs(rows_first, rows_second), concurrency))


async def pair_votes(
    deciding: Referee,
    pairs: Iterable[tuple[Row, Row]],
    concurrency: int = 8,
    *,
    known: Callable[[Row, Row], Vote | None] | None = None,
    keep: Callable[[Row, Row, Vote], None] | None = None,
) -> list[Vote]:
    """The votes on pairs of answers, in their order; one at which the referee fails has no vote.

    Args:
        deciding: The referee.
        pairs: Two answers to the same prompt each.
        concurrency: How many pairs are voted on at once.
        known: Says the vote on a pair that is kept already, or None; then the referee is not asked.
        keep: Takes each vote as soon as it is there. It is not called where the referee failed.

    Raises:
        UsageError: If a pair cannot be compared. What `known` and `keep` raise goes on to the caller.
    """
    check_count("concurrency", concurrency)

    async def voted(pair: tuple[Row, Row]) -> Vote:
        if known and (vote := known(*pair)):
            return vote
        try:
            vote = await deciding.compare_pair(*pair)
        except UsageError:
            raise
        except Exception as error:  # noqa: BLE001 - one pair must not end the others; the warning names the class
            return _vote(*pair, None, f"no vote: {type(error).__name__}: {error}", None)
        if keep:
            keep(*pair, vote)
        return vote

    return await spread(voted, pairs, concurrency)


def _pairs(rows_first: Iterable[Row], rows_second: Iterable[Row]) -> list[tuple[Row, Row]]:
    first, second = _by_place(rows_first), _by_place(rows_second)
    if not first.keys() & second.keys():
        raise UsageError("no two answers belong together", advice="give the rows of two candidates of one comparison")
    return [(row, second[place]) for place, row in first.items() if place in second]


def _by_place(rows: Iterable[Row]) -> dict[tuple[int, int], Row]:
    found: dict[tuple[int, int], Row] = {}
    for row in rows:
        place = (row.prompt_id, row.repeat)
        if place in found:
            raise UsageError(
                f"prompt {row.prompt_id}, repeat {row.repeat} has two answers on one side",
                advice="give the rows of one candidate",
            )
        found[place] = row
    return found


def vote_table(votes: Iterable[Vote]) -> pd.DataFrame:
    """Votes as a table; pairs that got no vote are left out, as they are no ties, and a warning counts them.

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
