"""What is to be asked: prompts times candidates times repeats, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import jinja2
import jinja2.meta
import jinja2.sandbox
import pandas as pd

from workbench.connections import Model, Prompt, as_messages, model
from workbench.errors import PromptError, UsageError

PROMPT_COLUMN = "prompt"


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


@dataclass(frozen=True, slots=True)
class Plan:
    """What a comparison asks.

    Attributes:
        prompts: The prompts, each a text or a conversation.
        candidates: The models, each with its label and options.
        repeats: How often each candidate gets each prompt.
        columns: The columns of the table that the prompts were made from, a list of values each; empty without one.
    """

    prompts: tuple[Prompt, ...]
    candidates: tuple[Model, ...]
    repeats: int
    columns: Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(self.prompts) * len(self.candidates) * self.repeats

    def cells(self) -> Iterator[Cell]:
        """All cells, in the order of their index."""
        index = 0
        for prompt in range(len(self.prompts)):
            for candidate in range(len(self.candidates)):
                for repeat in range(self.repeats):
                    yield Cell(index, prompt, candidate, repeat)
                    index += 1

    def candidate(self, cell: Cell) -> Model:
        """The candidate of a cell. Where it has a seed, every repeat counts it up by one, so that repeats differ."""
        chosen = self.candidates[cell.candidate]
        seed = chosen.options.seed
        return chosen if seed is None or not cell.repeat else chosen.using(seed=seed + cell.repeat)

    def prompt_text(self, prompt: int) -> str:
        """A prompt as one text: of a conversation, the turns with their roles."""
        asked = self.prompts[prompt]
        if isinstance(asked, str):
            return asked
        return "\n".join(f"{message.role}: {message.content}" for message in as_messages(asked))


def make_plan(
    prompts: str | Sequence[Prompt] | pd.DataFrame,
    models: str | Model | Sequence[str | Model],
    *,
    template: str | None = None,
    system: str | None = None,
    repeats: int = 1,
    **options: Any,
) -> Plan:
    """Plan a comparison; nothing is sent.

    Args:
        prompts: A text, a list of texts or conversations, or a DataFrame: with `template` every row makes a prompt,
            without it the column `prompt` holds them.
        models: One or several "connection/model" or models made with `wb.model(...).using(label=...)`.
        template: Jinja template over the columns of the DataFrame, such as `"Antworte auf: {{ letter }}"`.
        system: System message for all candidates that have none of their own.
        repeats: How often each candidate gets each prompt.
        options: `schema` and fields of `Options`, such as temperature or max_tokens, for all candidates that do not
            set them themselves.

    Returns:
        The plan.

    Raises:
        PromptError: If there is no prompt, one is empty, or the template names a column that the table lacks.
        UsageError: If there is no model, two have the same label, an option is none, or `repeats` is less than 1.

    >>> plan = make_plan(["Was ist ein Bürgeramt?", "Und ein Finanzamt?"], "embedded", repeats=3)
    >>> len(plan)
    6
    """
    if not isinstance(repeats, int) or repeats < 1:
        raise UsageError(f"repeats={repeats!r}", advice="give a whole number from 1")
    candidates = _candidates(models, system, options)
    columns: dict[str, Sequence[Any]] = {}
    if isinstance(prompts, pd.DataFrame):
        columns = {str(name): prompts[name].tolist() for name in prompts.columns}
        prompts = _from_table(columns, len(prompts), template)
    elif template is not None:
        raise PromptError("template= needs a table", advice="give the prompts as a DataFrame")
    elif isinstance(prompts, str):
        prompts = [prompts]
    return Plan(_checked(prompts), candidates, repeats, columns)


def _candidates(
    models: str | Model | Sequence[str | Model], system: str | None, options: Mapping[str, Any]
) -> tuple[Model, ...]:
    named = [models] if isinstance(models, str | Model) else list(models)
    if not named:
        raise UsageError("there is no model to compare", advice='name one or more, such as "embedded"')
    chosen = [_candidate(name if isinstance(name, Model) else model(name), system, options) for name in named]
    labels = [candidate.label for candidate in chosen]
    for label in labels:
        if labels.count(label) > 1:
            raise UsageError(
                f"two candidates are called {label!r}", advice="tell them apart: model.using(label=…, temperature=…)"
            )
    return tuple(chosen)


def _candidate(chosen: Model, system: str | None, options: Mapping[str, Any]) -> Model:
    """The candidate with what it does not set itself."""
    own = {*chosen.options.asked(), *(["schema"] if chosen.schema is not None else [])}
    return chosen.using(
        system=chosen.system if chosen.system is not None else system,
        **{name: value for name, value in options.items() if name not in own},
    )


def _from_table(columns: Mapping[str, Sequence[Any]], rows: int, template: str | None) -> list[Prompt]:
    if template is None:
        if PROMPT_COLUMN not in columns:
            raise PromptError(
                f"the table has no column {PROMPT_COLUMN!r}",
                where=f"columns {', '.join(columns)}",
                advice='rename one, or give template="… {{ column }} …"',
            )
        return list(columns[PROMPT_COLUMN])
    environment = jinja2.sandbox.SandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=False)
    try:
        names = jinja2.meta.find_undeclared_variables(environment.parse(template))
        for name in sorted(names - set(columns)):
            near = get_close_matches(name, columns, n=1)
            advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(columns)}"
            raise PromptError(f"the template names a column {name!r} that the table lacks", advice=advice)
        compiled = environment.from_string(template)
        return [compiled.render({name: values[row] for name, values in columns.items()}) for row in range(rows)]
    except jinja2.TemplateError as error:
        raise PromptError(f"the template cannot be used: {error}", advice="mend the template") from None


def _checked(prompts: Sequence[Prompt]) -> tuple[Prompt, ...]:
    if not isinstance(prompts, Sequence) or len(prompts) == 0:
        raise PromptError("there is no prompt", advice="give at least one text")
    for number, prompt in enumerate(prompts, 1):
        try:
            as_messages(prompt)
        except PromptError as error:
            raise PromptError(error.what, where=f"prompt {number} of {len(prompts)}", advice=error.advice) from None
    return tuple(prompts)
