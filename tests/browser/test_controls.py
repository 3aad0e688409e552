"""The controls of a session of agents in a real JupyterLab in a real Chromium, on real AutoGen teams."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from browser.axe import violations
from browser.lab import Lab, NotebookPage
from playwright.sync_api import Locator, Page, expect

TESTS = Path(__file__).resolve().parents[1]
PICTURES = os.environ.get("WORKBENCH_PICTURES")
VIEW = ".wb-controls"
IMPORTS = f"""
import asyncio, os, sys; sys.path.insert(0, {str(TESTS)!r})
from agents.calling import once, session_of
from agents.teams import agent, clients, round_robin
from autogen_agentchat.agents import UserProxyAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from views.agents import scenes
from views.agents.scenes import TASK, office
import workbench as wb
"""
LETTER = (
    "Sehr geehrte Frau Öztürk,\nIhr Antrag auf Wohngeld vom 3. November ist vollständig. Über die Höhe entscheiden wir "
    "bis zum 15. Dezember; Sie müssen nichts weiter tun.\nMit freundlichen Grüßen"
)
OFFICE = f"{IMPORTS}\nscenes.LETTER = {LETTER!r}\nsession = wb.agents.session(office(), TASK)"
# Models that answer only once a file is gone, so that what is seen meanwhile does not hang on how fast the machine is.
HELD = """
from pathlib import Path
from agents.teams import Hashing
create = Hashing.create
async def held(self, *given, **more):
    while Path("held").exists():
        await asyncio.sleep(0.05)
    return await create(self, *given, **more)
