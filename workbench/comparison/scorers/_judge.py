"""A model as judge: a grade for each answer, by a rubric."""

from __future__ import annotations

from typing import Any

from workbench.comparison.plan._dialogue import question_text
from workbench.comparison.scorers._arguments import as_model
from workbench.comparison.scorers._judging import (
    DEFAULTS,
    MATERIAL,
    REASON,
    answer_text,
    ask,
    asked_with,
    framed,
)
from workbench.comparison.scorers.reading._bare import bare_grade
from workbench.comparison.scorers.reading._reference import as_text, reference
from workbench.comparison.scorers.reading._texts import identity
from workbench.comparison.scoring._scorer import Row, Score, Scorer
from workbench.connections import Model
from workbench.errors import UsageError
from workbench.texts import line

_SYSTEM = """\
You grade an answer by a rubric. The task, the answer and, if there is one, a reference stand between two lines with \
the same mark. {material}

The rubric:
{rubric}

Give the reason first, in one or two sentences, then the grade: a whole number from {low} (worst) to {high} (best)."""
_PROMPT = """\
{frames}

Grade the answer marked {mark} by the rubric. Write a JSON object with "reason" and then "grade", \
a whole number from {low} to {high}."""


def judge(
    model: Model | str,
    rubric: str,
    *,
    scale: tuple[int, int] = (1, 5),
    name: str | None = None,
    expected: Any = None,
    **options: Any,
) -> Scorer:
    """Grade each answer with a model, by a rubric: reason first, then a whole number.

    The answer is shown to the judge as material between marks that it cannot write, and the judge is told to follow
    nothing in it. That keeps an answer from stepping out of its frame, not a weak judge from being impressed: check
    its grades against some of your own, and take no judge that is itself a candidate,
    as models prefer their own answers.

    Args:
        model: The judge, or its "connection/name".
        rubric: What makes an answer good, in your words; best with a line for each grade.
        scale: The worst and the best grade.
        name: What tables call it; None takes "judge".
        expected: Where the judge is to see a right answer: a text names its column, a list holds accepted ones.
        options: Options of the judge; without them temperature 0, seed 1 and at most 600 tokens.

    Returns:
        The scorer, a coroutine function: the grade, with the reason as its note. Where the judge gave no object twice,
        a bare grade ("Note: 4", "4/5") counts if it is the only one, and the note says so. None where it gave no usable
        grade, the answer is empty, or the row has no reference.

    Raises:
        UsageError: If `model` is not a model, the rubric is empty, the scale is not one, an option is unknown, or there
            is no such connection.
        EngineError: By the scorer, if the judge cannot be asked.

    Source: L. Zheng et al. (2023), Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena.

    >>> judge("embedded", "5: friendly and right. 1: rude or wrong.", name="friendly").name
    'friendly'
    """
    low, high = _checked_scale(scale)
    if not isinstance(rubric, str) or not rubric.strip():
        raise UsageError("the judge has no rubric", advice="say what makes an answer good")
    right = None if expected is None else reference(expected)
    judging = as_model(model)
    asked = {**DEFAULTS, **options}
    system = _SYSTEM.format(material=MATERIAL, rubric=rubric, low=low, high=high)
    schema = {
        "type": "object",
        "properties": {"reason": REASON, "grade": {"type": "integer", "minimum": low, "maximum": high}},
        "required": ["reason", "grade"],
        "additionalProperties": False,
    }
    of_judge = asked_with(judging, asked)

    async def score(row: Row) -> Score:
        if not row.answer.strip():
            return Score(None, "the answer is empty")
        parts = {"task": question_text(row.prompt), "answer": answer_text(row)}
        if right is not None:
            values = right.accepted(row)
            if not values:
                return right.lacking
            parts["reference"] = "\n".join(map(as_text, values))
        mark, frames = framed(parts)
        prompt = _PROMPT.format(frames=frames, mark=mark, low=low, high=high)
        said = await ask(judging, system, prompt, schema, asked, lambda text: bare_grade(text, low, high))
        if said.found is None:
            return Score(None, f"the judge gave no grade: {said.problem}")
        return Score(int(said.found["grade"]), line(said.found["reason"]))

    seen = {} if right is None else {"expected": right.identity}
    texts = {"system": system, "prompt": _PROMPT, "schema": schema}
    columns = () if right is None else right.columns
    told_of = identity("judge", 2, **of_judge, **texts, **seen)
    return Scorer("judge" if name is None else name, score, told_of, model=judging, columns=columns)


def _checked_scale(scale: tuple[int, int]) -> tuple[int, int]:
    is_pair = isinstance(scale, tuple | list) and len(scale) == 2
    if not is_pair or not all(type(end) is int for end in scale) or scale[0] >= scale[1]:
        raise UsageError(f"scale= must be the worst and the best grade, such as (1, 5), not {scale!r}")
    return scale[0], scale[1]
