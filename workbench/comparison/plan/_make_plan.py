"""Making a plan of what a user gives: prompts or a table, candidates, and how often each is asked."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from workbench.arguments import MOST, as_python, as_whole, listed, sendable
from workbench.comparison.plan._candidates import Asked, candidates
from workbench.comparison.plan._dialogue import Dialogue, Question
from workbench.comparison.plan._plan import Plan
from workbench.comparison.plan._template import from_column, from_templates
from workbench.connections import as_messages
from workbench.errors import PromptError


def make_plan(
    prompts: str | Dialogue | Sequence[Question] | pd.Series[Any] | pd.DataFrame,
    models: Asked | Sequence[Asked] | Mapping[str, Asked],
    *,
    template: str | Sequence[str] | None = None,
    column: str | None = None,
    system: str | Sequence[str] | Mapping[str, str] | None = None,
    grid: Mapping[str, Iterable[Any]] | None = None,
    repeats: int = 1,
    shuffle: int | None = None,
    **options: Any,
) -> Plan:
    """Plan a comparison. No prompt is sent; a connection without a model's name is asked which model comes first.

    Args:
        prompts: A text, a dialogue, a list (or column, array, generator) of texts, conversations and dialogues, or a
            DataFrame.
        models: One or several "connection/model", models made with `wb.model(...).using(label=...)`, or coroutine
            functions that get a prompt and give a text or a reply; of a dict the keys are their labels.
        template: Jinja template over the columns of the DataFrame, such as `"Antworte auf: {{ letter }}"`; every row
            makes a prompt, and a missing value is an empty text. A list of templates makes dialogues, a turn each.
        column: The column of the DataFrame that holds the prompts, where there is no template; None takes `prompt`.
        system: System message for all models that have none of their own; a list of them, or a dict with their names,
            makes a candidate of each model with each.
        grid: For some options the values to try, such as `{"temperature": [0, 0.7]}`; makes a candidate of each model
            with each combination.
        repeats: How often each candidate gets each prompt; a seed is counted up by one for each.
        shuffle: A number from which an order of the prompts is drawn, so that nothing depends on the given one.
        options: `schema` and fields of `Options`, such as temperature or max_tokens, for all candidates that do not
            set them themselves.

    Returns:
        The plan.

    Raises:
        PromptError: If there is no prompt, one is empty, or the template names a column that the table lacks.
        UsageError: If there is no model, two have the same label, an option is unknown or of the wrong type or given
            where all candidates are functions, or `repeats` is less than 1.
        EngineError: If a connection had to be asked for its first model, and did not answer.

    >>> make_plan(["Was ist ein Bürgeramt?", "Und ein Finanzamt?"], "embedded", repeats=3)
    6 cells: 2 prompts × 1 candidate × 3 repeats
    """
    repeats = as_whole("repeats=", repeats, 1)
    prompts = as_python(prompts)
    table = prompts if isinstance(prompts, pd.DataFrame) else None
    if isinstance(prompts, pd.DataFrame):
        # A copy: what the caller does to the table later must not change what was asked.
        table = prompts.reset_index(drop=True)
        prompts = from_table(table, template, column)
    elif template is not None or column is not None:
        given = "template=" if template is not None else "column="
        raise PromptError(f"{given} needs a table", advice="give the prompts as a DataFrame")
    elif isinstance(prompts, str | Dialogue):
        prompts = [prompts]
    checked = _checked(prompts, "in row {0} of the table, " if table is not None else "")
    order = None
    if shuffle is not None:
        drawn_from = as_whole("shuffle=", shuffle, -MOST)
        order = tuple(random.Random(drawn_from).sample(range(len(checked)), len(checked)))
    chosen = candidates(models, system, {} if grid is None else grid, options)
    written = template if template is None or isinstance(template, str) else tuple(template)
    plan = Plan(checked, chosen, repeats, table, order, written, shuffle)
    for number in range(len(plan.candidates)):
        plan.candidate(plan.cell(0, number, repeats - 1))  # the seed of the last repeat has to be one too
    return plan


def from_table(table: pd.DataFrame, template: str | Sequence[str] | None, column: str | None) -> list[Question]:
    """The prompts that a table holds, or that templates make of it; arguments and errors as of `make_plan`."""
    names = [str(name) for name in table.columns]
    for name in names:
        if names.count(name) > 1:
            raise PromptError(f"two columns of the table are called {name!r}", advice="rename one")
    if template is not None and column is not None:
        raise PromptError("template= and column= exclude each other", advice="give one of them")
    columns = {name: table.iloc[:, number].tolist() for number, name in enumerate(names)}
    if template is None:
        return from_column(columns, column)
    if isinstance(template, str):
        return [text for (text,) in from_templates(columns, len(table), [template])]
    if not isinstance(template, Sequence) or not all(isinstance(one, str) for one in template) or not template:
        raise PromptError(f"template= must be a text, or a list of texts for dialogues, not {template!r}")
    return [Dialogue(row) for row in from_templates(columns, len(table), template)]


def _checked(prompts: Any, of_table: str) -> tuple[Question, ...]:
    """The prompts as they can be asked. Raises PromptError, which names the number of the first that cannot be.

    Args:
        prompts: The prompts.
        of_table: What the error's advice is to say of the number, where they come from a table.
    """
    given = listed(prompts)
    if given is None:
        unordered = isinstance(prompts, set | frozenset)
        raise PromptError(
            f"prompts= must be a list, not {type(prompts).__name__}",
            advice="sort it: a set has another order each time"
            if unordered
            else "give a text, a list of them or a DataFrame",
        )
    if not given:
        raise PromptError("there is no prompt", advice="give at least one text")
    return tuple(
        _sendable(prompt, f"prompt {number} of {len(given)}", of_table.format(number))
        for number, prompt in enumerate(given, 1)
    )


def _sendable(prompt: Any, where: str, place: str) -> Question:
    """A prompt as it can be asked. Raises PromptError, which says where, and in which place to mend it."""
    try:
        if isinstance(prompt, Dialogue):
            return _sendable_dialogue(prompt)
        messages = as_messages(prompt)
    except PromptError as error:
        raise PromptError(error.what, where=where, advice=f"{place}{error.advice}") from None
    if isinstance(prompt, str):
        return messages[0].content
    # A conversation is handed to functions as it was given; what can be read only once has become messages.
    return prompt if isinstance(prompt, list | tuple) else messages


def _sendable_dialogue(prompt: Dialogue) -> Dialogue:
    if not all(turn.strip() for turn in prompt.turns):
        raise PromptError("a turn is empty", advice="write what the user says")
    return Dialogue(tuple(sendable(as_python(turn)) for turn in prompt.turns))