Hashing.create = held
"""
SLOW = f"{IMPORTS}{HELD}\nsession = wb.agents.session(round_robin(), TASK)"
HOSTILE = [
    "<img src='http://evil.invalid/a.png' onerror='window.hacked = 1'>",
    "<script>window.hacked = 2</script></script>",
    "</pre></td></table><iframe src='http://evil.invalid/d'></iframe>",
    "$\\href{javascript:window.hacked=5}{x}$ costs $5 or $6",
]


def shown(lab: Lab, begin: str, *more: str, name: str = "controls.ipynb") -> NotebookPage:
    """A notebook whose second cell shows controls; more cells have not run."""
    notebook = lab.open(lab.write(name, [begin, "wb.controls(session)", *more]))
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.page.locator(VIEW).wait_for()
    return notebook


def press(view: Locator, name: str) -> None:
    view.get_by_role("button", name=name, exact=True).click()


def line(view: Locator) -> Locator:
    return view.locator(".wb-now")


def typed(page: Page, text: str) -> None:
    """Write over what stands in the field with the focus, and send it."""
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    page.keyboard.press("Control+Enter")


def test_a_session_is_stepped_changed_approved_and_forked(lab: Lab) -> None:
    notebook = shown(lab, OFFICE, "print(session.approvals.to_string())")
    page, view = notebook.page, notebook.page.locator(VIEW)
    expect(view.locator(".wb-empty").first).to_contain_text("Nothing has happened yet")
    press(view, "Step")
    expect(line(view)).to_have_text("goes on · what clerk said waits below")
    expect(view.locator(".wb-held")).to_contain_text("will be heard by reviewer, sender")
    press(view, "Step")
    expect(view.locator(".wb-held")).to_contain_text("Der Bescheid nennt keine Frist.")
    press(view, "Edit")
    typed(page, "Der Bescheid nennt keine Frist, und die Begründung fehlt.")
    expect(view.locator(".wb-timeline")).to_contain_text("und die Begründung fehlt.")
    press(view, "Redirect")
    press(view.locator(".wb-form:not([hidden])"), "Redirect")
    expect(view.locator(".wb-held")).to_contain_text("will be heard by clerk")
    press(view, "Drop")
    expect(view.locator(".wb-held")).to_contain_text("will be heard by nobody")
    press(view, "Send on")
    expect(line(view)).to_have_text("goes on · sender is next")
    press(view, "Run")
    call = view.locator(".wb-call")
    expect(call).to_contain_text("asked, as it is not marked as read-only")
    expect(call.locator("dd").first).to_have_text('"Ihr Antrag ist vollständig."')
    press(call, "Edit and approve")
    typed(page, '{"to": "Frau Öztürk", ')
    expect(view.get_by_role("alert")).to_contain_text("these arguments are not JSON")
    typed(page, '{"to": "Frau Öztürk", "text": "Bitte reichen Sie den Mietvertrag nach."}')
    expect(call).to_have_count(0)
    expect(view.locator(".wb-problem")).to_be_empty()
    press(view, "Run")
    expect(line(view)).to_have_text(re.compile("sender wants to call send_letter$"))
    notebook.run_cell(2)
    expect(notebook.outputs(2)).to_contain_text("edited")
    expect(notebook.outputs(2)).to_contain_text("Mietvertrag")
    press(view, "Approve for this run")
    view.get_by_role("tab", name="Limits and rights").click()
    expect(view.locator(".wb-rights")).to_contain_text("sender may call send_letter")
    view.get_by_role("button", name="Revoke: sender, send_letter").click()
    expect(view.get_by_text("No tool is approved for the whole run.")).to_be_visible()
    view.locator(".wb-turn").nth(2).click()
    expect(view.get_by_role("tabpanel")).to_contain_text("What fills the context")
    press(view, "Fork here")
    typed(page, "Der Bescheid ist gut.")
    expect(view.locator(".wb-status")).to_contain_text("branch 0.1 (turn 2 edited) · 2 turns")
    press(view, "Step")
    view.get_by_role("tab", name="Branches").click()
    tree = view.get_by_role("tabpanel").locator("img")
    expect(tree).to_have_attribute("alt", re.compile("0.1: leaves 0 after turn 2, turn 2 edited"))
    press(view, "0")
    expect(view.locator(".wb-status")).to_contain_text("branch 0 ·")


def test_runs_of_cells_are_seen_paused_and_stopped_in_two_views_in_step(lab: Lab) -> None:
    held = lab.server.root / "held"
    held.touch()
    notebook = shown(lab, SLOW, "wb.controls(session)", "await session.run()", "len(session._play.shared.watchers)")
    views = [notebook.outputs(place).locator(VIEW) for place in (1, 2)]
    notebook.run_cell(2)
    notebook.start_cell(3)
    for view in views:
        expect(line(view)).to_have_text("a speaks …")
    press(views[0], "Pause")
    expect(line(views[1])).to_have_text("a speaks … · pauses after this turn")
    held.unlink()
    notebook.wait_cell(3)
    for view in views:
        expect(line(view)).to_have_text("halted: paused · b is next")
        expect(view.locator("tbody").first.get_by_role("row")).to_have_count(2)
    held.touch()
    notebook.start_cell(3)
    expect(line(views[1])).to_have_text("b speaks …")
    press(views[1], "Stop")
    notebook.wait_cell(3)
    expect(line(views[0])).to_contain_text("stopped; the turn was taken back")
    press(views[0], "Step")  # between two cells
    expect(line(views[0])).to_have_text("b speaks …")
    held.unlink()
    expect(views[1].locator(".wb-held")).to_contain_text("b said")
    notebook.save()
    notebook.page.reload()
    notebook.ready(kernel=True)
    expect(line(views[1])).to_have_text("goes on · what b said waits below")
    for place in (1, 2, 4):  # where other views stand then
        notebook.run_cell(place)
    expect(notebook.outputs(4)).to_have_text("2")


def test_all_of_it_goes_by_keyboard(lab: Lab) -> None:
    notebook = shown(lab, OFFICE)
    page, view = notebook.page, notebook.page.locator(VIEW)
    keys = page.keyboard
    view.get_by_role("button", name="Step").focus()
    keys.press("?")
    expect(view.locator(".wb-keys")).to_contain_text("to what waits for you")
    keys.press("Escape")
    expect(view.locator(".wb-keys")).to_be_hidden()
    keys.press("s")
    expect(view.locator(".wb-held")).to_be_visible()
    keys.press("a")
    expect(view.get_by_role("button", name="Send on")).to_be_focused()
    keys.press("Tab")
    keys.press("Enter")
    expect(view.get_by_label("What is said instead")).to_be_focused()
    keys.press("Escape")
    expect(view.get_by_role("button", name="Edit")).to_be_focused()
    keys.press("h")
    keys.press("r")
    expect(view.locator(".wb-call")).to_be_visible()
    assert page.evaluate("document.querySelector('.wb-controls').contains(document.activeElement)")
    keys.press("t")
    keys.press("ArrowUp")
    keys.press("Enter")
    expect(view.locator(".wb-chosen .wb-turn")).to_be_focused()
    expect(view.locator(".wb-chosen .wb-turn")).to_have_css("outline-style", "solid")
    expect(view.get_by_role("tabpanel")).to_contain_text("Turn 1 clerk")
    keys.press("4")
    expect(view.get_by_role("tab", name="Say something")).to_be_focused()
    keys.press("ArrowRight")
    expect(view.get_by_role("tab", name="Limits and rights")).to_be_focused()
    view.get_by_label("Turns").last.focus()
    keys.insert_text("2")
    keys.press("Enter")
    keys.press("Escape")
    view.get_by_role("tab", selected=True).focus()
    keys.press("a")
    expect(view.get_by_role("button", name="Approve once")).to_be_focused()
    keys.press("Enter")
    expect(view.locator(".wb-call")).to_have_count(0)
    expect(view.get_by_role("button", name="Step")).to_be_focused()
    keys.press("r")
    expect(line(view)).to_contain_text("the limit of turns (2) is reached")
    for key in "bdd":
        keys.press(key)
    expect(page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(2)


def test_axe_finds_nothing_in_either_theme(lab: Lab, axe: str) -> None:
    notebook = shown(lab, OFFICE + "\nawait session.run()")
    view = notebook.page.locator(VIEW)
    view.locator(".wb-turn").nth(1).click()
    expect(view.get_by_role("tabpanel")).to_contain_text("What fills the context")
    press(view, "Edit and approve")
    for theme in ("Dark", "Light"):
        notebook.theme(f"JupyterLab {theme}")
        assert violations(notebook.page, axe, VIEW) == []
    press(view, "Approve for this run")
    view.get_by_role("button", name="Keys").click()
    view.locator(".wb-turn").nth(2).click()
    press(view, "Fork here")
    press(view, "Make the branch")
    expect(view.locator(".wb-status")).to_contain_text("branch 0.1")
    for theme in ("Dark", "Light"):
        notebook.theme(f"JupyterLab {theme}")
        for tab in view.get_by_role("tab").all():
            tab.click()
            assert violations(notebook.page, axe, VIEW) == []


@pytest.mark.skipif(not PICTURES, reason="make picture takes them")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures_are_taken(lab: Lab, theme: str) -> None:
    notebook = shown(lab, OFFICE + "\nawait session.run()")
    notebook.theme(f"JupyterLab {theme.title()}")  # others have left JupyterLab in theirs
    view = notebook.page.locator(VIEW)
    view.locator(".wb-turn").nth(1).click()
    expect(view.get_by_role("tabpanel")).to_contain_text("What fills the context")
    notebook.command("application:toggle-left-area")
    notebook.page.set_viewport_size({"width": 1280, "height": 1500})
    view.evaluate("node => node.scrollIntoView()")
    notebook.page.wait_for_timeout(500)  # until the page is laid out anew
    notebook.screenshot(Path(str(PICTURES)) / f"controls-{theme}.png", view)


def test_hostile_text_is_inert_everywhere(lab: Lab) -> None:
    begin = f"""{IMPORTS}
