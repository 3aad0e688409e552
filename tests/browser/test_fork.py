"""Branches made in the controls of a session, in a real JupyterLab in a real Chromium, on real AutoGen teams."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from browser.axe import violations
from browser.lab import Lab
from browser.test_controls import OFFICE, VIEW, line, press, shown
from playwright.sync_api import Locator, expect

PICTURES = os.environ.get("WORKBENCH_PICTURES")
TAKEN = OFFICE + "\nawait session.step(); await session.step();"


def looked_at(view: Locator, number: int) -> None:
    view.locator(".wb-turn").nth(number).click()
    expect(view.get_by_role("tabpanel")).to_contain_text("What fills the context")


def branch(view: Locator, name: str) -> None:
    view.get_by_role("tab", name="Branches").click()
    press(view, name)


def test_models_system_messages_and_results_of_tools_are_changed(lab: Lab) -> None:
    notebook = shown(lab, TAKEN, "print(session.branches[['branch', 'change']].to_string())")
    view = notebook.page.locator(VIEW)
    looked_at(view, 1)
    press(view, "Fork here")
    expect(view.get_by_label("The other system message")).to_be_hidden()
    view.get_by_label("Another system message for").select_option("clerk")
    system = view.get_by_label("The other system message")
    expect(system).to_have_value("You are a clerk.")
    system.fill("You are a strict clerk.")
    press(view, "Make the branch")
    expect(view.locator(".wb-status")).to_contain_text("branch 0.1 (clerk: another system message) · 1 turn")
    branch(view, "0")
    looked_at(view, 1)
    press(view, "Fork here")
    view.get_by_label("Another result of").select_option("find_rule")
    expect(view.get_by_label("What is said in this turn instead")).to_be_hidden()
    expect(view.get_by_label("The other result")).to_have_value("no such topic")
    view.get_by_label("The other result").fill("§ 9 WoGG")
    press(view, "Make the branch")
    expect(view.locator(".wb-status")).to_contain_text("branch 0.2 (find_rule: another result) · 0 turns")
    press(view, "Step")
    turn = view.locator("tbody").first.get_by_role("row").nth(1)
    expect(turn).to_contain_text("§ 9 WoGG")
    turn.get_by_text("differs from branch 0, where it was").click()
    expect(turn.locator("details[open]")).to_contain_text("no such topic")
    branch(view, "0")
    looked_at(view, 2)
    press(view, "Fork here")
    expect(view.get_by_label("Another result of")).to_be_hidden()  # this turn called no tool
    view.get_by_label("Another model for").select_option(label="all")
    press(view, "Make the branch")
    expect(view.get_by_role("alert")).to_contain_text("the other model has no name")
    view.get_by_label("The other model").fill("embedded")
    press(view, "Make the branch")
    told = "branch 0.3 (clerk: embedded; reviewer: embedded; sender: embedded) · 2 turns"
    expect(view.locator(".wb-status")).to_contain_text(told)
    notebook.run_cell(2)
    expect(notebook.outputs(2)).to_contain_text("find_rule: another result")


def test_a_branch_is_made_by_keyboard(lab: Lab) -> None:
    notebook = shown(lab, TAKEN)
    page, view = notebook.page, notebook.page.locator(VIEW)
    keys = page.keyboard
    looked_at(view, 1)
    view.get_by_role("button", name="Fork here").focus()
    keys.press("Enter")
    expect(view.get_by_label("What is said in this turn instead")).to_be_focused()
    keys.press("Tab")
    expect(view.get_by_label("Another result of")).to_be_focused()
    keys.press("Tab")
    expect(view.get_by_label("Another system message for")).to_be_focused()
    keys.press("Tab")
    expect(view.get_by_label("Another model for")).to_be_focused()
    keys.type("reviewer")  # as a list takes it
    keys.press("Tab")
    expect(view.get_by_label("The other model")).to_be_focused()
    keys.press("Escape")
    expect(view.get_by_role("button", name="Fork here")).to_be_focused()
    expect(view.locator(".wb-form:not([hidden])")).to_have_count(0)
    keys.press("Enter")
    view.get_by_label("The other model").focus()
    keys.insert_text("embedded")
    keys.press("Enter")
    expect(view.locator(".wb-status")).to_contain_text("branch 0.1 (reviewer: embedded) · 1 turn")
    expect(line(view)).to_contain_text("goes on")


def test_axe_finds_nothing_in_the_form_in_either_theme(lab: Lab, axe: str) -> None:
    notebook = shown(lab, TAKEN)
    view = notebook.page.locator(VIEW)
    looked_at(view, 1)
    press(view, "Fork here")
    view.get_by_label("Another model for").select_option("clerk")
    view.get_by_label("Another system message for").select_option("clerk")
    view.get_by_label("Another result of").select_option("find_rule")
    for theme in ("Dark", "Light"):
        notebook.theme(f"JupyterLab {theme}")
        assert violations(notebook.page, axe, VIEW) == []
    view.get_by_label("Another model for").select_option("")
    view.get_by_label("The other result").fill("§ 9 WoGG")
    press(view, "Make the branch")
    press(view, "Step")
    view.get_by_text("differs from branch 0, where it was").click()
    for theme in ("Dark", "Light"):
        notebook.theme(f"JupyterLab {theme}")
        assert violations(notebook.page, axe, VIEW) == []


@pytest.mark.skipif(not PICTURES, reason="pictures are taken on request")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures_are_taken(lab: Lab, theme: str) -> None:
    notebook = shown(lab, TAKEN, dark=theme == "dark")
    view = notebook.page.locator(VIEW)
    looked_at(view, 1)
    notebook.command("application:toggle-left-area")
    notebook.page.set_viewport_size({"width": 1280, "height": 1500})
    press(view, "Fork here")
    view.get_by_label("Another model for").select_option("clerk")
    view.get_by_label("Another result of").select_option("find_rule")
    view.evaluate("node => node.scrollIntoView()")
    notebook.page.wait_for_timeout(500)  # until the page is laid out anew
    notebook.screenshot(Path(str(PICTURES)) / f"fork-{theme}.png", view)
    view.get_by_label("Another model for").select_option("")
    view.get_by_label("The other result").fill("§ 9 WoGG")
    press(view, "Make the branch")
    press(view, "Step")
    view.get_by_text("differs from branch 0, where it was").click()
    notebook.page.wait_for_timeout(500)
    notebook.screenshot(Path(str(PICTURES)) / f"fork-differs-{theme}.png", view)
