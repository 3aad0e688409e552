"""A session of agents in a real JupyterLab: wherever a cell ends in one, by keyboard, and in an untrusted copy."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from browser.axe import violations
from browser.lab import Lab
from playwright.sync_api import Locator, expect

TESTS = Path(__file__).resolve().parents[1]
PICTURES = os.environ.get("WORKBENCH_PICTURES")
SESSION = ".wb-session"
PANE = f"{SESSION} .wb-kept"
CELLS = [
    f"import sys; sys.path.insert(0, {str(TESTS)!r})\n"
    "from views.agents.scenes import at_work, branched\nimport workbench as wb\nsession = await at_work()\nsession",
    "await branched()",
    "session.turn(1)",
    "wb.speakers(session)",
    "wb.waterfall(session)",
]


def test_a_session_is_shown_as_its_turns_with_heads_in_sight(lab: Lab) -> None:
    notebook = lab.open(lab.write("session.ipynb", CELLS))
    notebook.run_all()
    shown = notebook.outputs(0)
    expect(shown.locator(f"{PANE} caption")).to_contain_text("Session: user, clerk, reviewer, sender · 2 turns")
    expect(shown.locator(".wb-end")).to_contain_text("sender: send_letter waits for a word: session.approve()")
    pane = notebook.page.locator(PANE).first
    assert pane.bounding_box()["height"] <= 524  # type: ignore[index]
    assert pane.evaluate("node => node.scrollHeight > node.clientHeight")
    pane.evaluate("node => { node.scrollTop = 300; }")
    head, told, cost = pane.locator("thead th").all()
    assert told.bounding_box()["width"] > head.bounding_box()["width"] + cost.bounding_box()["width"]  # type: ignore[index]
    assert abs(head.bounding_box()["y"] - pane.bounding_box()["y"]) <= 2  # type: ignore[index]
    expect(notebook.outputs(1).locator("img")).to_have_count(2)
    for picture in notebook.page.locator(f"{SESSION} img").all():
        assert picture.evaluate("node => node.naturalWidth > 0 && node.alt.length > 0")
    expect(notebook.outputs(2).locator(SESSION)).to_contain_text("What fills the context")
    for place in (3, 4):
        expect(notebook.outputs(place).locator("svg, img")).to_have_count(1)
    assert lab.strays == []


def test_all_of_it_is_reached_by_the_keyboard(lab: Lab) -> None:
    notebook = lab.open(lab.write("session-keys.ipynb", CELLS[:1]))
    notebook.run_all()
    page = notebook.page
    pane = page.locator(PANE)
    pane.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("selector => document.querySelector(selector).scrollTop > 0", arg=PANE)
    page.keyboard.press("Tab")
    rest = pane.locator("details pre").first
    expect(rest).to_be_hidden()
    page.keyboard.press("Enter")
    expect(rest).to_be_visible()
    assert page.evaluate("document.querySelector('.jp-mod-editMode')") is None
    table = page.locator(f"{SESSION} .wb-table")
    expect(table).to_be_hidden()
    page.get_by_text("As a table").focus()
    page.keyboard.press("Enter")
    expect(table).to_be_visible()


def test_a_copy_that_is_not_trusted_and_has_no_kernel_shows_all_of_it(lab: Lab) -> None:
    name = lab.write("session-kept.ipynb", CELLS[:2])
    notebook = lab.open(name)
    notebook.run_all()
    notebook.save()
    copy = lab.open(name, kernel=False)
    expect(copy.outputs(0).locator(".wb-end")).to_contain_text("waits for a word")
    pictures = copy.outputs(1).locator("img")
    expect(pictures).to_have_count(2)
    assert all(picture.evaluate("node => node.naturalWidth > 0") for picture in pictures.all())
    assert copy.page.locator(PANE).first.bounding_box()["height"] <= 524  # type: ignore[index]
    _keep(copy.page.locator(SESSION).first, "session-untrusted")
    assert lab.strays == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(lab: Lab, axe: str, dark: bool) -> None:
    notebook = lab.open(lab.write("axe-session.ipynb", CELLS[:3]), dark=dark)
    notebook.run_all()
    for summary in notebook.page.get_by_text("As a table").all():
        summary.click()
    notebook.page.locator(f"{PANE} details summary").first.click()
    for number in range(3):
        _keep(notebook.outputs(number), f"session-{number}-{'dark' if dark else 'light'}")
    assert violations(notebook.page, axe, SESSION) == []


def _keep(place: Locator, name: str) -> None:
    if PICTURES:
        place.screenshot(path=Path(PICTURES) / f"{name}.png")
