"""A notebook as a page for training: served by real Voilà on loopback, in a real Chromium, with scripted models."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from browser.axe import violations
from browser.lab import RUN_SECONDS, await_answer, end, environment, free_port
from playwright.sync_api import Browser, Page, expect

import workbench

TESTS = Path(__file__).resolve().parents[1]
PICTURES = os.environ.get("WORKBENCH_PICTURES")
MODELS = f"""
import asyncio, sys; sys.path.insert(0, {str(TESTS)!r})
from scripted_model import replied, scripted
from workbench.messages import Piece
import workbench as wb

def saying(what):
    async def answer(request):
        said = what + request.messages[-1].content
        yield Piece(said)
        yield replied(said)
    return answer

async def endless(request):
    for number in range(1, 6000):
        yield Piece(f"{{number}} ")
        await asyncio.sleep(0.1)
    yield replied("1 2 3")

short = scripted("own/short", saying("You said: "), label="short")
other = scripted("own/other", saying("I heard: "), label="other")
long = scripted("gpu/long", endless, label="long")
"""
# A cell of Voilà's is seen once it has run, so that a comparison that is to be seen at work goes on behind it.
CELLS = [
    MODELS,
    "wb.chat([short])",
    "wb.panel()",
    "asyncio.ensure_future(wb.compare(['Was?'], [short, long])); await asyncio.sleep(1)",
    "run = await wb.compare(['Was?', 'Wer?'], {'a': short, 'b': other}, name='voila');",
    "vote = wb.vote(run)",
]


@contextmanager
def voila(folder: Path, theme: str) -> Iterator[str]:
    """Voilà with the settings of the package, serving one notebook; gives its address."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "page.ipynb")
    port, log = free_port(), folder / "voila.log"
    settings = Path(str(workbench.__file__)).parent / "jupyter"
    options = [f"--port={port}", "--no-browser", "--Voila.ip=127.0.0.1", f"--theme={theme}"]
    with log.open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "voila", "page.ipynb", *options],
            cwd=folder,
            env=environment(folder) | {"JUPYTER_CONFIG_PATH": str(settings)},
            stdout=told,
            stderr=subprocess.STDOUT,
        )
        try:
            await_answer(f"http://127.0.0.1:{port}/voila/static/voila.js", process, log)
            yield f"http://127.0.0.1:{port}/"
        finally:
            end(process)


@pytest.fixture
def strays() -> list[str]:
    """Addresses outside of loopback that the page asked for; none of these requests went out."""
    return []


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, tmp_path: Path, browser: Browser, strays: list[str]) -> Iterator[Page]:
    """The page, once all its cells have run."""
    with voila(tmp_path, request.param) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 1600})
        own = urlsplit(address).netloc
        context.route(
            lambda url: urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc != own,
            lambda route: (strays.append(route.request.url), route.abort()),
        )
        page = context.new_page()
        page.goto(address, wait_until="commit")
        page.locator(".wb-vote").wait_for(timeout=RUN_SECONDS * 1000)
        yield page
        context.close()


def test_a_page_of_voila_is_alive_and_asks_nobody_outside(
    page: Page, strays: list[str], axe: str, request: pytest.FixtureRequest
) -> None:
    panel, vote = page.locator(".wb-panel"), page.locator(".wb-vote")
    expect(panel).to_contain_text("embedded")

    # The live view draws while the models answer, and Stop ends it, with what came.
    running = page.locator(".wb-compare").first
    expect(running).to_contain_text("You said: Was?")
    expect(running).to_contain_text("7 8 9")
    running.get_by_role("button", name="Stop", exact=True).click()
    expect(running).to_contain_text("1 of 2 answered, 1 stopped")

    # One that ended while its cell ran has its view, too, not only the table.
    ended = page.locator(".wb-compare").nth(1)
    expect(ended).to_contain_text("4 of 4 answered")
    ended.get_by_label("Search").fill("Wer")
    expect(ended.get_by_text("You said: Wer?")).to_be_visible()
    expect(ended.get_by_text("You said: Was?")).to_be_hidden()

    chat = page.locator(".wb-chat")
    chat.get_by_role("textbox", name="Message").fill("Guten Tag.")
    page.keyboard.press("Enter")
    expect(chat).to_contain_text("You said: Guten Tag.")

    expect(vote).to_contain_text("0 of 2")
    vote.get_by_role("button", name="Answer 1 is better").click()
    expect(vote).to_contain_text("1 of 2")

    for view in (".wb-chat", ".wb-panel", ".wb-compare", ".wb-vote"):
        assert violations(page, axe, view) == []
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"voila-{request.node.callspec.params['page']}.png", full_page=True)
    assert strays == []
