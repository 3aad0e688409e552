"""The live view of a comparison in a real JupyterLab in a real Chromium."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from browser.axe import violations
from browser.lab import START_SECONDS, Lab, NotebookPage
from browser.scripted import IMPORTS, RUN
from playwright.sync_api import expect

VIEW = ".wb-compare"
PROMPTS = ["Was ist Subsidiarität?", "Wer stellt einen Personalausweis aus?", "Nenne drei Aufgaben der Kommunen."]
WORDS = "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn"
SLOW = f"await run({PROMPTS!r}, ['embedded/smollm2', 'gpu/mistral'], {WORDS!r}, seconds=0.3);"
QUICK = f"await run({PROMPTS!r}, ['embedded/smollm2', 'gpu/mistral'], {WORDS!r}, seconds=0.001, fail=[3]);"
HOSTILE = [
    "<img src='http://evil.invalid/a.png' onerror='window.hacked = 1'>",
    "<script>window.hacked = 2</script></script>",
    "<style>body { background: url(http://evil.invalid/b.png) }</style>",
    "![x](http://evil.invalid/c.png) [y](javascript:window.hacked=3)",
    "</pre></td></table><iframe src='http://evil.invalid/d'></iframe>",
    "<svg onload='window.hacked = 4'><a href='javascript:alert(1)'>",
    "$\\href{javascript:window.hacked=5}{x}$ costs $5 or $6",
]


def started(lab: Lab, cell: str, **options: bool) -> NotebookPage:
    """A notebook in which the cell is running, and its view is seen."""
    notebook = lab.open(lab.write("live.ipynb", [IMPORTS + RUN, cell]), **options)
    notebook.run_cell(0)
    notebook.start_cell(1)
    notebook.page.locator(VIEW).wait_for()
    return notebook


def ended(lab: Lab, cell: str) -> NotebookPage:
    """A notebook in which the cell has run: too soon for its view to be seen, perhaps."""
    notebook = lab.open(lab.write("live.ipynb", [IMPORTS + RUN, cell]))
    notebook.run_cell(0)
    notebook.run_cell(1)
    return notebook


def test_tokens_appear_while_the_cell_runs(lab: Lab) -> None:
    notebook = started(lab, SLOW)
    first = notebook.page.locator(f"{VIEW} .wb-answer").first
    expect(first.locator(".wb-text")).to_contain_text("eins zwei")
    early = first.locator(".wb-text").inner_text()
    expect(first.locator(".wb-text")).to_contain_text("fünf sechs")
    assert notebook.is_running(1)
    assert first.locator(".wb-text").inner_text().startswith(early.strip())
    expect(first.locator(".wb-word")).to_have_text("answering")
    expect(notebook.page.locator(f"{VIEW} .wb-progress")).to_have_text("0 of 6 answered")


def test_stop_calls_back_within_a_second_while_the_cell_awaits(lab: Lab) -> None:
    cell = f"""
import time
async def hold():
    halt, loop, pressed = asyncio.Event(), asyncio.get_running_loop(), []
    def stop():
        pressed.append(time.time())
        loop.call_soon_threadsafe(halt.set)
    view = CompareView({PROMPTS!r}, ["a", "b"], stop=stop)
    display(view)
    view.began(0)
    for number in range(1200):
        view.add(0, f"{{number}} ")
        if halt.is_set():
            break
        await asyncio.sleep(0.05)
    view.finish("stopped")
    return pressed[0]
