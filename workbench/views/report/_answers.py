"""The answers of a report: prompts down, models across, to be narrowed down and unfolded without a script."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from workbench.language import localized
from workbench.views._fold import parted
from workbench.views._plain import shown
from workbench.views._words import words
from workbench.views.charts._counted import counted
from workbench.views.compare._differences import Part, differences, share_alike
from workbench.views.report._filters import Answered, filters, row_filters
from workbench.views.report._marks import MARKS, marked
from workbench.views.report._parts import Cell, Markup, paragraph, section, table
from workbench.views.report._scored import Scored
from workbench.views.report._words import WORDS, ReportWords

# More would make a file that no browser opens at once.
PROMPTS_SHOWN = 200
_MOST_COMPARED = 400_000  # characters of answers that are compared with the first model's, so that it takes seconds


@dataclass(frozen=True, slots=True)
class _Written:
    """One cell as it is shown.

    Attributes:
        answered: What filters want to know of it.
        error: Why it failed; "".
        marks: What is to be known of it, in words.
    """

    answered: Answered
    error: str
    marks: tuple[str, ...]


def place_of(prompt: int, model: int, repeat: int) -> str:
    """The name of an answer's place in the page, by its numbers.

    >>> place_of(2, 0, 1)
    'answer-2-0-1'
    """
    return f"answer-{prompt}-{model}-{repeat}"


def first_prompts(frame: pd.DataFrame, said: ReportWords) -> tuple[pd.DataFrame, list[str]]:
    """The rows of as many prompts as are shown, and a line that says so where they are not all."""
    numbers = frame["prompt_id"].drop_duplicates().sort_values()
    note = said.only_first.format(shown=PROMPTS_SHOWN, all=len(numbers))
    seen = frame[frame["prompt_id"].isin(numbers[:PROMPTS_SHOWN])]
    return seen, [paragraph(note, "quiet")] if len(numbers) > PROMPTS_SHOWN else []


def answers_section(scored: Scored) -> str:
    """What every model answered, with what differs from the first model's answer."""
    said = WORDS[scored.language]
    heading = said.heading("answers")
    if scored.frame.empty:
        return section("answers", heading, paragraph(said.no_answers, "quiet"))
    seen, note = first_prompts(scored.frame, said)
    models = list(dict.fromkeys(seen["model"]))
    several = seen["repeat"].nunique() > 1
    prompts = dict(zip(seen["prompt_id"], seen["prompt"], strict=True))
    by_row: defaultdict[tuple[int, int], dict[str, _Written]] = defaultdict(dict)
    places = zip(seen["prompt_id"], seen["repeat"], seen["model"], strict=True)
    for (prompt, repeat, model), cell in zip(places, _written(seen, scored), strict=True):
        by_row[prompt, repeat][model] = cell
    writing = _Writing(scored, models)
    rows: list[list[Cell]] = []
    met: list[frozenset[str]] = []
    for (prompt, repeat), own in sorted(by_row.items()):
        cells = [own.get(model) for model in models]
        met.append(row_filters([None if cell is None else cell.answered for cell in cells]))
        begin = [_head(str(prompts[prompt]), met[-1]), *([str(repeat + 1)] if several else [])]
        rows.append([*begin, *writing.row(prompt, repeat, cells)])
    columns = [said.columns["prompt"], *([said.columns["repeat"]] if several else []), *map(str, models)]
    chosen = filters(met, str(models[0]), said)
    told = paragraph(said.differences.format(model=models[0]), "quiet") if writing.has_compared else ""
    return section("answers", heading, *note, told, chosen, table(heading, columns, rows, "answers"))


def _head(prompt: str, met: Iterable[str]) -> Markup:
    return Markup(f'<span data-is="{" ".join(sorted(met))}">{shown(prompt)}</span>')


