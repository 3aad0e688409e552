"""A blind vote in JupyterLab: by keys alone, nothing told before the reveal, a result that stays without a kernel."""

from __future__ import annotations

import os
import re
from pathlib import Path

from browser.axe import violations
from browser.lab import Lab, NotebookPage
from playwright.sync_api import Locator, expect

RUN = """
import os
os.environ["WORKBENCH_LANGUAGE"] = "$LANGUAGE"
import workbench as wb

CLEAR = "Bring your identity card and the landlord's confirmation; registering takes ten minutes."
VAGUE = "it depends, and the office will certainly know more about it. Please ask there."

async def clear(prompt):
    return f"I am Qwen2.5 by Alibaba Cloud. {CLEAR} ({prompt})"

async def vague(prompt):
    return f'<img src=x onerror="document.title=1"><b>fett</b> \\x1b[31m As SmolLM2 I would say: {VAGUE} ({prompt})'

questions = ["I move to Bonn. What do I need?", "How do I register a dog?", "Where do I get a birth certificate?"]
run = await wb.compare(questions, {"qwen2.5:7b": clear, "smollm2 <b>": vague}, name="$NAME");
"""
RESULT_MS = 90_000  # the first picture of a kernel loads what draws it
VOTE = "vote = wb.vote(run)"
VIEW = ".jp-Notebook .jp-Cell:nth-child(2) .wb-vote"


def opened(lab: Lab, name: str, *, dark: bool = False, language: str = "en") -> tuple[NotebookPage, Locator]:
    run = RUN.replace("$LANGUAGE", language).replace("$NAME", name)
    cells = [run, VOTE, "vote.reveal()", "print(vote.done, vote.is_revealed)"]
    notebook = lab.open(lab.write(f"{name}.ipynb", cells), dark=dark)
    notebook.run_cell(0)
    notebook.run_cell(1)
    view = notebook.page.locator(VIEW)
    expect(view).to_be_visible()
    return notebook, view


def picture(view: Locator, name: str) -> None:
    if folder := os.environ.get("WORKBENCH_PICTURES"):
        view.screenshot(path=Path(folder) / f"{name}.png")


def better(view: Locator) -> str:
    """The key for the clear answer, on whichever side it stands."""
    return "1" if "identity card" in view.get_by_role("group", name="Answer 1").inner_text() else "2"


def test_a_vote_by_keys_tells_nothing_until_it_is_revealed(lab: Lab, axe: str) -> None:
    notebook, view = opened(lab, "vote")
    page = notebook.page
    texts = [view.get_by_role("group", name=f"Answer {number}") for number in (1, 2)]
    shown = " ".join(text.inner_text() for text in texts)
    assert "Qwen" not in shown
    assert "SmolLM" not in shown
    assert "Alibaba" not in shown
    assert "[name hidden]" in shown
    assert '<img src=x onerror="document.title=1"><b>fett</b> ␛[31m' in shown
    assert violations(page, axe, VIEW) == []
    picture(view, "vote")
    texts[0].focus()
    for done in (1, 2):
        page.keyboard.press(better(view))
        expect(view).to_contain_text(f"{done} of 3 pairs voted on")
    page.keyboard.press("b")
    expect(view.locator(".wb-chosen")).to_have_count(1)
    page.keyboard.press(better(view))
    expect(view.locator(".wb-chosen")).to_have_count(0)
    page.keyboard.press("=")
    expect(view).to_contain_text("3 of 3 pairs voted on")
    expect(view).to_contain_text("All pairs are voted on.")
    expect(view).to_contain_text("Undecided: too few votes yet to say how many it takes.")
    assert "qwen" not in view.inner_text().lower()
    reveal = view.get_by_role("button", name="Reveal…")
    reveal.focus()
    page.keyboard.press("Enter")
    expect(view.get_by_role("button", name="Go on voting")).to_be_focused()
    picture(view, "vote-reveal")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    result = view.get_by_role("group", name="Blind vote: result")
    expect(result.get_by_role("img")).to_have_count(1, timeout=RESULT_MS)
    expect(result).to_be_focused()
    expect(result.get_by_role("row").nth(1)).to_contain_text("qwen2.5:7b")
    expect(result.get_by_role("row").nth(2)).to_contain_text("smollm2 <b>")
    expect(result.get_by_role("img")).to_have_attribute("alt", re.compile("Strength of each model by votes"))
    assert violations(page, axe, VIEW) == []
    picture(view, "vote-result")
    page.keyboard.press("1")  # it is over
    notebook.run_cell(3)
    expect(notebook.outputs(3)).to_contain_text("3 True")
    assert page.title() != "1"
    assert lab.strays == []
    notebook.save()
    kept = lab.open("vote.ipynb", kernel=False)
    expect(kept.outputs(1)).to_contain_text("qwen2.5:7b is ahead of smollm2 <b>.")
    expect(kept.outputs(1).get_by_role("img")).to_have_count(1)
    assert len(list((lab.server.root / ".workbench").glob("vote.votes.jsonl"))) == 1


def test_it_speaks_german_in_the_dark_fits_a_narrow_page_and_is_revealed_by_code(lab: Lab, axe: str) -> None:
    notebook, view = opened(lab, "wahl", dark=True, language="de")
    page = notebook.page
    expect(view).to_contain_text("über 0 von 3 Paaren abgestimmt")
    view.evaluate("node => { node.style.width = '480px'; }")
    boxes = [view.get_by_role("group", name=f"Antwort {number}").bounding_box() for number in (1, 2)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[1]["y"] > boxes[0]["y"] + boxes[0]["height"] - 1
    assert view.evaluate("node => node.scrollWidth <= node.clientWidth")
    picture(view, "vote-narrow")
    view.evaluate("node => { node.style.width = ''; }")
    view.get_by_role("button", name="Antwort 1 ist besser").click()
    expect(view).to_contain_text("über 1 von 3 Paaren abgestimmt")
    assert violations(page, axe, VIEW) == []
    picture(view, "vote-dark")
    notebook.run_cell(2)
    expect(view.get_by_role("img")).to_have_count(1, timeout=RESULT_MS)
    result = view.get_by_role("group", name="Blinde Abstimmung: Ergebnis")
    expect(result).to_contain_text("95-%-Intervall")
    expect(view.get_by_role("button")).to_have_count(0)
    assert violations(page, axe, VIEW) == []
    picture(view, "vote-result-dark")