print(await hold())
"""
    notebook = started(lab, cell)
    expect(notebook.page.locator(f"{VIEW} .wb-text").first).to_contain_text("0 1 2")
    button = notebook.page.locator(VIEW).get_by_role("button", name="Stop", exact=True)
    button.hover()
    assert notebook.is_running(1)
    clicked = time.time()
    button.click()
    notebook.wait_cell(1, 30)
    called = float(notebook.outputs(1).last.inner_text())
    assert 0 <= called - clicked <= 1


def test_when_a_run_ends_the_view_stays_where_it_was_and_the_saved_notebook_has_the_table(lab: Lab) -> None:
    cells = [
        IMPORTS,
        f"prompts, text = [f'Frage {{n}}: ' + 'wort ' * 30 for n in range(24)], {WORDS!r} * 6\n"
        "view = CompareView(prompts, ['a', 'b'], stop=lambda: None)\n"
        "output = show_in_place(view, '<p>not over</p>', 'text')",
        "for n in range(48):\n    view.add(n, text); view.ended(n, 'answered', '1 s')",
        "await asyncio.sleep(4)\nview.finish('48 of 48 answered')\n"
        "rows = [[[Answer('answered', text, '1 s')]] * 2] * 24\n"
        "output.keep(view, comparison_table(prompts, ['a', 'b'], rows), 'text')",
    ]
    notebook = lab.open(lab.write("stays.ipynb", cells))
    for number in range(3):
        notebook.run_cell(number)
    view = notebook.page.locator(VIEW)
    pane = view.locator(".wb-pane")
    expect(view.locator(".wb-progress")).to_have_text("48 of 48 answered")
    pane.evaluate("node => { node.scrollTop = 1500; }")
    notebook.start_cell(3)
    notebook.page.wait_for_timeout(500)  # rows that came into sight have their heights
    view.locator(".wb-stop").focus()
    seen = "() => [...document.querySelectorAll('.wb-row')].map((row) => Math.round(row.getBoundingClientRect().y))"
    before, rows = view.bounding_box(), notebook.page.evaluate(seen)
    notebook.wait_cell(3)
    expect(view.locator(".wb-stop")).to_have_count(0)
    expect(pane).to_be_focused()
    after, now = view.bounding_box(), notebook.page.evaluate(seen)
    assert after["height"] == pytest.approx(before["height"], abs=2)  # type: ignore[index]
    top = before["y"]  # type: ignore[index]
    in_sight = [number for number, y in enumerate(rows) if top + 100 < y < top + 500]
    assert in_sight[0] > 5
    assert [now[number] for number in in_sight] == pytest.approx([rows[number] for number in in_sight], abs=2)
    notebook.save()
    outputs = lab.read("stays.ipynb").cells[1].outputs
    assert [list(output.data) for output in outputs] == [["text/html", "text/plain"]]
    assert "<caption" in outputs[0].data["text/html"]
    notebook.page.reload()  # under the same kernel, and so with its widgets
    notebook.ready(kernel=True)
    expect(view.locator(".wb-text").first).to_contain_text("eins zwei")
    expect(notebook.page.locator(".wb-kept")).to_have_count(0)


def test_a_page_loaded_anew_in_mid_run_keeps_the_answers(lab: Lab) -> None:
    notebook = started(lab, SLOW)
    notebook.save()
    notebook.page.reload()
    notebook.ready(kernel=None)
    view = notebook.page.locator(VIEW)
    view.wait_for(timeout=START_SECONDS * 1000)  # a page that starts anew, as at the first time
    expect(view.locator(".wb-text").first).to_contain_text("eins zwei")
    expect(view.locator(".wb-progress")).to_have_text("6 of 6 answered")
    expect(view.locator(".wb-text")).to_have_text([WORDS] * 6)
    expect(view.locator(".wb-word")).to_have_text(["answered"] * 6)
    expect(view.locator(".wb-stop")).to_have_count(0)
    notebook.save()
    notebook.page.reload()  # all is over
    notebook.ready(kernel=True)
    expect(view.locator(".wb-text")).to_have_text([WORDS] * 6)


def test_a_view_whose_kernel_is_restarted_says_so(lab: Lab, axe: str) -> None:
    notebook = started(lab, SLOW)
    answers = notebook.page.locator(f"{VIEW} .wb-text")
    expect(answers.first).to_contain_text("eins zwei")
    notebook.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    view = notebook.page.locator(VIEW)
    expect(view.locator(".wb-progress")).to_have_text("Kernel gone; answers so far")
    expect(view.locator(".wb-stop")).to_have_count(0)
    expect(answers.first).to_contain_text("eins zwei")
    expect(view.locator(".wb-word")).to_have_text(
        ["stopped", "stopped", "not asked", "not asked", "not asked", "not asked"]
    )
    assert violations(notebook.page, axe, VIEW) == []


def test_a_view_whose_kernel_dies_says_so(lab: Lab) -> None:
    notebook = started(lab, SLOW)
    answers = notebook.page.locator(f"{VIEW} .wb-text")
    expect(answers.first).to_contain_text("eins zwei")
    lab.kill_kernels()
    view = notebook.page.locator(VIEW)
    expect(view.locator(".wb-progress")).to_have_text("Kernel gone; answers so far")
    expect(view.locator(".wb-stop")).to_have_count(0)
    expect(answers.first).to_contain_text("eins zwei")


def test_a_second_view_shows_everything_and_stays_in_step(lab: Lab) -> None:
    cells = [
        IMPORTS,
        f"view = CompareView({PROMPTS!r}, ['a', 'b'], stop=lambda: None)\nview",
        "view.began(3); view.add(3, 'erste Zeile\\n\\ndritte'); view.ended(0, 'failed', 'the key is missing')",
        "view",
        "view.add(3, ' Zeile'); view.ended(3, 'answered', '2 s')",
        "view.finish('all done')",
    ]
    notebook = lab.open(lab.write("two.ipynb", cells))
    for number in range(5):
        notebook.run_cell(number)
    for place in (1, 3):
        answers = notebook.outputs(place).locator(".wb-answer")
        expect(answers.nth(3).locator(".wb-text")).to_have_text("erste Zeiledritte Zeile")
        copied = (
            answers.nth(3)
            .locator(".wb-text")
            .evaluate("node => { getSelection().selectAllChildren(node); return getSelection().toString(); }")
        )
        assert copied.split("\n") == ["erste Zeile", "", "dritte Zeile"]
        expect(answers.nth(3).locator(".wb-state")).to_have_text("answered2 s")
        expect(answers.nth(0).locator(".wb-state")).to_have_text("failedthe key is missing")
        expect(notebook.outputs(place).locator(".wb-progress")).to_have_text("1 of 6 answered, 1 failed")
    notebook.run_cell(5)
    expect(notebook.page.locator(".wb-progress")).to_have_text(["all done", "all done"])
    expect(notebook.page.locator(".wb-stop")).to_have_count(0)
    expect(notebook.page.locator(".wb-text").nth(3)).to_have_text("erste Zeiledritte Zeile")


def test_the_first_text_is_not_lost_before_the_page_listens(lab: Lab) -> None:
    cell = f"""