def _written(frame: pd.DataFrame, scored: Scored) -> list[_Written]:
    said, marks = WORDS[scored.language], marked(frame)
    texts = frame["dialogue"].fillna(frame["answer"]) if "dialogue" in frame else frame["answer"]
    values = _values(frame, scored)
    made = []
    for number, (text, error) in enumerate(zip(texts, frame["error"], strict=True)):
        own = frozenset(mark for mark in MARKS if marks[mark].iloc[number])
        answered = Answered(text if isinstance(text, str) else "", own, values[number])
        error_told = error if isinstance(error, str) else ""
        made.append(_Written(answered, error_told, tuple(said.marks[mark] for mark in MARKS if mark in own)))
    return made


def _values(frame: pd.DataFrame, scored: Scored) -> list[bool | None]:
    """Whether each answer is right, where the scorer says yes or no of all; None where it does not."""
    scores = counted(scored.scores, scored.scorer or None)
    unknown: list[bool | None] = [None] * len(frame)
    if scores is None or not scores["value"].dropna().isin([0, 1]).all():
        return unknown
    wanted = 0 if scored.verdict is not None and scored.verdict.better == "lower" else 1
    key = ["prompt_id", "model", "repeat"]
    by_cell = scores.drop_duplicates(key).set_index(key)["value"]
    found = by_cell.reindex(pd.MultiIndex.from_frame(frame[key]))
    return [None if pd.isna(value) else bool(value == wanted) for value in found]


class _Writing:
    """Writes rows of answers, and compares them with the first model's as long as that takes seconds."""

    def __init__(self, scored: Scored, models: Sequence[str]) -> None:
        self._language, self._models = scored.language, models
        self._said, self._left = WORDS[scored.language], _MOST_COMPARED

    @property
    def has_compared(self) -> bool:
        """Whether any answer was."""
        return self._left < _MOST_COMPARED

    def row(self, number: int, repeat: int, cells: Sequence[_Written | None]) -> list[Cell]:
        """The cells of one prompt and repeat."""
        base = cells[0]
        return [
            None if cell is None else self._cell(place_of(number, at, repeat), cell, base if at else None)
            for at, cell in enumerate(cells)
        ]

    def _cell(self, place: str, cell: _Written, base: _Written | None) -> Markup:
        marks = "".join(f'<span class="mark">{shown(mark)}</span> ' for mark in cell.marks)
        parts = [f'<p class="marks">{marks}</p>' if marks else ""]
        parts += [_text(cell.error)] if cell.error else []
        parts += [self._folded(cell.answered.text)] if cell.answered.text else []
        if not "".join(parts):
            parts = [f'<p class="marks">{shown(words(self._language).empty)}</p>']
        parts += [self._difference(base.answered, cell.answered)] if base else []
        return Markup(f'<div id="{place}" class="answer" tabindex="-1">{"".join(parts)}</div>')

    def _folded(self, text: str) -> str:
        beginning, rest = parted(text)
        if not rest:
            return _text(beginning)
        more = words(self._language).more(len(rest))
        return f'{_text(beginning)}<details class="rest"><summary>{more}</summary>{_text(rest)}</details>'

    def _difference(self, base: Answered, own: Answered) -> str:
        size = len(base.text) + len(own.text)
        if not (base.text and own.text) or base.is_same(own) or size > self._left:
            return ""
        found = differences(base.text, own.text)
        if found is None:
            return ""
        self._left -= size
        alike = localized(f"{100 * share_alike(found):.0f}", self._language)
        head = self._said.beside.format(model=self._models[0], share=alike)
        inside = "".join(map(self._part, found))
        return f'<details class="difference"><summary>{shown(head)}</summary><p>{inside}</p></details>'

    def _part(self, part: Part) -> str:
        text = shown(part.text)
        if part.kind == "same":
            return text
        if part.kind == "missing":
            return f"<del>{text}</del>"
        was = f"<del>{shown(part.was)}</del>" if part.kind == "against" else ""
        return f"{was}<ins>{text}</ins>"


def _text(text: str) -> str:
    return f'<div class="text" dir="auto">{shown(text)}</div>'
