"""The report in Chromium: it loads nothing, reads well in light, dark and on paper, and everybody can use it."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from browser.axe import violations
from playwright.sync_api import Browser, Page, expect
from scripted_model import replied, scripted

import workbench as wb
from workbench.connections import wait
from workbench.messages import Piece, Request

OFFICES = ["Standesamt", "Bauamt", "Meldebehörde"]
LONG = "Aufenthaltsbestimmungsrechtsübertragungsverordnung" * 4


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a comparison in which much went well, something was cut and something failed."""

    async def good(request: Request) -> AsyncGenerator[Piece, None]:
        yield replied(request.messages[-1].content.partition(":")[0])

    async def bad(request: Request) -> AsyncGenerator[Piece, None]:
        number = int(request.messages[-1].content.rpartition(" ")[2])
        if number == 5:
            raise ConnectionResetError("<b>gone</b>")
        yield replied("" if number == 6 else OFFICES[number % 2] if number != 7 else LONG)

    prompts = [f"{OFFICES[number % 3]}: Frage {number}" for number in range(30)]
    models = [scripted("x/good", good, label="good"), scripted("y/bad", bad, label="<script>bad</script>")]
    run = wait(wb.compare(prompts, models))
    wait(run.score(lambda row: row.answer == row.prompt.partition(":")[0]))
    return wb.report(run, tmp_path_factory.mktemp("report") / "report.html", title="Which office?")


def opened(browser: Browser, report: Path, scheme: str) -> Page:
    page = browser.new_page(
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": 1100, "height": 900},
    )
    page.goto(report.as_uri())
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(browser: Browser, report: Path, axe: str, scheme: str) -> None:
    page = opened(browser, report, scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    assert asked == [report.as_uri()]
    expect(page.get_by_role("heading", name="Which office?")).to_be_visible()
    assert page.get_by_role("img").count() == 4
    if folder := os.environ.get("WORKBENCH_PICTURES"):
        page.screenshot(path=Path(folder) / f"report-{scheme}.png", full_page=True)
    # The page's own policy lets no script run; a copy without it lets the checker look at all the rest.
    free = report.with_name(f"free-{scheme}.html")
    free.write_text(report.read_text("utf-8").replace('http-equiv="Content-Security-Policy"', ""), "utf-8")
    page.goto(free.as_uri())
    assert violations(page, axe, "body") == []
    page.close()


def test_a_wide_table_is_scrolled_by_the_keyboard_and_not_the_page(browser: Browser, report: Path) -> None:
    page = browser.new_page(viewport={"width": 420, "height": 800})
    page.goto(report.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    frame = page.get_by_role("group", name="Pair by pair")
    frame.focus()
    expect(frame).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("frame => frame.scrollLeft > 0", arg=frame.element_handle())
    page.close()


def test_it_is_printed_whole(browser: Browser, report: Path, tmp_path: Path) -> None:
    page = opened(browser, report, "dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    # What is wider than the paper would be cut.
    page.set_viewport_size({"width": 700, "height": 1000})
    wide = "[...document.querySelectorAll('.frame')].filter(one => one.scrollWidth > one.clientWidth + 1).length"
    assert page.evaluate(wide) == 0
    printed = page.pdf(path=tmp_path / "report.pdf", format="A4", print_background=True)
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") >= 2
    page.close()
