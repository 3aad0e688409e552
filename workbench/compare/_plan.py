"""What is to be asked: prompts times candidates times repeats, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_type_hints

import pandas as pd
import pydantic

from workbench.compare._template import from_column, from_template
from workbench.connections import Model, Prompt, as_messages, model
from workbench.errors import PromptError, UsageError
from workbench.messages import Options

_TYPES = {name: pydantic.TypeAdapter[Any](kind) for name, kind in get_type_hints(Options).items()}


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
        prompts: The prompts, each a text or a conversation.
        candidates: The models, each with its label and options.
        repeats: How often each candidate gets each prompt.
        table: The table that the prompts were made from, a row for each; None without one.
    """

    prompts: tuple[Prompt, ...]
    candidates: tuple[Model, ...]
    repeats: int
    table: pd.DataFrame | None = None

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
    column: str | None = None,
    system: str | None = None,
    repeats: int = 1,
    **options: Any,
) -> Plan:
    """Plan a comparison. No prompt is sent; a connection without a model's name is asked which model comes first.

    Args:
        prompts: A text, a list of texts or conversations, or a DataFrame.
        models: One or several "connection/model" or models made with `wb.model(...).using(label=...)`.
        template: Jinja template over the columns of the DataFrame, such as `"Antworte auf: {{ letter }}"`; every row
            makes a prompt, and a missing value is an empty text.
        column: The column of the DataFrame that holds the prompts, where there is no template; None takes `prompt`.
        system: System message for all candidates that have none of their own.
        repeats: How often each candidate gets each prompt; a seed is counted up by one for each.
        options: `schema` and fields of `Options`, such as temperature or max_tokens, for all candidates that do not
            set them themselves.

    Returns:
        The plan.

    Raises:
        PromptError: If there is no prompt, one is empty, or the template names a column that the table lacks.
        UsageError: If there is no model, two have the same label, an option is none or of the wrong type, or
            `repeats` is less than 1.
        EngineError: If a connection had to be asked for its first model, and did not answer.

    >>> plan = make_plan(["Was ist ein Bürgeramt?", "Und ein Finanzamt?"], "embedded", repeats=3)
    >>> len(plan)
    6
    """
    check_count("repeats", repeats)
    table = prompts if isinstance(prompts, pd.DataFrame) else None
    if isinstance(prompts, pd.DataFrame):
        # A copy: what the caller does to the table later must not change what was asked.
        table = prompts.reset_index(drop=True)
        prompts = _from_table(table, template, column)
    elif template is not None or column is not None:
        given = "template=" if template is not None else "column="
        raise PromptError(f"{given} needs a table", advice="give the prompts as a DataFrame")
    elif isinstance(prompts, str):
        prompts = [prompts]
    return Plan(_checked(prompts), _candidates(models, system, options), repeats, table)


def check_count(name: str, count: object) -> None:
    """Raise UsageError unless this is a whole number from 1.

    >>> check_count("repeats", 3)
    """
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise UsageError(f"{name}={count!r} cannot be", advice="give a whole number from 1")


def _candidates(
    models: str | Model | Sequence[str | Model], system: str | None, options: Mapping[str, Any]
) -> tuple[Model, ...]:
    named = [models] if isinstance(models, str | Model) else models
    if not isinstance(named, Sequence) or not all(isinstance(name, str | Model) for name in named):
        raise UsageError("models= holds what is no model", advice='give names such as "embedded", or wb.model(…)')
    if not named:
        raise UsageError("there is no model to compare", advice='name one or more, such as "embedded"')
    chosen = [_candidate(name if isinstance(name, Model) else model(name), system, options) for name in named]
    labels = [candidate.label for candidate in chosen]
    for label in labels:
        # Not told apart by a suffix: nobody could say later which of the two had which options.
        if labels.count(label) > 1:
            raise UsageError(
                f"two candidates are called {label!r}", advice="tell them apart: model.using(label=…, temperature=…)"
            )
    return tuple(chosen)


def _candidate(chosen: Model, system: str | None, options: Mapping[str, Any]) -> Model:
    """The candidate with what it does not set itself."""
    own = {*chosen.options.asked(), *(["schema"] if chosen.schema is not None else [])}
    candidate = chosen.using(
        system=chosen.system if chosen.system is not None else system,
        **{name: value for name, value in options.items() if name not in own},
    )
    for name, value in candidate.options.asked().items():
        try:
            _TYPES[name].validate_python(value, strict=True)
        except pydantic.ValidationError as error:
            problem = error.errors(include_url=False)[0]["msg"].removeprefix("Input ")
            raise UsageError(f"{name}={value!r} {problem}", where=candidate.label, advice="mend this option") from None
    return candidate


def _from_table(table: pd.DataFrame, template: str | None, column: str | None) -> list[Prompt]:
    names = [str(name) for name in table.columns]
    for name in names:
        if names.count(name) > 1:
            raise PromptError(f"two columns of the table are called {name!r}", advice="rename one")
    if template is not None and column is not None:
        raise PromptError("template= and column= exclude each other", advice="give one of them")
    columns = {name: table.iloc[:, number].tolist() for number, name in enumerate(names)}
    return from_column(columns, column) if template is None else from_template(columns, len(table), template)


def _checked(prompts: Sequence[Prompt]) -> tuple[Prompt, ...]:
    if not isinstance(prompts, Sequence):
        raise PromptError(
            f"prompts= cannot be {type(prompts).__name__}", advice="give a text, a list of them or a DataFrame"
        )
    if not prompts:
        raise PromptError("there is no prompt", advice="give at least one text")
    for number, prompt in enumerate(prompts, 1):
        where = f"prompt {number} of {len(prompts)}"
        if isinstance(prompt, Mapping):
            raise PromptError(
                "a message alone is no prompt", where=where, advice="put a conversation's messages into a list"
            )
        try:
            texts = [message.content for message in as_messages(prompt)]
        except PromptError as error:
            raise PromptError(error.what, where=where, advice=error.advice) from None
        if not texts[-1].strip():
            raise PromptError("the last message is empty", where=where, advice="write what is to be answered")
        _check_sendable(texts, where)
    return tuple(prompts)


def _check_sendable(texts: Sequence[str], where: str) -> None:
    """Raise PromptError for half a surrogate pair, which a file read in the wrong encoding may hold."""
    try:
        for text in texts:
            text.encode()
    except UnicodeEncodeError:
        raise PromptError("the text is no valid Unicode", where=where, advice="read its file as UTF-8") from None
