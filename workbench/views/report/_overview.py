"""Every prompt by every model at a glance; each field leads to its answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from workbench.views._plain import shown
from workbench.views.charts._heat_cells import heat_cells
from workbench.views.charts._scores import domain_of, prompt_names
from workbench.views.report._answers import first_prompts, place_of
from workbench.views.report._parts import Cell, Markup, paragraph, section, table
from workbench.views.report._scored import Scored, direction
from workbench.views.report._words import WORDS


def overview_section(scored: Scored) -> str:
    """The scores of one scorer, or states, prompts down and models across; nothing where nothing was asked."""
    if scored.frame.empty:
        return ""
    said = WORDS[scored.language]
    seen, note = first_prompts(scored.frame, said)
    models = list(dict.fromkeys(seen["model"]))
    cells = heat_cells(seen, scored.scores, scored.scorer or None, scored.language).sort_values("prompt_id")
    shares = _shares(cells["value"])
    names = prompt_names(cells)
    heading = said.heading("heat", scored.scorer)
    rows: list[list[Cell]] = []
    for number, own in cells.assign(share=shares).groupby("prompt_id", sort=True):
        fields = {str(row.model): _field(row, models) for row in own.itertuples()}
        rows.append([names[int(str(number))], *(fields.get(str(model)) for model in models)])
    columns = [said.columns["prompt"], *map(str, models)]
    lines = [direction(scored), paragraph(said.opens, "quiet"), *note]
    return section("heat", heading, *lines, table(heading, columns, rows, "fields"))


def _shares(values: pd.Series[float]) -> pd.Series[float]:
    """How far each value is on the way from the lowest to the highest."""
    low, high = domain_of(values) if values.notna().any() else (0, 1)
    return (values - low) / ((high - low) or 1)


def _field(row: Any, models: list[str]) -> Markup:
    place = place_of(row.prompt_id, models.index(row.model), 0)
    attributes = "".join(_attributes(row))
    return Markup(f'<a href="#{place}"{attributes}>{shown(row.text)}</a>')


def _attributes(row: Any) -> Iterator[str]:
    yield ' class="scored"' if pd.notna(row.share) else ""
    if pd.notna(row.share):
        yield f' style="--share: {row.share:.2f}"'
    if row.told != row.text:
        yield f' title="{shown(row.told)}"'
