"""The live view of a comparison of many cells: what is in the page stays bounded, and nothing is out of reach."""

from __future__ import annotations

from browser.at_size import FILL, SCROLL, SHOW, VIEW, heap_mb, seconds_to_open
from browser.axe import violations
from browser.lab import Lab, NotebookPage
from browser.scripted import IMPORTS
from playwright.sync_api import Locator, expect

PROMPTS, CANDIDATES = 25_000, 4
MOST_ANSWERS = 2_000  # with nodes; the view means to have a thousand
MOST_HEAP_MB = 300


def opened(lab: Lab) -> tuple[NotebookPage, Locator]:
    """A notebook that shows a hundred thousand answered cells."""
    notebook = lab.open(lab.write("size.ipynb", [FILL, f"view = filled({PROMPTS}, {CANDIDATES})", SHOW, SHOW]))
    notebook.run_cell(0)
    notebook.run_cell(1, seconds=300)
    seconds_to_open(notebook, 2)
    view = notebook.outputs(2).locator(VIEW)
    expect(view.locator(".wb-progress")).to_have_text("100000 of 100000 answered")
    return notebook, view


def texts_in_sight(view: Locator) -> list[str]:
    """The texts of the first column that are in sight, from above."""
    found: list[str] = view.evaluate(
        """(view) => {
            const { top, bottom } = view.querySelector(".wb-pane").getBoundingClientRect();
            const rows = [...view.querySelectorAll(".wb-rows .wb-row")];
            const inSight = (box) => box.bottom > top && box.top < bottom;
            const seen = rows.filter((row) => inSight(row.getBoundingClientRect()));
            return seen.map((row) => row.querySelector(".wb-text").textContent);
        }"""
    )
    return found


def test_a_hundred_thousand_cells_are_read_scrolled_sorted_and_searched(lab: Lab, axe: str) -> None:
    notebook, view = opened(lab)
    page, pane, answers = notebook.page, view.locator(".wb-pane"), view.locator(".wb-answer")
    table, prompts = view.get_by_role("table"), view.locator(".wb-rows .wb-prompt")
    expect(table).to_have_attribute("aria-rowcount", str(PROMPTS + 1))
    expect(answers.first.locator(".wb-text")).to_contain_text("Antwort 0:")
    assert heap_mb(notebook) < MOST_HEAP_MB
    page.evaluate(SCROLL, 3000)
    pane.evaluate("node => { node.scrollTop = node.scrollHeight / 2; }")  # far away, where the page has no text
    page.wait_for_function(
        "() => [...document.querySelectorAll('.wb-compare .wb-row')].some((row) => row.ariaRowIndex > 10000)"
    )
    page.wait_for_timeout(3000)  # what is in sight was told, and rows around it drawn
    assert answers.count() <= MOST_ANSWERS
    seen = texts_in_sight(view)
    assert len(seen) >= 3
    assert all(text.startswith("Antwort ") for text in seen), seen
    before = pane.evaluate("node => node.scrollTop")
    page.wait_for_timeout(500)
    assert abs(pane.evaluate("node => node.scrollTop") - before) <= 2, "nothing moves under a reader"
    assert violations(page, axe, VIEW) == []
    choice, sort = view.get_by_role("combobox").first, view.get_by_role("combobox", name="In which order")
    choice.select_option("identical")  # a candidate among four says the same; all of them nowhere
    expect(view.locator(".wb-none")).to_be_visible()
    choice.select_option("slowest")
    expect(view.locator(".wb-count")).to_contain_text("of 25,000 prompts")
    choice.select_option("all")
    sort.select_option("slowest")
    expect(answers.first.locator(".wb-numbers")).to_be_visible()
    view.get_by_role("searchbox").fill("fall 24987 ")
    expect(prompts).to_have_text(["Frage 24987: Wer ist für den Fall 24987 in der Gemeinde zuständig?"])
    view.get_by_role("searchbox").fill("antwort 12345:")  # in an answer that the page never had
    expect(prompts).to_have_text(["Frage 12345: Wer ist für den Fall 12345 in der Gemeinde zuständig?"])
    assert page.evaluate("CSS.highlights.get('wb-found').size") >= CANDIDATES - 1
    notebook.run_cell(3)  # a second view
    expect(notebook.outputs(3).locator(".wb-block").first).to_contain_text("Antwort 0:")
    assert heap_mb(notebook) < MOST_HEAP_MB


