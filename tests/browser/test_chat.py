"""A chat in a real JupyterLab in a real Chromium: spoken to by keyboard, edited, stopped, and read without a kernel."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from browser.axe import violations
from browser.lab import Lab, NotebookPage
from playwright.sync_api import Locator, expect

TESTS = Path(__file__).resolve().parents[1]
PICTURES = os.environ.get("WORKBENCH_PICTURES")
VIEW = ".wb-chat"
HOSTILE = "<img src='http://evil.invalid/a.png' onerror='window.hacked = 1'><script>window.hacked = 2</script>"
# Two models: one answers with what it was told, the other goes on until it is stopped, unless it is told not to.
MODELS = f"""
import asyncio, sys; sys.path.insert(0, {str(TESTS)!r})
from scripted_model import replied, scripted
from workbench.errors import StreamCutError
from workbench.messages import Piece
import workbench as wb
fails = {{"Fail"}}

async def short(request):
    said = request.messages[-1].content
    if said in fails:
        fails.discard(said)
        raise StreamCutError("the connection ended in the middle", where="gpu, " + {HOSTILE!r}, advice="ask again")
    yield Piece("You said: ")
    yield replied("You said: " + said)

async def long(request):
    said = request.messages[-1].content
    for number in range(1, 6000 if said == "Count" else 4):
        yield Piece(f"{{number}} ")
        await asyncio.sleep(0.02)
    yield replied("1 2 3 ")

chat = wb.chat([scripted("own/short", short, label="short"), scripted("gpu/long", long, label="long")])
"""


@pytest.fixture
def opened(lab: Lab) -> NotebookPage:
    notebook = lab.open(lab.write("chat.ipynb", [MODELS, "chat", "chat"]))
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.page.locator(VIEW).wait_for()
    return notebook


def write(notebook: NotebookPage, text: str) -> None:
    """Write in the field that has the focus, and send it."""
    notebook.page.keyboard.insert_text(text)
    notebook.page.keyboard.press("Enter")


def answer(view: Locator, turn: int, model: int) -> Locator:
    return view.locator(".wb-turn").nth(turn).locator(".wb-answer").nth(model)


def test_a_chat_is_led_by_keyboard_edited_stopped_and_kept(lab: Lab, opened: NotebookPage, axe: str) -> None:
    view, page = opened.page.locator(VIEW), opened.page
    view.get_by_role("textbox", name="Message").focus()
    write(opened, HOSTILE)
    expect(answer(view, 0, 0)).to_contain_text(f"You said: {HOSTILE}")
    expect(answer(view, 0, 1)).to_contain_text("0.3 s")

    # Stop ends the longer answer, and keeps what came.
    write(opened, "Count")
    expect(answer(view, 1, 1)).to_contain_text("2 3 4")
    page.keyboard.press("Tab")
    stop = view.get_by_role("button", name="Stop")
    expect(stop).to_be_focused()
    page.keyboard.press("Enter")
    expect(stop).to_be_hidden()
    expect(answer(view, 1, 1)).to_contain_text("stopped")
    expect(answer(view, 1, 1)).to_contain_text("2 3 4")

    # The arrow up edits what was said last; the older wording is one step away.
    view.get_by_role("textbox", name="Message").focus()
    page.keyboard.press("ArrowUp")
    expect(view.get_by_role("textbox", name="Say instead")).to_have_value("Count")
    page.keyboard.press("Control+A")
    write(opened, "Fail")
    failed = answer(view, 1, 0)
    expect(failed).to_contain_text("the connection ended in the middle")
    expect(failed).to_contain_text("<img")
    expect(view.locator(".wb-which")).to_have_text(["1/1", "2/2"])
    earlier = view.get_by_role("button", name="Earlier wording of turn 2")
    earlier.focus()
    page.keyboard.press("Enter")
    expect(view.locator(".wb-said").nth(1)).to_have_text("Count")
    expect(answer(view, 1, 1)).to_contain_text("2 3 4")
    expect(earlier).to_be_focused()
    view.get_by_role("button", name="Later wording of turn 2").press("Enter")
    expect(view.locator(".wb-said").nth(1)).to_have_text("Fail")
    view.get_by_role("button", name="Ask again").press("Enter")
    expect(answer(view, 1, 0)).to_contain_text("You said: Fail")
    expect(answer(view, 1, 0)).to_contain_text("asked 2 times")
    for theme, name in (("JupyterLab Light", "chat"), ("JupyterLab Dark", "chat-dark")):
        opened.theme(theme)
        assert violations(page, axe, VIEW) == []
        if PICTURES:
            opened.screenshot(Path(PICTURES) / f"{name}.png", view)

    # A page that is loaded anew has all of it; an untrusted copy without a kernel has the branch as a table.
    expect(opened.outputs(1).filter(has_text="Chat with short, long · 2 turns")).to_have_count(1)
    opened.run_cell(2)
    expect(view).to_have_count(2)
    opened.save()
    page.reload()
    opened.ready(kernel=True)
    expect(view).to_have_count(2)
    for one in view.all():
        expect(answer(one, 1, 0)).to_contain_text("You said: Fail")
    for table in opened.page.locator(".wb-kept").all():
        expect(table).to_be_hidden()
    kept = lab.open("chat.ipynb", kernel=False)
    expect(kept.outputs(1).locator("table")).to_contain_text("You said: Fail")
    assert page.evaluate("window.hacked") is None
    assert lab.strays == []