hostile = {HOSTILE!r}
def delete(path: str = "") -> str:
    \"\"\"{HOSTILE[0]}\"\"\"
    return hostile[2]
session = session_of(once(("delete", {{"path": "".join(hostile)}})), delete, max_tool_iterations=2)
calls = once(("delete", {{"path": "".join(hostile)}}))
clients(session.team)[0]._answer = lambda prompt, *more: hostile[1] if "Execution" in prompt else calls(prompt, *more)
"""
    notebook = shown(lab, begin)
    view = notebook.page.locator(VIEW)
    press(view, "Run")
    expect(view.locator(".wb-call dd")).to_contain_text("window.hacked = 1")
    press(view, "Edit and approve")
    typed(notebook.page, HOSTILE[0])
    expect(view.get_by_role("alert")).to_contain_text("these arguments are not JSON")
    press(view, "Approve once")
    press(view, "Step")
    expect(view.locator(".wb-held")).to_contain_text(HOSTILE[1])
    expect(view.locator(".wb-timeline")).to_contain_text(HOSTILE[2])
    view.locator(".wb-turn").nth(1).click()
    expect(view.get_by_role("tabpanel")).to_contain_text("What fills the context")
    notebook.page.wait_for_timeout(500)  # images and frames would be asked for by now
    assert view.locator("iframe, script, a, mjx-container, [onerror], img:not([src^='data:'])").count() == 0
    assert notebook.page.evaluate("window.hacked") is None
    assert lab.strays == []


def test_without_a_kernel_the_picture_stays(lab: Lab) -> None:
    notebook = shown(lab, OFFICE, name="kept-controls.ipynb")
    page, view = notebook.page, notebook.page.locator(VIEW)
    picture = notebook.outputs(1).locator(".wb-session").last
    press(view, "Step")
    expect(view.locator(".wb-held")).to_be_visible()
    expect(picture).to_be_hidden()
    expect(picture).to_contain_text("find_rule")
    notebook.save()
    copy = lab.open("kept-controls.ipynb", kernel=False)
    expect(copy.page.locator(".wb-session")).to_be_visible()
    expect(copy.page.locator(".wb-session")).to_contain_text("find_rule")
    expect(copy.page.get_by_text("model not found")).to_be_hidden()
    page.reload()
    notebook.ready(kernel=True)
    press(view, "Step")
    expect(view.locator(".wb-held")).to_contain_text("Der Bescheid nennt keine Frist.")
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    expect(view).to_have_text("The kernel is gone, and the session with it. Below is how it stood last.")
    expect(view.get_by_role("button")).to_have_count(0)
    expect(page.locator(".wb-session")).to_be_visible()
    page.reload()
    notebook.ready(kernel=True)
    expect(page.locator(".wb-session")).to_be_visible()
    expect(page.get_by_text("model not found")).to_be_hidden()


def test_a_person_answers_and_speaks_in_german_without_motion(lab: Lab) -> None:
    held = lab.server.root / "held"
    held.touch()
    begin = f"""{IMPORTS}{HELD}
