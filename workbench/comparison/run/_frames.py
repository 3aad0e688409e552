"""The answers of a run as tables: a row for each cell, or for each answer that a cell had before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from workbench.comparison.plan._dialogue import Dialogue, transcript
from workbench.comparison.plan._plan import Cell, Plan
from workbench.comparison.results._result import Result
from workbench.comparison.results._results import Results
from workbench.comparison.run._given import given_columns
from workbench.comparison.scoring._score_store import SaidOfOne, ScoreStore, earlier_answers
from workbench.comparison.scoring._scorer import Score

_TYPES = {
    "prompt_id": "Int64",
    "prompt": "string",
    "model": "string",
    "repeat": "Int64",
    "answer": "string",
    "error": "string",
    "load_s": "Float64",
    "first_token_s": "Float64",
    "total_s": "Float64",
    "prompt_tokens": "Int64",
    "tokens": "Int64",
    "tokens_per_s": "Float64",
    "finish": "string",
    "warnings": "string",
    "tries": "Int64",
    "left_out": "string",
    "recorded_at": "string",
}
_OF_DIALOGUES = {"dialogue": "string"}
_OF_ASKED_AGAIN = {"earlier_answers": "Int64"}
_OF_EARLIER = {"number": "Int64", "said": "string"}
# What a column of the table is never called, so that its name stays when there are dialogues or earlier answers.
_OWN = _TYPES | _OF_DIALOGUES | _OF_ASKED_AGAIN


def frames(plan: Plan, results: Results, rows: int) -> Iterator[pd.DataFrame]:
    """The frame of a run, as `Run.frame` tells it, in parts of so many rows."""
    counts = results.earlier_counts()
    types = _types(plan) | (_OF_ASKED_AGAIN if counts else {})
    given = given_columns(plan.table, plan.prompts, _OWN)
    for start in range(0, len(plan), rows):
        indices = range(start, min(start + rows, len(plan)))
        cells = map(plan.cell_at, indices)
        told = (
            _row(plan, cell, result) | ({"earlier_answers": counts.get(cell.index, 0)} if counts else {})
            for cell, result in zip(cells, results.several(indices), strict=True)
        )
        yield _with_given(_frame(told, types, indices), given)


def earlier_frame(plan: Plan, results: Results, scores: ScoreStore) -> pd.DataFrame:
    """The earlier answers of a run, as `Run.earlier` tells them. Raises JournalError."""
    rows = []
    for index in sorted(results.earlier_counts()):
        cell = plan.cell_at(index)
        for number, (result, said) in enumerate(earlier_answers(results, scores, cell)):
            rows.append(_row(plan, cell, result) | {"number": number, "said": _in_words(said)})
    own = _types(plan)
    names = list(own)
    place = names.index("repeat") + 1
    types = {name: (own | _OF_EARLIER)[name] for name in (*names[:place], "number", *names[place:])}
    given = given_columns(plan.table, plan.prompts, _OWN | _OF_EARLIER)
    frame = _with_given(_frame(rows, types, range(len(rows))), given)
    return frame.assign(said=pd.Series([row["said"] for row in rows], dtype="string"))


def _frame(rows: Iterable[dict[str, Any]], types: Mapping[str, str], index: range) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(types), index=index).astype(types)


def _with_given(frame: pd.DataFrame, given: pd.DataFrame | None) -> pd.DataFrame:
    if given is None:
        return frame
    return pd.concat([frame, given.iloc[frame["prompt_id"]].set_axis(frame.index)], axis=1)


def _types(plan: Plan) -> dict[str, str]:
    """The columns of the frame before those of the table."""
    has_dialogues = any(isinstance(prompt, Dialogue) for prompt in plan.prompts)
    return _TYPES | (_OF_DIALOGUES if has_dialogues else {})


def _row(plan: Plan, cell: Cell, result: Result | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "prompt_id": cell.prompt,
        "prompt": plan.prompt_text(cell.prompt),
        "model": plan.candidates[cell.candidate].label,
        "repeat": cell.repeat,
    }
    if result is None:
        return row | {"finish": "not asked", "left_out": "not asked"}
    if isinstance(asked := plan.prompts[cell.prompt], Dialogue):
        row["dialogue"] = f"▸ {asked.turns[0]}\n\n{transcript(asked, result.replies)}"
    row |= {"error": result.problem, "tries": result.tries, "left_out": result.left_out}
    if reply := result.reply:
        row |= {"answer": reply.text, **reply.figures}
    return row


def _in_words(said: SaidOfOne) -> str | None:
    """What was said of an answer as one text; None where nothing was.

    >>> _in_words({"rating": {"rating": Score(True, "gut")}, "words": {"words": Score(3)}})
    'rating: True (gut); words: 3'
    """
    scores = {name: score for of_scorer in said.values() for name, score in of_scorer.items()}
    return (
        "; ".join(f"{name}: {_value(one)}{f' ({one.note})' if one.note else ''}" for name, one in scores.items())
        or None
    )


def _value(score: Score) -> str:
    """The value in short; "–" where there is none."""
    if score.value is None:
        return "–"
    return str(score.value) if isinstance(score.value, bool) else f"{score.value:g}"
