"""The report in Chromium: it loads nothing, reads well in light, dark and on paper, and everybody can use it."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from browser.axe import violations
from playwright.sync_api import Browser, Page, expect
from scripted_model import Script, replied, scripted

import workbench as wb
from workbench.comparison import Run
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


@pytest.fixture(scope="module")
def five() -> Run:
    """Five models with long names, asked 30 prompts."""

    def answering(number: int) -> Script:
        async def answer(request: Request) -> AsyncGenerator[Piece, None]:
            asked = int(request.messages[-1].content.rpartition(" ")[2])
            yield replied("ja" if (asked * 7 + number) % 10 > number else "nein")

        return answer

    names = ["qwen2.5-7b-instruct-q4_K_M · temperature=0.7", "llama3.1:8b", "Meta-Llama/" * 8, "gemma2:9b", "phi3"]
    models = [scripted(f"x{n}/m", answering(n), label=name) for n, name in enumerate(names)]
    run = wait(wb.compare([f"Frage {number}" for number in range(30)], models))
    wait(run.score(lambda row: row.answer == "ja"))
    return run


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
    assert page.get_by_role("img").count() == 3
    if folder := os.environ.get("WORKBENCH_PICTURES"):
        page.screenshot(path=Path(folder) / f"report-{scheme}.png", full_page=True)
    # The page's own policy lets no script run; a copy without it lets the checker look at all the rest.
    free = report.with_name(f"free-{scheme}.html")
    free.write_text(report.read_text("utf-8").replace('http-equiv="Content-Security-Policy"', ""), "utf-8")
    page.goto(free.as_uri())
    assert violations(page, axe, "body") == []
    page.close()


@pytest.mark.parametrize("spoken", ["en", "de"])
def test_no_number_and_no_word_of_ours_is_broken(
    browser: Browser, five: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoken: str
) -> None:
    monkeypatch.setenv("WORKBENCH_LANGUAGE", spoken)
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(wb.report(five, tmp_path / "report.html").as_uri())
    tables = "[...document.querySelectorAll('.frame')].filter(one => one.scrollWidth > one.clientWidth)"
    assert page.evaluate(f"{tables}.map(one => one.getAttribute('aria-label'))") == []
    # A word is broken where it has several boxes. Names of models may be, in the first two columns.
    broken = page.evaluate("""() => {
      const found = []
      for (const cell of document.querySelectorAll(".frame:not(.answers) :is(thead th, td:not(:nth-child(2)))")) {
        const text = cell.firstChild?.data ?? ""
        for (const word of text.matchAll(/\\S+/g)) {
          const range = document.createRange()
          range.setStart(cell.firstChild, word.index)
          range.setEnd(cell.firstChild, word.index + word[0].length)
          if (range.getClientRects().length > 1 && !/[-/]/.test(word[0].slice(1, -1))) found.push(text)
        }
      }
      return found
    }""")
    assert broken == []
    several_lines = page.evaluate("""() => [...document.querySelectorAll("td.number")].filter(cell => {
      const range = document.createRange()
      range.selectNodeContents(cell)
      return new Set([...range.getClientRects()].map(box => box.top)).size > 1
    }).map(cell => cell.textContent)""")
    assert several_lines == []
    page.close()


def test_pictures_have_the_colours_of_the_page(browser: Browser, report: Path) -> None:
    marks = []
    for scheme in ("light", "dark"):
        page = opened(browser, report, scheme)
        drawn = "svg [stroke^='var(--mark']"
        marks.append(page.evaluate(f'getComputedStyle(document.querySelector("{drawn}")).stroke'))
        page.close()
    assert marks == ["rgb(0, 114, 178)", "rgb(86, 180, 233)"]


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


def rows(page: Page) -> list[str]:
    """The prompts of the answers that are seen."""
    return [one.strip() for one in page.locator(".answers tbody tr:visible th").all_inner_texts()]


def test_answers_are_narrowed_down_by_the_keyboard_and_without_a_script(browser: Browser, report: Path) -> None:
    page = opened(browser, report, "light")
    assert len(rows(page)) == 30
    page.get_by_role("radio", name="All (30)").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Failed or not asked (1)")).to_be_checked()
    assert rows(page) == ["Meldebehörde: Frage 5"]
    page.get_by_role("radio", name="Differ from good").check()
    differing = rows(page)
    assert "Standesamt: Frage 0" not in differing
    assert "Meldebehörde: Frage 2" in differing
    page.get_by_role("radio", name="Only one wrong").check()
    assert set(rows(page)) <= set(differing)
    # A field of the overview leads to its answer, though that is among those that are not seen now.
    assert "Standesamt: Frage 0" not in rows(page)
    page.get_by_role("link").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(":target")).to_be_in_viewport()
    assert page.locator(":target").inner_text() == "Standesamt"
    assert "Standesamt: Frage 0" in rows(page)
    page.close()


def test_what_differs_is_marked_and_long_answers_unfold(browser: Browser, tmp_path: Path) -> None:
    long = "Der Antrag ist vollständig. " * 60
    said = {"a": f"{long}Die Frist endet am 1. Mai.", "b": f"{long}Die Frist endet am 3. Mai."}

    def saying(text: str) -> Script:
        async def answer(request: Request) -> AsyncGenerator[Piece, None]:
            yield replied(text)

        return answer

    models = [scripted(f"{name}/m", saying(text), label=name) for name, text in said.items()]
    page = browser.new_page()
    page.goto(wb.report(wait(wb.compare("Ist er es?", models)), tmp_path / "report.html").as_uri())
    expect(page.get_by_text("Die Frist endet am").first).to_be_hidden()
    page.get_by_text("more characters").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Die Frist endet am 1. Mai.").first).to_be_visible()
    page.get_by_text("Beside a: ").click()
    expect(page.locator("del")).to_have_text("1")
    expect(page.locator("ins")).to_have_text("3")
    page.emulate_media(media="print")  # paper shows what is folded, and nothing that is only to be pressed
    expect(page.get_by_text("Die Frist endet am 3. Mai.")).to_be_visible()
    expect(page.get_by_text("Beside a: ")).to_be_hidden()
    page.close()