def test_keys_lead_to_rows_that_are_not_in_the_page_and_back(lab: Lab) -> None:
    cells = [
        IMPORTS,
        "prompts = [f'Frage {n}' for n in range(3000)]\nview = CompareView(prompts, ['a', 'b'], stop=str)\nview",
        "for n in range(6000):\n    view.add(n, f'Antwort {n} ' * 12); view.ended(n, 'answered', '1 s')\n"
        "view.finish('done')",
    ]
    notebook = lab.open(lab.write("far.ipynb", cells))
    notebook.run_all()
    view, press = notebook.page.locator(VIEW), notebook.page.keyboard.press
    pane, focused = view.locator(".wb-pane"), view.locator(".wb-answer:focus")
    expect(view.locator(".wb-progress")).to_have_text("done")
    pane.focus()
    press("j")
    expect(focused).to_have_attribute("aria-label", "a, Prompt 1")
    pane.evaluate("node => { node.scrollTop = node.scrollHeight; }")
    last = view.locator(".wb-row[aria-rowindex='3001']")
    expect(last.locator(".wb-text").first).to_contain_text("Antwort 5998")
    expect(pane).to_be_focused()  # as the row with the focus has left the page
    press("j")
    expect(focused).to_have_attribute("aria-label", "a, Prompt 1")
    expect(focused).to_be_in_viewport()
    for _ in range(60):
        press("j")
    expect(focused).to_have_attribute("aria-label", "a, Prompt 61")
    expect(focused).to_be_in_viewport()
    press("Enter")
    press("ArrowRight")
    expect(view.locator(".wb-where")).to_have_text("b, Prompt 61")
    press("Escape")
    expect(focused).to_have_attribute("aria-label", "b, Prompt 61")
    expect(focused).to_be_in_viewport()


def test_a_row_that_is_answered_far_below_is_followed(lab: Lab) -> None:
    cells = [
        IMPORTS,
        "prompts = [f'Frage {n}' for n in range(3000)]\nview = CompareView(prompts, ['a', 'b'], stop=str)\nview",
        "for n in range(4000):\n    view.ended(n, 'answered', '1 s')\nview.began(4000); view.add(4000, 'wächst noch')",
    ]
    notebook = lab.open(lab.write("follow.ipynb", cells))
    notebook.run_all()
    row = notebook.page.locator(f"{VIEW} .wb-row[aria-rowindex='2002']")
    expect(row.locator(".wb-text").first).to_have_text("wächst noch")
    expect(row.locator(".wb-prompt")).to_be_in_viewport()


def test_a_long_answer_among_many_is_cut_in_its_cell_and_whole_when_it_is_opened(lab: Lab) -> None:
    cells = [
        IMPORTS,
        "from workbench.views import Details\nlong = 'wort ' * 3000 + 'Schluss'\n"
        "view = CompareView(['p'] * 25_000, ['a', 'b', 'c', 'd'], stop=str,\n"
        "    details=lambda index: Details(prompt='p', text=long))\nview",
        "view.add(0, long); view.ended(0, 'answered', '1 s'); view.finish('done')",
    ]
    notebook = lab.open(lab.write("long.ipynb", cells))
    notebook.run_all()
    view = notebook.page.locator(VIEW)
    expect(view.locator(".wb-progress")).to_have_text("done")
    first = view.locator(".wb-answer").first
    expect(first.locator(".wb-rest")).to_contain_text("more characters")
    assert len(first.locator(".wb-text").inner_text()) <= 500
    first.locator(".wb-state").dblclick()
    expect(view.locator(".wb-focus .wb-raw").filter(has_text="Schluss")).to_be_visible()


def test_without_a_kernel_what_the_page_has_stays_and_the_rest_says_so(lab: Lab) -> None:
    cells = [
        IMPORTS,
        "view = CompareView(['p'] * 9000, ['a'], stop=str)\n"
        "for n in range(9000):\n    view.add(n, f'Antwort {n} ' * 20); view.ended(n, 'answered', '1 s')\n"
        "view.finish('done')\nview",
    ]
    notebook = lab.open(lab.write("gone.ipynb", cells))
    notebook.run_all()
    view = notebook.page.locator(VIEW)
    expect(view.locator(".wb-text").first).to_contain_text("Antwort 0")
    notebook.page.wait_for_timeout(3000)  # it was told of all
    notebook.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    expect(view.locator(".wb-askall")).to_be_hidden()
    notebook.page.wait_for_timeout(2000)
    view.locator(".wb-pane").evaluate("node => { node.scrollTop = node.scrollHeight; }")
    last = view.locator(".wb-row[aria-rowindex='9001']")
    expect(last.locator(".wb-rest")).to_have_text("The text is not in this page, and the kernel is gone.")
    view.get_by_role("combobox", name="In which order").select_option("longest")
    expect(view.locator(".wb-text").first).to_contain_text("Antwort 0")
