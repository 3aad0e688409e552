"""A model as referee: which of two answers to the same prompt is better, asked in both orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from workbench.comparison.plan._dialogue import question_text
from workbench.comparison.scorers._arguments import as_model
from workbench.comparison.scorers._judging import (
    DEFAULTS,
    MATERIAL,
    REASON,
    Judgement,
    answer_text,
    ask,
    asked_with,
    framed,
)
from workbench.comparison.scorers.reading._bare import bare_winner
from workbench.comparison.scorers.reading._reference import as_text, reference
from workbench.comparison.scorers.reading._texts import identity
from workbench.comparison.scoring._scorer import Row
from workbench.comparison.scoring._votes import Referee, Vote, pair_votes, vote_on, vote_table
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


def referee(
    model: Model | str, criterion: str, *, name: str | None = None, expected: Any = None, **options: Any
) -> Referee:
    """Ask a model which of two answers is better. It is asked twice, with the answers swapped.

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
        UsageError: If `model` is not a model, the criterion is empty, an option is unknown, or there is no such
            connection.

    Source: L. Zheng et al. (2023), Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena.

    >>> referee("embedded", "The clearer answer is better.").name
    'referee'
    """
    if not isinstance(criterion, str) or not criterion.strip():
        raise UsageError("the referee has no criterion", advice="say what makes an answer better")
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise UsageError(f"name= must be a text that names the referee, not {name!r}")
    right = None if expected is None else reference(expected)
    deciding = as_model(model)
    asked = {**DEFAULTS, **options}
    system = _SYSTEM.format(material=MATERIAL, criterion=criterion)

    async def judged(task: str, answers: tuple[str, str], known: Mapping[str, str]) -> Judgement:
        mark, frames = framed({"task": task, "answer A": answers[0], "answer B": answers[1], **known})
        return await ask(deciding, system, _PROMPT.format(frames=frames, mark=mark), _SCHEMA, asked, bare_winner)

    async def compare(first: Row, second: Row) -> Vote:
        if not first.answer.strip() or not second.answer.strip():
            return vote_on(first, second, None, "an answer is empty", None)
        answers = answer_text(first), answer_text(second)
        if answers[0] == answers[1]:
            return vote_on(first, second, None, "the answers are equal", True)
        known = {}
        if right is not None:
            values = right.accepted(first)
            if not values:
                return vote_on(first, second, None, right.lacking.note, None)
            known["reference"] = "\n".join(map(as_text, values))
        task = question_text(first.prompt)
        straight = await judged(task, answers, known)
        swapped = await judged(task, answers[::-1], known)
        return _decided(first, second, straight, swapped)

    seen = {} if right is None else {"expected": right.identity}
    texts = {"system": system, "prompt": _PROMPT, "schema": _SCHEMA}
    told_of = identity("referee", 2, **asked_with(deciding, asked), **texts, **seen)
    return Referee(
        "referee" if name is None else name, told_of, compare, deciding, () if right is None else right.columns
    )


def _decided(first: Row, second: Row, straight: Judgement, swapped: Judgement) -> Vote:
    if straight.found is None or swapped.found is None:
        return vote_on(first, second, None, f"no vote: {straight.problem or swapped.problem}", None)
    labels = {"A": first.model, "B": second.model, "tie": None}
    winner = labels[straight.found["winner"]]
    other_way = {"A": second.model, "B": first.model, "tie": None}[swapped.found["winner"]]
    if winner == other_way:
        return vote_on(first, second, winner, straight.found["reason"], True)
    reason = f"the orders disagree: {straight.found['reason']} / swapped: {swapped.found['reason']}"
    return vote_on(first, second, None, reason, False)


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
    """Ask for votes on the answers of two candidates, prompt by prompt and repeat by repeat.

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
