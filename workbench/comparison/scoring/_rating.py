"""What a person thinks of an answer: a score like any other, that is given cell by cell."""

from __future__ import annotations

from typing import Any

from workbench.arguments import as_python, as_whole
from workbench.comparison.journal._journal import KeptScorer
from workbench.comparison.journal._keys import said_key
from workbench.comparison.plan._plan import Cell, Plan
from workbench.comparison.results._results import Results
from workbench.comparison.scoring._scorer import Score
from workbench.errors import UsageError
from workbench.texts import as_unicode

RATING = "rating"
RATER = KeptScorer(RATING, "a person", "higher", ())
RATING_KEY = said_key(RATER.name, RATER.identity, {})


def rating(good: Any, comment: Any) -> Score:
    """The rating that is meant. Raises UsageError for what is not one.

    >>> rating(True, "short and right"), rating(None, "ask a colleague")
    (Score(value=True, note='short and right'), Score(value=None, note='ask a colleague'))
    """
    good = as_python(good)
    if not (good is None or isinstance(good, bool)):
        raise UsageError(f"good= must be True, False or None, not {good!r}")
    if not isinstance(comment, str):
        raise UsageError(f"comment= must be a text, not {type(comment).__name__}")
    return Score(good, as_unicode(comment.strip()))


def rated_cell(plan: Plan, results: Results, prompt: int, model: str, repeat: int) -> Cell:
    """The cell that somebody rates. Raises UsageError where there is none, or no answer."""
    prompt, repeat = as_whole("prompt=", prompt, 0), as_whole("repeat=", repeat, 0)
    labels = [candidate.label for candidate in plan.candidates]
    if model not in labels:
        raise UsageError(f"no model of this run is called {model!r}", advice=f"there are {', '.join(labels)}")
    if prompt >= len(plan.prompts) or repeat >= plan.repeats:
        there = f"prompts are counted from 0 to {len(plan.prompts) - 1}, repeats to {plan.repeats - 1}"
        raise UsageError(f"this run has no prompt {prompt} with repeat {repeat}", advice=there)
    cell = plan.cell(prompt, labels.index(model), repeat)
    if results.status(cell.index) != "answered":
        raise UsageError(f"{model} has not answered prompt {prompt}", advice="rate what is answered")
    return cell
