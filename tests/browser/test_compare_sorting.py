"""Sorting and filtering a comparison by times, tokens, differences and scores, and numbers beside a baseline's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from browser.axe import violations
from browser.lab import Lab, NotebookPage
from browser.scripted import IMPORTS
from playwright.sync_api import Locator, expect

VIEW = ".wb-compare"
PICTURES = os.environ.get("WORKBENCH_PICTURES")
# Five prompts, three candidates: what they say, seconds in all, tokens.
SAID = """
from workbench.views import Figures
said = [
    ["Bonn", "Bonn", "Bonn"],
    ["Seit 1949 in Bonn", "Seit 1990 in Berlin", "Seit 1949 in Bonn"],
    ["Das Standesamt der Gemeinde", "Ein Verein", "Wer weiß das schon"],
    ["Ja", "Ja", "Nein"],
    ["Drei Aufgaben", "Drei Aufgaben und mehr", "Drei Aufgaben"],
]
total = [[1, 2, 1], [9, 1, 1], [3, 3, 3], [4, 5, 1], [2, 2, 2]]
tokens = [[10, 20, 30], [5, 5, 5], [90, 10, 10], [40, 40, 41], [60, 10, 10]]
right = [[1, 1, 1], [1, 0, 1], [0, 0, 0], [1, 1, 0], [0, 1, 0]]
share = [[0.9, 0.8, 0.7], [0.5, 0.15, 0.5], [0.3, 0.3, 0.25], [1, 1, 0.4], [0.6, 0.6, 0.6]]
"""
MADE = """
view = CompareView([f"Frage {{n}}" for n in range(5)], ["a", "b", "c"], stop=str, language={language!r})
display(view)
for row in range(5):
    for one in range(3):
        index = 3 * row + one
        view.began(index); view.add(index, said[row][one])
        figures = Figures(0.2 + one / 10, float(total[row][one]), tokens[row][one], 20.0 + one)
        view.ended(index, "answered", f"{{total[row][one]}} s", figures=figures)
view.finish("done")
"""
SCORED = """
def by_index(rows):
    return {3 * row + one: float(value) for row, values in enumerate(rows) for one, value in enumerate(values)}
