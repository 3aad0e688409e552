"""What is voted on: two answers to the same prompt, in an order and on sides that are each voter's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby, zip_longest
from random import Random

from workbench.comparison.plan._dialogue import question_text, transcript
from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._results import Results
from workbench.comparison.scoring._run_rows import pairs
from workbench.comparison.scoring._scorer import Row
from workbench.texts import sha256


@dataclass(frozen=True, slots=True)
class Ballot:
    """Two answers that are voted on, as a voter sees them.

    Attributes:
        number: Which it is, from 1.
        of: How many there are.
        prompt: What was asked.
        first: One answer, with the names of models covered.
        second: The other.
        chosen: What was chosen before, where the voter went back; else "".
    """

    number: int
    of: int
    prompt: str
    first: str = field(repr=False)
    second: str = field(repr=False)
    chosen: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers, and whose they are.

    Attributes:
        first: The answer on the left.
        second: That on the right.
        prompt_digest: Fingerprint of the prompt.
        answers: Fingerprint of both answers, whichever is left.
    """

    first: Row = field(repr=False)
    second: Row = field(repr=False)
    prompt_digest: str = ""
    answers: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """What a vote on it is known by: prompt, repeat, models and answers."""
        return (
            self.prompt_digest,
            str(self.first.repeat),
            *sorted((self.first.model, self.second.model)),
            self.answers,
        )


def answer_text(row: Row) -> str:
    """An answer as a voter reads it: of a dialogue all answers, with the user's turns between them."""
    return transcript(row.prompt, (*row.earlier, row.reply))


def drawn_pairs(plan: Plan, results: Results, seed: str) -> tuple[list[Pair], int]:
    """All pairs of answers that count in a verdict, in a voter's order; and how many have twice the same answer.

    Every prompt comes once before one comes again, so that the first votes tell of all. Where both answers are the same
    there is nothing to vote on.

    Args:
        plan: The plan.
        results: What was answered.
        seed: What the order and the sides are drawn from.
    """
    random = Random(seed)
    there = list(pairs(plan, results))
    different = [pair for pair in there if answer_text(pair[0]).strip() != answer_text(pair[1]).strip()]
    by_prompt = [list(group) for _, group in groupby(different, lambda pair: pair[0].prompt_id)]
    random.shuffle(by_prompt)
    for group in by_prompt:
        random.shuffle(group)
    rounds = zip_longest(*by_prompt)
    ordered = [pair for one_of_each in rounds for pair in one_of_each if pair is not None]
    return [_sided(pair, random) for pair in ordered], len(there) - len(different)


def _sided(pair: Sequence[Row], random: Random) -> Pair:
    first, second = random.sample(pair, 2)
    in_order = sorted((row.model, answer_text(row)) for row in pair)
    return Pair(
        first,
        second,
        sha256(question_text(first.prompt) or "\n"),
        sha256("\0".join(answer for _, answer in in_order)),
    )