os.environ["WORKBENCH_LANGUAGE"] = "de"
team = RoundRobinGroupChat([agent("clerk"), UserProxyAgent("citizen")], max_turns=3)
session = wb.agents.session(team, TASK)
"""
    notebook = shown(lab, begin)
    page, view = notebook.page, notebook.page.locator(VIEW)
    press(view, "Weiter")
    expect(line(view)).to_have_text("clerk spricht …")
    beat = "() => getComputedStyle(document.querySelector('.wb-sign')).animationName"
    assert page.evaluate(beat) == "wb-beat"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(beat) == "none"
    held.unlink()
    expect(line(view)).to_have_text("angehalten: citizen wird gefragt und steht für Sie")
    view.get_by_label("Ihre Antwort").focus()
    typed(page, "Ja, am Montag.")
    expect(view.locator(".wb-person")).to_have_count(0)
    press(view, "Schritt")
    expect(view.locator(".wb-held")).to_contain_text("Ja, am Montag.")
    view.get_by_role("tab", name="Etwas sagen").click()
    expect(view.get_by_role("tabpanel").get_by_label("An", exact=True)).to_have_value("")  # to all
    view.get_by_label("Nachricht an das Team").focus()
    typed(page, "Bitte kürzer.")
    expect(view.locator(".wb-timeline")).to_contain_text("Bitte kürzer.")
    expect(view.get_by_label("Nachricht an das Team")).to_have_value("")
    press(view, "Weitergeben")
    view.get_by_label("Wer als Nächstes spricht").select_option("citizen")
    press(view, "Sprechen lassen")
    expect(line(view)).to_have_text("geht weiter · citizen ist dran")
    expect(page.locator(".wb-live")).to_contain_text("citizen")
