"""Reading a comparison in JupyterLab: one answer at full width, what differs, filters, columns, and asking again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from browser.axe import violations
from browser.lab import Lab, NotebookPage
from browser.scripted import IMPORTS
from playwright.sync_api import Locator, expect

HOSTILE = "<img src=x onerror='window.hacked = 1'>"
VIEW = ".wb-compare"
PICTURES = os.environ.get("WORKBENCH_PICTURES")
MARKDOWN = """Das **Prinzip** heißt: was die kleinere Ebene kann, macht sie selbst.

## Drei Aufgaben

1. Schulen, `seit 1949`
2. Wasser

| Ebene | Beispiel |
|---|---|
| Land | Polizei |

[mehr](javascript:window.hacked=1) ![bild](http://evil.invalid/y.png) <img src=x onerror='window.hacked=2'>"""
# What a server gives is scripted; comparison, journal, kernel and page are real.
ASKED = f"""
import asyncio, os
import workbench as wb
from workbench.messages import Reply, Timing, Usage

asked = []
os.environ["BROKEN"] = "yes"

def reply(text, tokens=40, finish="stop", **more):
    return Reply(text=text, finish=finish, usage=Usage(31, tokens), timing=Timing(1.2, 0.21, 2.4, 35.0), **more)

async def big(prompt):
    asked.append(("big", prompt))
    if "kostet" in prompt:
        return reply("Seit dem 1. November 2010 kostet ein Ausweis 37 Euro.")
    return reply({MARKDOWN!r}, reasoning="Was will er wissen?")

async def small(prompt):
    asked.append(("small", prompt))
    if "kostet" in prompt:
        return reply("Seit dem 1. Januar 2010 kostet ein Ausweis 28 Euro, für Jüngere weniger.")
    if "JSON" in prompt:
        return reply('{{"ort": "Bonn", "ämter": [{{"nummer": 7}}]}}')
    cut = "the answer was cut by the limit of tokens"
    return reply("Die Gemeinde regelt alles. " * 9, 120, "length", warnings=(cut,))

async def flaky(prompt):
    asked.append(("flaky", prompt))
    await asyncio.sleep(0.2)
    if os.environ["BROKEN"]:
        raise ValueError("der Server ist nicht da")
    return reply("jetzt doch")
"""
PROMPTS = ["Was ist Subsidiarität?", "Was kostet ein Ausweis?", "Gib die Ämter als JSON."]
COMPARED = f"run = await wb.compare({PROMPTS!r}, {{'big': big, 'small': small, 'flaky': flaky}}, name="


def opened(lab: Lab, name: str, *cells: str) -> tuple[NotebookPage, Locator]:
    """A notebook in which the comparison has run, and its view."""
    notebook = lab.open(lab.write(f"{name}.ipynb", [ASKED + COMPARED + f"{name!r})", *cells]))
    notebook.run_cell(0)
    view = notebook.page.locator(VIEW)
    expect(view.locator(".wb-progress")).to_contain_text("6 of 9 answered, 3 failed")
    return notebook, view


def picture(notebook: NotebookPage, name: str) -> None:
    for theme in ("Dark", "Light") if PICTURES else ():
        notebook.theme(f"JupyterLab {theme}")
        notebook.screenshot(Path(str(PICTURES)) / f"{name}-{theme.lower()}.png", notebook.page.locator(VIEW))


def test_answers_are_rated_by_keyboard_and_the_ratings_stay(lab: Lab, axe: str) -> None:
    told = "run.scores.dropna(subset='value')[['model', 'scorer', 'value']].values.tolist(), run.ratings[1].note"
    notebook, view = opened(lab, "rated", told)
    press, focus = notebook.page.keyboard.press, view.locator(".wb-focus")
    view.locator(".wb-pane").focus()
    press("j")
    press("Enter")
    press("+")
    expect(focus.get_by_role("button", name="Good")).to_have_attribute("aria-pressed", "true")
    press("+")  # a second time takes it back
    expect(focus.get_by_role("button", name="Good")).to_have_attribute("aria-pressed", "false")
    press("+")
    press("ArrowRight")
    expect(focus.get_by_role("button", name="Good")).to_have_attribute("aria-pressed", "false")
    press("-")
    press("c")
    comment = focus.get_by_role("textbox", name="Comment")
    expect(comment).to_be_focused()
    notebook.page.keyboard.insert_text(f"j + c, {HOSTILE}")
    press("Enter")
    expect(focus.get_by_role("status")).to_have_text("Kept")
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        notebook.theme(theme)
        assert violations(notebook.page, axe, VIEW) == []
    press("Escape")
    expect(focus).to_be_visible()  # the first leaves the comment
    press("Escape")
    expect(focus).to_be_hidden()
    view.get_by_role("combobox").first.select_option("rated")
    expect(view.locator(".wb-count")).to_have_text("1 of 3 prompts")
    assert seen_ratings(view) == ["▲ Good", "▼ Bad", f"✎ j + c, {HOSTILE}"]
    notebook.run_cell(1)
    expect(notebook.outputs(1)).to_contain_text("[['big', 'rating', 1.0], ['small', 'rating', 0.0]]")
    expect(notebook.outputs(1)).to_contain_text("j + c, <img")
    notebook.save()
    notebook.page.reload()
    notebook.ready(kernel=True)
    expect(view.locator(".wb-mark").filter(has_text="▼ Bad")).to_be_visible()
    notebook.run_cell(0)  # the same comparison goes on, and knows what was thought of its answers
    expect(view.locator(".wb-progress")).to_contain_text("6 of 9 answered, 3 failed")
    expect(view.locator(".wb-mark").filter(has_text="✎")).to_be_visible()
    assert seen_ratings(view) == ["▲ Good", "▼ Bad", f"✎ j + c, {HOSTILE}"]
    assert notebook.page.evaluate("window.hacked") is None
    assert lab.strays == []


def seen_ratings(view: Locator) -> list[str]:
    return [mark for mark in view.locator(".wb-mark").all_inner_texts() if mark[0] in "▲▼✎"]


def test_answers_are_read_by_keyboard_alone(lab: Lab, axe: str) -> None:
    notebook, view = opened(lab, "reading")
    press, focus = notebook.page.keyboard.press, view.locator(".wb-focus")
    expect(view.locator(".wb-mark").filter(has_text="⚠ cut at 120")).to_be_visible()
    view.locator(".wb-pane").focus()
    press("j")
    expect(view.locator(".wb-answer").first).to_be_focused()
    press("Enter")
    expect(focus.get_by_role("heading", name="Drei Aufgaben")).to_be_visible()
    expect(focus.locator("td")).to_have_text(["Land", "Polizei"])
    expect(focus.locator(".wb-markdown")).to_contain_text("mehr (javascript:window.hacked=1)")
    for fact in ("First token after0.21 s", "Tokens/s35.0", "Model loaded in1.20 s"):
        expect(focus.locator(".wb-fact").filter(has_text=fact)).to_be_visible()
    expect(focus.get_by_text("Was will er wissen?")).to_be_hidden()
    press("ArrowRight")
    expect(focus.locator(".wb-where")).to_have_text("small, Prompt 1")
    expect(focus.locator(".wb-warnings")).to_have_text("the answer was cut by the limit of tokens")
    press("j")
    focus.get_by_role("button", name="Differences").focus()
    press("Enter")
    expect(focus.locator(".wb-differences .wb-against")).to_have_text(["≠ November → Januar", "≠ 37 → 28"])
    expect(focus.locator(".wb-differences > ins")).to_have_text(", für Jüngere weniger")
    picture(notebook, "compare-differences")
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        notebook.theme(theme)
        assert violations(notebook.page, axe, VIEW) == []
    press("k")
    expect(focus.locator(".wb-where")).to_have_text("small, Prompt 1")  # though the button pressed is gone meanwhile
    press("j")
    focus.get_by_role("button", name="As it came").click()
    notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    focus.get_by_role("button", name="Copy").click()
    expect(focus.get_by_role("button", name="Copied")).to_be_visible()
    assert notebook.page.evaluate("navigator.clipboard.readText()").startswith("Seit dem 1. Januar")
    focus.get_by_role("button", name="Formatted").click()
    press("j")
    expect(focus.locator(".wb-json")).to_contain_text("nummer: 7")
    press("Escape")
    expect(focus).to_be_hidden()
    expect(view.locator(".wb-answer").nth(7)).to_be_focused()
    assert notebook.page.evaluate("window.hacked") is None
    assert notebook.page.locator(".jp-Notebook .jp-CodeCell").count() == 1
    assert lab.strays == []


def test_what_failed_is_asked_again_from_the_view_and_nothing_else(lab: Lab, axe: str) -> None:
    notebook, view = opened(
        lab,
        "again",
        "os.environ['BROKEN'] = ''; asked.clear()",
        "print(asked, run, run.text(1, 2, 0), wb.open('again'), sep='|')",
    )
    notebook.run_cell(1)
    view.get_by_role("button", name="Open at full width").nth(5).dispatch_event("click")
    focus = view.locator(".wb-focus")
    expect(focus.locator(".wb-problem")).to_have_text("ValueError: der Server ist nicht da")
    focus.get_by_role("button", name="Ask again").click()
    expect(focus.locator(".wb-raw").filter(has_text="jetzt doch")).to_be_visible()
    notebook.page.keyboard.press("Escape")
    expect(view.locator(".wb-progress")).to_contain_text("7 of 9 answered, 2 failed")
    notebook.run_cell(2)
    told = notebook.outputs(2).inner_text().strip()
    assert (
        told == "[('flaky', 'Was kostet ein Ausweis?')]|7 of 9 answered, 2 failed|jetzt doch|7 of 9 answered, 2 failed"
    )
    more = view.get_by_role("button", name="Column flaky")
    more.press("Enter")
    menu = view.get_by_role("menu", name="Column flaky")
    assert violations(notebook.page, axe, VIEW) == []
    menu.get_by_role("menuitem", name="Ask 2 without an answer").press("Enter")
    expect(view.locator(".wb-progress")).to_contain_text("9 of 9 answered")
    expect(view.locator(".wb-askall")).to_be_hidden()
    expect(view.locator(".wb-stop")).to_have_count(0)
    notebook.save()
    (kept,) = lab.read("again.ipynb").cells[0].outputs
    assert "9 of 9 answered" in kept.data["text/html"]


def test_one_answer_is_stopped_while_the_others_go_on(lab: Lab, axe: str) -> None:
    cell = """
async def slow(prompt):
    while not os.path.exists("go-on"):
        await asyncio.sleep(0.1)
    return "endlich"
run = await wb.compare(["eins", "zwei", "drei"], slow)
print(run, run.frame["finish"].tolist())
"""
    notebook = lab.open(lab.write("one.ipynb", [ASKED, cell]))
    notebook.run_cell(0)
    notebook.start_cell(1)
    view = notebook.page.locator(VIEW)
    stops = view.get_by_role("button", name="Stop this answer")
    words = view.locator(".wb-word")
    expect(words).to_have_text(["answering"] * 3)
    view.locator(".wb-answer").nth(1).hover()
    stops.nth(1).click()
    expect(words).to_have_text(["answering", "stopped", "answering"])
    for key in ("k", "Enter"):  # from the cell whose button was pressed to the one above it
        notebook.page.keyboard.press(key)
    assert violations(notebook.page, axe, VIEW) == []
    view.locator(".wb-focus").get_by_role("button", name="Stop this answer").press("Enter")
    expect(view.locator(".wb-focus .wb-state")).to_have_text("stopped")
    notebook.page.keyboard.press("Escape")
    expect(words).to_have_text(["stopped", "stopped", "answering"])
    expect(view.locator(".wb-askall")).to_have_text("Ask 2 without an answer")
    assert notebook.is_running(1)
    view.locator(".wb-askall").click()  # what was stopped alone is asked again, when all else is done
    (lab.server.root / "go-on").touch()
    notebook.wait_cell(1)
    expect(view.locator(".wb-progress")).to_contain_text("3 of 3 answered")
    expect(stops).to_have_count(0)
    assert lab.strays == []


def test_a_cell_that_failed_is_asked_again_while_the_others_are_still_asked(lab: Lab) -> None:
    cell = """
async def slow(prompt):
    while not os.path.exists("go"):
        await asyncio.sleep(0.1)
    return "endlich"
run = await wb.compare(["eins", "zwei"], {"slow": slow, "flaky": flaky})
print(asked)
"""
    notebook = lab.open(lab.write("while.ipynb", [ASKED, cell]))
    notebook.run_cell(0)
    notebook.start_cell(1)
    view = notebook.page.locator(VIEW)
    expect(view.locator(".wb-askall")).to_have_text("Ask 2 without an answer")
    view.locator(".wb-askall").click()
    expect(view.locator(".wb-word")).to_have_text(["answering", "waiting", "answering", "waiting"])
    assert notebook.is_running(1)
    (lab.server.root / "go").touch()
    notebook.wait_cell(1)
    expect(notebook.outputs(1).last).to_contain_text(str([("flaky", "eins"), ("flaky", "zwei")] * 2))


@pytest.mark.parametrize("language", ["en", "de"])
def test_filters_search_and_columns(lab: Lab, axe: str, language: str) -> None:
    cells = [
        IMPORTS,
        "prompts = [f'Frage {n}' for n in range(5)]\n"
        f"view = CompareView(prompts, ['a', 'b', 'c'], 2, stop=str, language={language!r})\nview",
        "for n in range(30):\n    prompt, candidate = divmod(n // 2, 3)\n    view.began(n)\n"
        "    view.add(n, f'Antwort {prompt}' + (f' anders {n}' if (prompt, candidate) == (1, 2) else ''))\n"
        "    view.ended(n, 'failed' if n == 20 else 'answered', '1 s', marks=['⚠ cut at 9'] * (n == 1), cut=n == 1)\n"
        "view.finish('done')",
    ]
    notebook = lab.open(lab.write("filters.ipynb", cells))
    notebook.run_all()
    view = notebook.page.locator(VIEW)
    rows = view.locator(".wb-rows .wb-row:visible .wb-prompt")
    expect(view.locator(".wb-progress")).to_have_text("done")
    texts = view.locator(".wb-text:visible")
    # Identical repeats are one; in three cells they are not: other texts, one that failed, one that was cut.
    expect(texts).to_have_count(5 * 3 + 3)
    alike = "2 × the same" if language == "en" else "2 × dasselbe"
    expect(view.locator(".wb-answer").nth(2).locator(".wb-mark").first).to_have_text(alike)
    choice = view.get_by_role("combobox").first
    for value, shown in (
        ("failed", ["Frage 3"]),
        ("cut", ["Frage 0"]),
        ("differing", ["Frage 1"]),
        ("identical", ["Frage 0", "Frage 2", "Frage 4"]),
    ):
        choice.select_option(value)
        expect(rows).to_have_text(shown)
    choice.select_option("all")
    view.get_by_role("searchbox").fill("ANDERS")
    expect(rows).to_have_text(["Frage 1"])
    assert notebook.page.evaluate("CSS.highlights.get('wb-found').size") == 2
    view.get_by_role("searchbox").fill("")
    expect(rows).to_have_count(5)
    names = view.locator(".wb-head:visible .wb-name")
    baseline, left, hide, wider = (
        ("Make it the baseline", "Move to the left", "Hide", "Wider")
        if language == "en"
        else ("Zur Basis machen", "Nach links", "Ausblenden", "Breiter")
    )

    def choose(column: str, item: str) -> None:
        view.locator(".wb-head").filter(has=notebook.page.get_by_text(column, exact=True)).locator(".wb-more").click()
        view.get_by_role("menuitem", name=item).click()

    choose("c", baseline)
    expect(names.nth(1)).to_have_text("c")
    expect(names).to_have_count(4)
    expect(view.locator(".wb-head").nth(1).locator(".wb-badge")).to_be_visible()
    choose("b", left)
    expect(names).to_have_text([names.first.inner_text(), "c", "b", "a"])
    before = view.locator(".wb-head").nth(2).bounding_box()["width"]  # type: ignore[index]
    choose("b", wider)
    assert view.locator(".wb-head").nth(2).bounding_box()["width"] > before  # type: ignore[index]
    choose("a", hide)
    expect(names).to_have_count(3)
    choice.select_option("differing")
    expect(rows).to_have_text(["Frage 1"])
    assert violations(notebook.page, axe, VIEW) == []
    view.locator(".wb-showall").click()
    expect(names).to_have_text([names.first.inner_text(), "c", "b", "a"])


def test_hostile_answers_are_inert_at_full_width(lab: Lab) -> None:
    hostile = [
        "<img src='http://evil.invalid/a.png' onerror='window.hacked=1'>\n\n# <script>window.hacked=2</script>",
        "![x](http://evil.invalid/c.png) [y](javascript:window.hacked=3) <http://evil.invalid/z>",
        "| <iframe src='http://evil.invalid/d'></iframe> | b |\n|---|---|\n| ![x](http://evil.invalid/e.png) | c |",
        '{"a": "<img src=http://evil.invalid/f onerror=alert(1)>", "__proto__": {"b": 1}}',
        "> " * 200 + "tief " + "- " * 200 + "*" * 300 + "[" * 300,
    ]
    cells = [
        IMPORTS,
        f"texts = {hostile!r}\nview = CompareView(texts, texts[:1], stop=str)\nview",
        "for n, text in enumerate(texts):\n    view.add(n, text); view.ended(n, 'answered', text)\n"
        "view.finish(texts[0])",
    ]
    notebook = lab.open(lab.write("inert.ipynb", cells))
    notebook.run_all()
    view = notebook.page.locator(VIEW)
    view.locator(".wb-pane").focus()
    for key in ("j", "Enter", *"jjjj"):
        notebook.page.keyboard.press(key)
        expect(view.locator(".wb-word").last).to_be_attached()
        assert view.locator("img, script, iframe, a, [onerror]").count() == 0
    expect(view.locator(".wb-main")).to_contain_text("tief")
    notebook.page.wait_for_timeout(500)  # images and frames would be asked for by now
    assert notebook.page.evaluate("window.hacked") is None
    assert lab.strays == []
