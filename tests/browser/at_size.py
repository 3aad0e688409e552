"""A comparison of a hundred thousand answered cells in the live view, and what is measured of it in the page."""

from __future__ import annotations

from browser.lab import NotebookPage

VIEW = ".wb-compare"
CELLS = 100_000
# Texts as models write them, some 600 characters each; all are different, but for one candidate's every tenth row.
FILL = """
import random, sys, time
from workbench.notebook._place import show_in_place
from workbench.views import CompareView, Figures

def filled(prompts, candidates):
    drawn = random.Random(7)
    words = "Die Gemeinde stellt den Ausweis im Amt aus und prüft jedes Jahr seine Gebühr neu".split()
    asked = [f"Frage {number}: Wer ist für den Fall {number} in der Gemeinde zuständig?" for number in range(prompts)]
    view = CompareView(asked, [f"m{number}" for number in range(candidates)], stop=lambda: None)
    scores = {}
    for index in range(prompts * candidates):
        row, candidate = divmod(index, candidates)
        tokens = drawn.randint(60, 160)
        said = f"Antwort {row}: " + " ".join(drawn.choices(words, k=100))
        if candidate == 1 and row % 10 == 0:
            said = same
        same = said
        view.began(index)
        view.add(index, said)
        figures = Figures(drawn.uniform(0.1, 0.9), tokens / 40, tokens, 40.0)
        view.ended(index, "answered", f"{tokens / 40:.1f} s", figures=figures)
        scores[index] = float(drawn.random() < 0.8)
    view.scored({"exact": scores})
    view.finish(f"{prompts * candidates} of {prompts * candidates} answered")
    return view
"""
SHOW = "begun = time.time()\nshow_in_place(view, '<p>kept</p>', 'text')\nprint('begun at', begun)"

# When the first answer of the view stood in the page with its text, by the clock that the kernel has too.
WATCH = """() => {
    window.firstSeen = null;
    const look = () => {
        if (window.firstSeen === null && document.querySelector(".wb-compare .wb-block")) {
            window.firstSeen = (performance.timeOrigin + performance.now()) / 1000;
        }
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""
# Scrolls down as fast as a wheel does, and gives frames, milliseconds, and the longest frame.
SCROLL = """(milliseconds) => new Promise((done) => {
    const pane = document.querySelector(".wb-compare .wb-pane");
    let begun = null, last = null, frames = 0, longest = 0;
    const frame = (now) => {
        begun ??= now;
        if (last !== null) { frames += 1; longest = Math.max(longest, now - last); }
        last = now;
        if (now - begun >= milliseconds) return done([frames, now - begun, longest, pane.scrollTop]);
        pane.scrollTop += 60;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
})"""
# Milliseconds until what was chosen is drawn.
CHOOSE = """([select, value]) => new Promise((done) => {
    const node = document.querySelectorAll(".wb-compare .wb-choice")[select];
    const begun = performance.now();
    node.value = value;
    node.dispatchEvent(new Event("change"));
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
})"""
# Milliseconds until a text was sought, in the kernel too.
SEARCH = """(text) => new Promise((done) => {
    const node = document.querySelector(".wb-compare .wb-search");
    const count = document.querySelector(".wb-compare .wb-count");
    const begun = performance.now();
    let last = performance.now();
    const told = new MutationObserver(() => { last = performance.now(); });
    told.observe(count, { childList: true, characterData: true, subtree: true });
    node.value = text;
    node.dispatchEvent(new Event("input"));
    setTimeout(() => done([last - begun, count.textContent]), 3000);
})"""


def seconds_to_open(notebook: NotebookPage, cell: int) -> float:
    """Run the cell that shows the view; give the seconds until an answer could be read."""
    notebook.page.evaluate(WATCH)
    notebook.run_cell(cell)
    notebook.page.wait_for_function("window.firstSeen !== null", timeout=60_000)
    begun = float(notebook.outputs(cell).filter(has_text="begun at").inner_text().rpartition(" ")[2])
    return float(notebook.page.evaluate("window.firstSeen")) - begun


def heap_mb(notebook: NotebookPage) -> float:
    """What JavaScript holds in the page, in megabytes, after its garbage was collected."""
    session = notebook.page.context.new_cdp_session(notebook.page)
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6
