"""Going on from the view of a comparison: its code, and answers that are asked again, in JupyterLab."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from browser.axe import violations
from browser.lab import Lab, NotebookPage
from playwright.sync_api import Locator, expect

VIEW = ".wb-compare"
HOSTILE = "<img src=x onerror='window.hacked = 1'>"
PICTURES = os.environ.get("WORKBENCH_PICTURES")
# What a server gives is scripted; comparison, journal, kernel and page are real.
ASKED = f"""
import asyncio, os
from pathlib import Path
import workbench as wb

def times(asked):  # in a file, as what a function changes itself would make it another one
    log = Path(f"{{Path().resolve().name}}.log")
    lines = [*(log.read_text().splitlines() if log.exists() else ()), asked]
    log.write_text("\\n".join(lines))
    return lines.count(asked)

async def big(prompt):
    return f"Antwort {{times('big ' + prompt)}} auf {{prompt}} {HOSTILE}"

async def small(prompt):
    while os.path.exists("hold"):
        await asyncio.sleep(0.1)
    if os.path.exists("broken"):
        raise ValueError("der Server ist nicht da")
    return f"{{times('small ' + prompt)}}. Wort zu {{prompt}}"
"""
PROMPTS = ["Was ist Subsidiarität?", "Was kostet ein Ausweis?", "Wo ist das Amt?"]
COMPARED = f"run = await wb.compare({PROMPTS!r}, {{'big': big, 'klein': small}}, name="


def opened(lab: Lab, name: str, *cells: str, language: str = "en") -> tuple[NotebookPage, Locator]:
    """A notebook in which the comparison has run, and its view."""
    (lab.server.root / f"{lab.server.root.name}.log").unlink(missing_ok=True)
    begin = f"import os; os.environ['WORKBENCH_LANGUAGE'] = {language!r}\n{ASKED}{COMPARED}{name!r})"
    notebook = lab.open(lab.write(f"{name}.ipynb", [begin, *cells]))
    notebook.run_cell(0)
    view = notebook.page.locator(VIEW).first
    expect(view.locator(".wb-word").first).to_have_text("answered" if language == "en" else "beantwortet")
    return notebook, view


def pictures(notebook: NotebookPage, name: str) -> None:
    for theme in ("Dark", "Light") if PICTURES else ():
        notebook.theme(f"JupyterLab {theme}")
        notebook.screenshot(Path(str(PICTURES)) / f"{name}-{theme.lower()}.png")


def choose(view: Locator, column: str, item: str) -> None:
    view.get_by_role("button", name=f"Column {column}").press("Enter")
    view.get_by_role("menuitem", name=item).press("Enter")


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_code_is_shown_copied_and_runs(lab: Lab, axe: str, language: str) -> None:
    notebook, view = opened(
        lab, f"code-{language}", "", "print(again is run, again, again.earlier.empty)", language=language
    )
    opens, copy, copied, close, title = {
        "en": ("Code for this", "Copy", "Copied", "Close", "The code for this comparison"),
        "de": ("Code dafür", "Kopieren", "Kopiert", "Schließen", "Der Code für diesen Vergleich"),
    }[language]
    press = notebook.page.keyboard.press
    button = view.get_by_role("button", name=opens)
    button.focus()
    press("Enter")
    dialog = view.get_by_role("dialog", name=title)
    code = dialog.get_by_role("region", name=title)
    expect(code).to_be_focused()
    expect(code).to_contain_text('"klein": small')
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        notebook.theme(theme)
        assert violations(notebook.page, axe, VIEW) == []
    pictures(notebook, f"code-{language}")
    notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dialog.get_by_role("button", name=copy).press("Enter")
    expect(dialog.get_by_role("button", name=copied)).to_be_visible()
    text = notebook.page.evaluate("navigator.clipboard.readText()")
    assert text == code.inner_text()
    for key in ("d", "d", "Escape"):
        press(key)
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    assert notebook.page.locator(".jp-Notebook .jp-CodeCell").count() == 3
    press("Enter")
    dialog.get_by_role("button", name=close).click()
    expect(dialog).to_be_hidden()
    notebook.page.evaluate(
        "code => { window.jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.setSource(code); }",
        text.replace("run = await", "again = await"),
    )
    notebook.run_cell(1)
    assert len((lab.server.root / f"{lab.server.root.name}.log").read_text().splitlines()) == 6  # nothing was asked
    notebook.run_cell(2)
    told = {"en": "6 of 6 answered", "de": "6 von 6 beantwortet"}[language]
    expect(notebook.outputs(2)).to_contain_text(f"False {told} True")
    expect(notebook.page.locator(VIEW).nth(1).locator(".wb-text").first).to_contain_text("Antwort 1 auf")
    assert notebook.page.evaluate("window.hacked") is None
    assert lab.strays == []


def test_an_answer_and_a_column_are_asked_again_and_the_earlier_ones_stay(lab: Lab, axe: str) -> None:
    told = "print(run.earlier[['model', 'answer', 'said']].values.tolist(), len(wb.open('anew').earlier), run.ratings)"
    notebook, view = opened(lab, "anew", told)
    press, focus = notebook.page.keyboard.press, view.locator(".wb-focus")
    view.locator(".wb-pane").focus()
    press("j")
    press("Enter")
    press("+")
    expect(focus.get_by_role("button", name="Good")).to_have_attribute("aria-pressed", "true")
    focus.get_by_role("button", name="Ask again").press("Enter")
    expect(focus.locator(".wb-section").filter(has_text="Antwort 2 auf")).to_be_visible()
    expect(focus.get_by_role("button", name="Good")).to_have_attribute("aria-pressed", "false")
    earlier = focus.locator("details").filter(has_text="Earlier answers (1)")
    earlier.locator("summary").press("Enter")
    expect(earlier.locator(".wb-raw")).to_have_text(f"Antwort 1 auf {PROMPTS[0]} {HOSTILE}")
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        notebook.theme(theme)
        assert violations(notebook.page, axe, VIEW) == []
    pictures(notebook, "anew-open")
    press("Escape")
    marks = view.locator(".wb-mark")
    expect(marks).to_have_text(["↻ asked 2 times"])
    choose(view, "klein", "Ask again: 3 with an answer")
    expect(marks).to_have_text(["↻ asked 2 times"] * 4)
    expect(view.locator(".wb-progress")).to_contain_text("6 of 6 answered")
    expect(view.locator(".wb-text").nth(1)).to_contain_text("2. Wort zu")
    pictures(notebook, "anew-grid")
    notebook.run_cell(1)
    expect(notebook.outputs(1)).to_contain_text("'rating: True'], ['klein',")
    expect(notebook.outputs(1)).to_contain_text("4 {}")
    notebook.save()
    assert lab.read("anew.ipynb").cells[0].outputs[0].data["text/html"].count("↻ asked 2 times") == 4
    notebook.page.reload()
    notebook.ready(kernel=True)
    expect(marks).to_have_text(["↻ asked 2 times"] * 4)
    assert notebook.page.evaluate("window.hacked") is None
    assert lab.strays == []


def test_a_failure_and_a_stop_bring_the_answer_back_that_was_there(lab: Lab) -> None:
    notebook, view = opened(lab, "stays", "print(run, run.earlier.shape[0])")
    (lab.server.root / "broken").touch()
    choose(view, "klein", "Ask again: 3 with an answer")
    expect(view.locator(".wb-progress")).to_contain_text("asked again without a new answer, so the one before stays: ")
    expect(view.locator(".wb-progress")).to_contain_text("der Server ist nicht da")
    (lab.server.root / "broken").unlink()
    texts = view.locator(".wb-text")
    expect(texts.nth(1)).to_have_text(f"1. Wort zu {PROMPTS[0]}")
    expect(view.locator(".wb-stop")).to_have_count(0)
    (lab.server.root / "hold").touch()
    choose(view, "klein", "Ask again: 3 with an answer")
    expect(view.locator(".wb-word").nth(1)).to_have_text("answering")
    view.get_by_role("button", name="Stop", exact=True).click()
    expect(view.locator(".wb-stop")).to_have_count(0)
    (lab.server.root / "hold").unlink()
    expect(view.locator(".wb-word")).to_have_text(["answered"] * 6)
    for number in (1, 3, 5):
        expect(texts.nth(number)).to_contain_text("1. Wort zu")
    notebook.run_cell(1)
    expect(notebook.outputs(1)).to_contain_text("6 of 6 answered 0")


def test_cells_that_are_asked_again_by_code_are_shown_among_all_of_the_run(lab: Lab) -> None:
    notebook, _ = opened(lab, "by-code", "again = await wb.ask_again(wb.open('other'), prompt=1)\nprint(again)")
    begin = "other = await wb.compare(['eins', 'zwei'], 'embedded', max_tokens=4, name='other')"
    notebook.page.evaluate(
        "code => { window.jupyterapp.shell.currentWidget.content.widgets[0].model.sharedModel.setSource(code); }", begin
    )
    notebook.run_cell(0)
    notebook.run_cell(1)
    again = notebook.cell(1).locator(VIEW)
    expect(again.locator(".wb-word")).to_have_text(["answered"] * 2)
    expect(again.locator(".wb-mark").filter(has_text="↻")).to_have_text(["↻ asked 2 times"])
    for number in range(2):
        expect(again.locator(".wb-text").nth(number)).not_to_be_empty()
    expect(notebook.outputs(1).last).to_contain_text("2 of 2 answered")