view.scored({"exact": by_index(right), "overlap": by_index(share)})
"""


def opened(lab: Lab, language: str = "en", *, scored: bool = True, dark: bool = False) -> tuple[NotebookPage, Locator]:
    cells = [IMPORTS + SAID, MADE.format(language=language), *([SCORED] if scored else [])]
    notebook = lab.open(lab.write("sorted.ipynb", cells), dark=dark)
    notebook.run_all()
    view = notebook.page.locator(VIEW)
    expect(view.locator(".wb-progress")).to_have_text("done")
    return notebook, view


def numbers_of(view: Locator, index: int) -> Locator:
    return view.locator(".wb-rows .wb-answer").nth(index).locator(".wb-figure")


@pytest.mark.parametrize("language", ["en", "de"])
def test_rows_are_sorted_and_filtered(lab: Lab, language: str) -> None:
    _, view = opened(lab, language)
    rows = view.locator(".wb-rows .wb-row:visible .wb-prompt")
    choice, sort = view.get_by_role("combobox").nth(0), view.get_by_role("combobox").nth(1)
    expect(sort.locator("option")).to_have_count(6)

    def shown(select: Locator, value: str) -> list[int]:
        select.select_option(value)
        view.page.wait_for_timeout(200)
        return [int(text.removeprefix("Frage ")) for text in rows.all_inner_texts()]

    assert shown(sort, "slowest") == [1, 3, 2, 0, 4]
    assert shown(sort, "longest") == [2, 4, 3, 0, 1]
    assert shown(sort, "different")[-1] == 0
    assert shown(sort, "score exact") == [1, 2, 3, 4, 0]
    assert shown(sort, "score overlap") == [1, 2, 3, 4, 0]
    indexes = view.locator(".wb-rows .wb-row").evaluate_all("rows => rows.map((row) => row.ariaRowIndex)")
    assert indexes == ["2", "3", "4", "5", "6"]
    assert shown(choice, "slowest") == [1]
    assert shown(sort, "prompts") == [1]
    assert shown(choice, "disagreeing") == [1, 2, 3, 4]
    assert shown(choice, "one_wrong") == [1, 3]
    expect(view.locator(".wb-count")).to_contain_text("exact is 0" if language == "en" else "exact ist 0")
    assert shown(choice, "all_wrong") == [2]
    assert shown(choice, "score exact") == [1, 2, 3, 4]
    assert shown(choice, "score overlap") == [1]
    assert shown(choice, "all") == [0, 1, 2, 3, 4]


def test_filters_that_mean_nothing_are_not_offered(lab: Lab) -> None:
    _, view = opened(lab, scored=False)
    offered = view.get_by_role("combobox").nth(0).locator("option").evaluate_all("all => all.map((one) => one.value)")
    assert "disagreeing" in offered
    assert not {"one_wrong", "all_wrong"} & set(offered)
    expect(view.get_by_role("combobox").nth(1).locator("option")).to_have_count(4)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_numbers_stand_beside_the_baselines_and_follow_it(lab: Lab, axe: str, dark: bool) -> None:
    notebook, view = opened(lab, dark=dark)
    expect(numbers_of(view, 0)).to_have_text(
        ["0.20 s to first token", "20.0 tokens/s", "10 tokens", "exact 1", "overlap 0.90"]
    )
    expect(numbers_of(view, 1)).to_have_text(
        ["0.30 s to first token +0.10", "21.0 tokens/s +1.0", "20 tokens +10", "exact 1", "overlap 0.80 −0.10"]
    )
    expect(numbers_of(view, 1).nth(2).locator(".wb-delta")).to_have_attribute("title", "10 tokens more than a")
    if PICTURES:
        notebook.screenshot(Path(PICTURES) / f"compare-numbers-{'dark' if dark else 'light'}.png", view)
    assert violations(notebook.page, axe, VIEW) == []
    view.get_by_role("button", name="Column b").click()
    view.get_by_role("menuitem", name="Make it the baseline").click()
    expect(numbers_of(view, 0)).to_have_text(
        ["0.30 s to first token", "21.0 tokens/s", "20 tokens", "exact 1", "overlap 0.80"]
    )
    expect(numbers_of(view, 1)).to_have_text(
        ["0.20 s to first token −0.10", "20.0 tokens/s −1.0", "10 tokens −10", "exact 1", "overlap 0.90 +0.10"]
    )


def test_scores_of_a_run_reach_its_view_when_it_is_scored(lab: Lab) -> None:
    cells = [
        "import workbench as wb\nasync def big(prompt):\n    return prompt.upper()\n"
        "async def small(prompt):\n    return prompt\n"
        "run = await wb.compare(['eins', 'ZWEI'], {'big': big, 'small': small}, name='told')",
        "def loud(row):\n    return row.answer.isupper()\nawait run.score(loud);",
        "again = await wb.compare(['eins', 'ZWEI'], {'big': big, 'small': small}, name='told')",
    ]
    notebook = lab.open(lab.write("told.ipynb", cells))
    notebook.run_cell(0)
    view = notebook.outputs(0).locator(VIEW)
    expect(view.locator(".wb-progress")).to_contain_text("4 of 4 answered")
    expect(view.locator(".wb-figure").filter(has_text="loud")).to_have_count(0)
    notebook.run_cell(1)
    expect(view.locator(".wb-figure").filter(has_text="loud")).to_have_text(["loud 1", "loud 0 −1", "loud 1", "loud 1"])
    view.get_by_role("combobox").first.select_option("one_wrong")
    expect(view.locator(".wb-count")).to_have_text("1 of 2 prompts · wrong: loud is 0")
    notebook.run_cell(2)  # what was scored before is kept beside the answers
    expect(notebook.outputs(2).locator(".wb-figure").filter(has_text="loud")).to_have_count(4)
