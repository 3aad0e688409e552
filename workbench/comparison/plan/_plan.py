"""What is to be asked: prompts times candidates times repeats, checked before anything is sent."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.arguments import as_whole
from workbench.comparison.plan._candidate import Candidate
from workbench.comparison.plan._dialogue import Question, question_text
from workbench.connections import Model
from workbench.language import Language, usual_language

_WORDS: dict[Language, tuple[tuple[str, str], ...]] = {
    "en": (("cell", "cells"), ("prompt", "prompts"), ("candidate", "candidates"), ("repeat", "repeats")),
    "de": (("Zelle", "Zellen"), ("Prompt", "Prompts"), ("Kandidat", "Kandidaten"), ("Wiederholung", "Wiederholungen")),
}
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
        template: The template that made the prompts of the table, several for dialogues; None without one.
        shuffle: The number from which `order` was drawn, where that is known.
    """

    prompts: tuple[Question, ...]
    candidates: tuple[Candidate, ...]
    repeats: int
    table: pd.DataFrame | None = None
    order: tuple[int, ...] | None = None
    template: str | tuple[str, ...] | None = None
    shuffle: int | None = None

    def __repr__(self) -> str:
        words = _WORDS[usual_language()]
        sizes = [len(self.prompts), len(self.candidates), *([self.repeats] if self.repeats > 1 else [])]
        cells, *told = [_counted(count, *word) for count, word in zip([len(self), *sizes], words, strict=False)]
        return f"{cells}: {' × '.join(told)}"

    def __len__(self) -> int:
        return len(self.prompts) * len(self.candidates) * self.repeats

    def cell(self, prompt: int, candidate: int, repeat: int) -> Cell:
        """Return a cell by the numbers of its prompt, candidate and repeat."""
        return Cell((prompt * len(self.candidates) + candidate) * self.repeats + repeat, prompt, candidate, repeat)

    def placed(self, prompt: Any, candidate: Any, repeat: Any) -> Cell:
        """The same of numbers that a user gives. Raises UsageError where there is no such cell."""
        counts = {"prompt": len(self.prompts), "candidate": len(self.candidates), "repeat": self.repeats}
        given = zip(counts.items(), (prompt, candidate, repeat), strict=True)
        return self.cell(*(as_whole(f"{name}=", number, 0, count - 1) for (name, count), number in given))

    def cells(self) -> Iterator[Cell]:
        """List all cells in the order of their index."""
        for prompt in range(len(self.prompts)):
            for candidate in range(len(self.candidates)):
                for repeat in range(self.repeats):
                    yield self.cell(prompt, candidate, repeat)

    def cell_at(self, index: int) -> Cell:
        """Return a cell by its index."""
        rest, repeat = divmod(index, self.repeats)
        prompt, candidate = divmod(rest, len(self.candidates))
        return Cell(index, prompt, candidate, repeat)

    def candidate(self, cell: Cell) -> Candidate:
        """Return the candidate of a cell. A seed is counted up by one for every repeat, so that repeats differ."""
        chosen = self.candidates[cell.candidate]
        if not isinstance(chosen, Model) or chosen.options.seed is None or not cell.repeat:
            return chosen
        return chosen.using(seed=chosen.options.seed + cell.repeat)

    def asking_order(self) -> Sequence[int]:
        """List the numbers of the prompts in the order in which each candidate is asked."""
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
        """Find for each prompt the first that asks the same, by its number."""
        first: dict[str, int] = {}
        return [first.setdefault(self.prompt_text(number), number) for number in range(len(self.prompts))]

    def prompt_text(self, prompt: int) -> str:
        """Write a prompt as one text: of a conversation, the turns with their roles."""
        return question_text(self.prompts[prompt])


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"
