"""What is to be asked: prompts times candidates times repeats, checked before anything is sent."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.arguments import MOST, as_python, as_whole, listed, sendable
from workbench.compare._candidate import Candidate
from workbench.compare._chosen import Asked, candidates
from workbench.compare._dialogue import Dialogue, Question, question_text
from workbench.compare._template import from_column, from_templates
from workbench.connections import Model, as_messages
from workbench.errors import PromptError

_ALIKE = 400  # characters, about a hundred tokens: a shorter beginning is worked out as quickly as it is looked up


@dataclass(frozen=True, slots=True)
class Cell:
    """One question to one candidate.

    Attributes:
        index: Its number; prompts change slowest, repeats fastest.
        prompt: Number of the prompt, from 0.
        candidate: Number of the candidate, from 0.
        repeat: Number of the repeat, from 0.
    """

    index: int
    prompt: int
    candidate: int
    repeat: int


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What a comparison asks.

    Attributes:
        prompts: The prompts, each a text, a conversation or a dialogue.
        candidates: The models, each with its label and options.
        repeats: How often each candidate gets each prompt.
        table: The table that the prompts were made from, a row for each; None without one.
        order: The prompts' numbers as each candidate is asked them; None for the given order, but with those
            that begin alike next to each other, so that a server works out their common beginning once.
    """

    prompts: tuple[Question, ...]
    candidates: tuple[Candidate, ...]
    repeats: int
    table: pd.DataFrame | None = None
    order: tuple[int, ...] | None = None

    def __repr__(self) -> str:
        sizes = {"prompt": len(self.prompts), "candidate": len(self.candidates)}
        told = [_counted(count, word) for word, count in sizes.items()]
        told += [_counted(self.repeats, "repeat")] if self.repeats > 1 else []
        return f"{_counted(len(self), 'cell')}: {' × '.join(told)}"

    def __len__(self) -> int:
        return len(self.prompts) * len(self.candidates) * self.repeats

    def cell(self, prompt: int, candidate: int, repeat: int) -> Cell:
        """One cell, by the numbers of its prompt, candidate and repeat."""
        return Cell((prompt * len(self.candidates) + candidate) * self.repeats + repeat, prompt, candidate, repeat)

    def cells(self) -> Iterator[Cell]:
        """All cells, in the order of their index."""
        for prompt in range(len(self.prompts)):
            for candidate in range(len(self.candidates)):
                for repeat in range(self.repeats):
                    yield self.cell(prompt, candidate, repeat)

    def cell_at(self, index: int) -> Cell:
        """One cell, by its index."""
        rest, repeat = divmod(index, self.repeats)
        prompt, candidate = divmod(rest, len(self.candidates))
        return Cell(index, prompt, candidate, repeat)

    def candidate(self, cell: Cell) -> Candidate:
        """The candidate of a cell. Where it has a seed, every repeat counts it up by one, so that repeats differ."""
        chosen = self.candidates[cell.candidate]
        if not isinstance(chosen, Model) or chosen.options.seed is None or not cell.repeat:
            return chosen
        return chosen.using(seed=chosen.options.seed + cell.repeat)

    def asking_order(self) -> Sequence[int]:
        """The prompts' numbers in the order in which each candidate is asked."""
        if self.order is not None:
            return self.order
        # Numbers and no texts, as there may be a hundred thousand; two beginnings of one hash only stand together.
        hashes = np.fromiter((hash(self.prompt_text(each)[:_ALIKE]) for each in range(len(self.prompts))), np.int64)
        _, first, alike = np.unique(hashes, return_index=True, return_inverse=True)
        return array("L", np.argsort(first[alike], kind="stable").tolist())

    def begin_alike(self, one: int, other: int) -> bool:
        """Whether two prompts have so long a beginning in common that it is worth looking it up."""
        beginning, second = (self.prompt_text(each)[:_ALIKE] for each in (one, other))
        return len(beginning) == _ALIKE and beginning == second

    def equal_prompts(self) -> list[int]:
        """For each prompt the number of the first that asks the same."""
        first: dict[str, int] = {}
        return [first.setdefault(self.prompt_text(number), number) for number in range(len(self.prompts))]

    def prompt_text(self, prompt: int) -> str:
        """A prompt as one text: of a conversation, the turns with their roles."""
        return question_text(self.prompts[prompt])


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'s' * (count != 1)}"


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
        UsageError: If there is no model, two have the same label, an option is none or of the wrong type or given where
            all candidates are functions, or `repeats` is less than 1.
        EngineError: If a connection had to be asked for its first model, and did not answer.

    >>> make_plan(["Was ist ein Bürgeramt?", "Und ein Finanzamt?"], "embedded", repeats=3)
    6 cells: 2 prompts × 1 candidate × 3 repeats
    """
    repeats = check_count("repeats", repeats)
    prompts = as_python(prompts)
    table = prompts if isinstance(prompts, pd.DataFrame) else None
    if isinstance(prompts, pd.DataFrame):
        # A copy: what the caller does to the table later must not change what was asked.
        table = prompts.reset_index(drop=True)
        prompts = _from_table(table, template, column)
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
    plan = Plan(checked, candidates(models, system, {} if grid is None else grid, options), repeats, table, order)
    for number in range(len(plan.candidates)):
        plan.candidate(plan.cell(0, number, repeats - 1))  # the seed of the last repeat has to be one too
    return plan


def check_count(name: str, count: object) -> int:
    """A whole number from 1, of any kind that numbers come in. Raises UsageError for anything else.

    >>> check_count("repeats", np.int64(3))
    3
    """
    return as_whole(f"{name}=", count, 1)


def _from_table(table: pd.DataFrame, template: str | Sequence[str] | None, column: str | None) -> list[Question]:
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
        raise PromptError(f"template={template!r} cannot be", advice="give a text, or a list of them for dialogues")
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
            f"prompts= cannot be {type(prompts).__name__}",
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