view = CompareView({PROMPTS!r}, ["a"], stop=lambda: None)
for number in range(40):
    view.add(0, f"{{number}} ")
    await asyncio.sleep(0.01)
await asyncio.sleep(0.5)  # all is sent, and no page was there
view
"""
    notebook = lab.open(lab.write("early.ipynb", [IMPORTS, cell]))
    notebook.run_all()
    text = notebook.page.locator(f"{VIEW} .wb-text").first
    expect(text).to_have_text("".join(f"{number} " for number in range(40)).strip())


def test_hostile_text_is_inert_everywhere(lab: Lab) -> None:
    cells = [
        IMPORTS,
        f"hostile = {HOSTILE!r}\nview = CompareView(hostile, hostile[:2], stop=lambda: None)\nview",
        "for number, text in enumerate(hostile):\n    view.add(2 * number, text)\n"
        "    view.ended(2 * number, 'failed', text)",
        "rows = [[[Answer('failed', text, text)], []] for text in hostile]\n"
        "show_table(comparison_table(hostile, hostile[:2], rows, hostile[0]), 'table')",
        "view.finish(hostile[0])",
    ]
    notebook = lab.open(lab.write("hostile.ipynb", cells))
    for number in range(4):
        notebook.run_cell(number)
    view, table = notebook.page.locator(VIEW), notebook.outputs(3).locator("table")
    for number, text in enumerate(HOSTILE):
        answer = view.locator(".wb-answer").nth(2 * number)
        expect(answer.locator(".wb-text")).to_have_text(text)
        expect(answer.locator(".wb-note")).to_have_text(text)
        expect(table.locator("tbody tr").nth(number).locator("td pre")).to_have_text(text)
    notebook.page.wait_for_timeout(1000)  # images and frames would be asked for by now
    for place in (view, table):
        assert place.locator("img, script, style, iframe, a, mjx-container, [onerror], [onload]").count() == 0
    notebook.run_cell(4)
    expect(view.locator(".wb-progress")).to_have_text(HOSTILE[0])
    assert notebook.page.evaluate("window.hacked") is None
    assert lab.strays == []


def test_a_saved_notebook_is_readable_without_a_kernel(lab: Lab) -> None:
    notebook = ended(lab, QUICK)
    notebook.save()
    again = lab.open("live.ipynb", kernel=False)
    expect(again.page.get_by_text("No Kernel").first).to_be_visible()
    table = again.outputs(1).locator("table")
    expect(table.locator("caption")).to_have_text("5 of 6 answered")
    for prompt in PROMPTS:
        expect(table.get_by_role("rowheader", name=prompt)).to_be_visible()
    answer = table.locator("td pre").first
    expect(answer).to_have_text(WORDS)
    assert answer.evaluate("node => getComputedStyle(node).whiteSpaceCollapse") == "preserve"
    assert answer.evaluate("node => getComputedStyle(node).fontFamily").count("mono") == 0
    width = again.cell(1).bounding_box()["width"]  # type: ignore[index]
    assert table.bounding_box()["width"] <= width  # type: ignore[index]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_while_it_runs_and_after(lab: Lab, axe: str, dark: bool) -> None:
    cells = [
        IMPORTS,
        f"prompts = {PROMPTS!r}\nview = CompareView(prompts, ['a', 'b'], repeats=2, stop=lambda: None)\nview",
        "view.began(0); view.add(0, 'lange Zeile\\n' * 40); view.began(1); view.add(1, 'kurz')\n"
        "view.ended(1, 'answered', '1 s'); view.ended(2, 'failed', 'the key is missing'); view.ended(3, 'stopped', '')",
        "view.finish('2 of 6 answered')\n"
        "rows = [[[Answer('answered', 'x ' * 900, '1 s')], [Answer('failed', '', 'no')]]] * 3\n"
        "show_table(comparison_table(prompts, ['a', 'b'], rows), 'table')",
    ]
    notebook = lab.open(lab.write("axe.ipynb", cells), dark=dark)
    for number in range(3):
        notebook.run_cell(number)
    expect(notebook.page.locator(".wb-text[tabindex='0']")).to_have_count(1)
    assert violations(notebook.page, axe, VIEW) == []
    notebook.run_cell(3)
    expect(notebook.page.locator(".wb-progress")).to_have_text("2 of 6 answered")
    assert violations(notebook.page, axe, VIEW) == []
    assert violations(notebook.page, axe, "table[lang]") == []


def test_axe_sees_a_fault(lab: Lab, axe: str) -> None:
    """The test above rests on this."""
    notebook = lab.open(lab.write("fault.ipynb", [IMPORTS, "CompareView(['p'], ['a'], stop=lambda: None)"]))
    notebook.run_all()
    notebook.page.locator(".wb-stop").evaluate("node => node.replaceChildren()")
    assert any("button-name" in line for line in violations(notebook.page, axe, VIEW))


def test_a_view_of_which_nothing_is_reported_says_so(lab: Lab) -> None:
    notebook = lab.open(lab.write("still.ipynb", [IMPORTS, "CompareView(['p', 'q'], ['a'], stop=lambda: None)"]))
    notebook.run_all()
    expect(notebook.page.locator(".wb-progress")).to_have_text("0 of 2 answered")
    expect(notebook.page.locator(".wb-word")).to_have_text(["waiting", "waiting"])


def test_colours_follow_the_theme(lab: Lab) -> None:
    notebook = lab.open(lab.write("theme.ipynb", [IMPORTS, "CompareView(['p'], ['a'], stop=lambda: None)"]))
    notebook.run_all()
    colours = []
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        notebook.theme(theme)
        colours.append(notebook.page.locator(VIEW).evaluate("node => getComputedStyle(node).backgroundColor"))
    assert colours == ["rgb(255, 255, 255)", "rgb(17, 17, 17)"]


def test_the_keyboard_reaches_stop_and_the_pane_and_shows_where_it_is(lab: Lab) -> None:
    cells = [IMPORTS, "pressed = []\nCompareView(['p'], ['a'], stop=lambda: pressed.append(1))", "print(pressed)"]
    notebook = lab.open(lab.write("keys.ipynb", cells))
    notebook.run_cell(0)
    notebook.run_cell(1)
    stop = notebook.page.locator(".wb-stop")
    stop.focus()
    notebook.page.keyboard.press("Tab")
    expect(notebook.page.locator(".wb-pane")).to_be_focused()
    assert notebook.page.locator(".wb-pane").evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    notebook.page.keyboard.press("Shift+Tab")
    expect(stop).to_be_focused()
    assert stop.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    notebook.page.keyboard.press("Enter")
    expect(stop).to_have_text("Stopping…")
    expect(stop).to_be_disabled()
    notebook.run_cell(2)
    expect(notebook.outputs(2)).to_have_text("[1]")


def test_keys_pressed_in_the_view_do_not_reach_the_notebook(lab: Lab) -> None:
    notebook = lab.open(lab.write("own.ipynb", [IMPORTS, "CompareView(['p'], ['a'], stop=lambda: None)"]))
    notebook.run_all()
    notebook.page.locator(".wb-pane").click()
    for key in "abddxmy":
        notebook.page.keyboard.press(key)
    notebook.page.locator(".wb-stop").focus()
    notebook.page.keyboard.press("d")
    notebook.page.keyboard.press("d")
    expect(notebook.page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(2)
    expect(notebook.page.locator(VIEW)).to_be_visible()


def test_motion_stops_for_those_who_wish_it(lab: Lab) -> None:
    notebook = started(lab, SLOW)
    dot = notebook.page.locator(".wb-dot").first
    dot.wait_for(state="attached")
    moving = "() => getComputedStyle(document.querySelector('.wb-dot')).animationName"
    assert notebook.page.evaluate(moving) == "wb-breathe"
    notebook.page.emulate_media(reduced_motion="reduce")
    assert notebook.page.evaluate(moving) == "none"


def test_progress_is_spoken_politely_and_seldom(lab: Lab) -> None:
    notebook = started(lab, SLOW.replace("0.3", "0.05"))
    notebook.page.evaluate(
        """() => {
            window.spoken = [];
            const live = document.querySelector(".wb-live");
            new MutationObserver(() => window.spoken.push([performance.now(), live.textContent]))
                .observe(live, { childList: true, characterData: true, subtree: true });
        }"""
    )
    notebook.wait_cell(1)
    expect(notebook.page.locator(".wb-live")).to_have_text("6 of 6 answered")
    times = [moment for moment, _ in notebook.page.evaluate("window.spoken")]
    assert all(later - sooner > 4500 for sooner, later in pairwise(times))


def test_many_prompts_stay_bounded_and_the_heads_in_sight(lab: Lab) -> None:
    cells = [
        IMPORTS,
        "many = [f'Frage {n}: ' + 'wort ' * 30 for n in range(150)]\n"
        "view = CompareView(many, list('abcdef'), stop=lambda: None, language='de')\nview",
        "for index in range(900):\n    view.add(index, 'Antwort ' * 60); view.ended(index, 'answered', '1 s')",
        "view.began(6 * 140)",
    ]
    notebook = lab.open(lab.write("many.ipynb", cells))
    for number in range(3):
        notebook.run_cell(number)
    pane = notebook.page.locator(".wb-pane")
    notebook.run_cell(3)
    pane.evaluate("node => node.scrollIntoView({ block: 'center' })")
    assert pane.bounding_box()["height"] <= 0.7 * 900 + 1  # type: ignore[index]
    expect(notebook.page.locator(".wb-progress")).to_have_text("899 von 900 beantwortet")
    row = notebook.page.locator(".wb-row").nth(141)
    expect(row.locator(".wb-prompt")).to_be_in_viewport()  # it is being answered, so it is kept in sight
    pane.evaluate("node => { node.scrollLeft = 300; }")
    head, first = notebook.page.locator(".wb-head"), notebook.page.locator(".wb-row").nth(141).locator(".wb-first")
    top, left = pane.bounding_box()["y"], pane.bounding_box()["x"]  # type: ignore[index]
    assert abs(head.first.bounding_box()["y"] - top) <= 2  # type: ignore[index]
    assert abs(first.bounding_box()["x"] - left) <= 2  # type: ignore[index]
    third = notebook.page.locator(".wb-row").nth(141).locator(".wb-cell").nth(3)
    assert abs(head.nth(3).bounding_box()["x"] - third.bounding_box()["x"]) <= 1  # type: ignore[index]
