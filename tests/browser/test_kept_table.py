"""The table that stays of a comparison, in a real JupyterLab: after it was asked, and wherever a cell ends in a run."""

from __future__ import annotations

import pytest
from browser.axe import violations
from browser.lab import Lab
from playwright.sync_api import expect

KEPT = ".wb-kept"
LONG = "Erste Zeile\n" + "Die Gemeinde regelt, was die örtliche Gemeinschaft angeht. " * 30
ASKED = f"""
import workbench as wb
async def long(prompt):
    return {LONG!r}
async def short(prompt):
    return "kurz"
async def fails(prompt):
    raise ValueError("nicht jetzt")
models = {{"long": long, "short": short, "fails": fails, **{{f"m{{n}}": short for n in range(5)}}}}
run = await wb.compare([f"Frage {{n}}?" for n in range(12)], models, name="kept")
"""


def test_a_run_is_shown_as_the_table_that_stayed(lab: Lab) -> None:
    notebook = lab.open(lab.write("run.ipynb", [ASKED, "run", "wb.open('kept')", "print(run)"]))
    notebook.run_all()
    told = "Comparison: 12 prompts, 8 models · 84 of 96 answered, 12 failed"
    expect(notebook.cell(0).locator(".wb-progress")).to_contain_text("84 of 96 answered, 12 failed")
    notebook.save()
    kept = lab.read("run.ipynb").cells[0].outputs[-1].data["text/html"]
    assert ">Comparison: 12 prompts, 8 models" in kept
    for number in (1, 2):
        table = notebook.outputs(number).locator(KEPT)
        expect(table.locator("caption")).to_have_text(told)
        answer = table.locator("td").first
        assert "".join(answer.locator("pre").all_text_contents()) == LONG
        assert answer.locator("pre").first.inner_text().startswith("Erste Zeile\nDie Gemeinde")
    expect(notebook.outputs(3)).to_have_text("84 of 96 answered, 12 failed")


def test_the_table_is_a_pane_with_heads_in_sight_and_folded_answers(lab: Lab) -> None:
    notebook = lab.open(lab.write("pane.ipynb", [ASKED, "run"]))
    notebook.run_all()
    pane = notebook.page.locator(KEPT)
    assert pane.bounding_box()["height"] <= 524  # type: ignore[index]
    assert pane.evaluate("node => node.scrollHeight > node.clientHeight && node.scrollWidth > node.clientWidth")
    head, first = pane.locator("thead th").nth(4), pane.locator("tbody th").nth(7)
    pane.evaluate("node => { node.scrollTop = 900; node.scrollLeft = 500; }")
    box = pane.bounding_box()
    assert box is not None
    assert abs(head.bounding_box()["y"] - box["y"]) <= 2  # type: ignore[index]
    assert abs(first.bounding_box()["x"] - box["x"]) <= 2  # type: ignore[index]
    under = first.evaluate("node => getComputedStyle(node).backgroundColor")
    assert under.startswith("rgb("), "what scrolls below must not show through"
    pane.evaluate("node => { node.scrollTop = node.scrollLeft = 0; }")
    fold = pane.locator("details").first
    rest = fold.locator("pre")
    expect(rest).to_be_hidden()
    fold.locator("summary").focus()
    notebook.page.keyboard.press("Enter")  # which JupyterLab would take for editing the cell
    expect(rest).to_be_visible()
    assert notebook.page.evaluate("document.querySelector('.jp-mod-editMode')") is None
    notebook.page.emulate_media(media="print")
    assert pane.evaluate("node => node.scrollHeight <= node.clientHeight + 1")
    expect(pane.locator("details:not([open]) pre").first).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_in_tables_that_stay(lab: Lab, axe: str, dark: bool) -> None:
    notebook = lab.open(lab.write("axe-kept.ipynb", [ASKED, "run"]), dark=dark)
    notebook.run_all()
    notebook.page.locator("details summary").first.click()
    assert violations(notebook.page, axe, KEPT) == []
