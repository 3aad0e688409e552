"""How does the live view of a comparison fare with 100,000 answered cells?

`.venv/bin/python bench/compare_at_size.py` opens a real JupyterLab in Chromium for 25,000 prompts x 4 candidates and
for 50,000 x 2, answers of some 600 characters each. Told are the seconds until an answer can be read in a view that is
opened anew, and until it knows of all; what comes over the websocket for that; frames a second while it is scrolled;
the heap of JavaScript before it and with it; and the milliseconds of filters, sorting and search. The answers are
scripted; kernel, JupyterLab and Chromium are real.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from browser.at_size import CELLS, CHOOSE, FILL, SCROLL, SEARCH, SHOW, VIEW, heap_mb, seconds_to_open  # noqa: E402
from browser.conftest import FLAGS  # noqa: E402
from browser.lab import Lab, serving  # noqa: E402
from playwright.sync_api import WebSocket, sync_playwright  # noqa: E402

SCROLL_MS = 4000
LARGE = 20_000  # bytes of a frame that tells of cells
FILTERS = ("differing", "disagreeing", "slowest", "one_wrong", "all")
SORTS = ("slowest", "longest", "different", "score exact", "prompts")


@dataclass
class Frames:
    """How much came over the websockets of a page, and when the last of it that was large."""

    size: int = 0
    last: float = 0.0

    def watch(self, socket: WebSocket) -> None:
        """Watch a websocket of the page."""
        socket.on("framereceived", self._take)

    def _take(self, payload: str | bytes) -> None:
        self.size += len(payload)
        if len(payload) > LARGE:
            self.last = time.time()


def measured(lab: Lab, prompts: int, candidates: int) -> None:
    """Open one comparison, and print what was measured."""
    frames = Frames()
    fill = f"begun = time.time()\nview = filled({prompts}, {candidates})\nprint(time.time() - begun)"
    notebook = lab.open(lab.write("size.ipynb", [FILL, fill, SHOW]), on_websocket=frames.watch)
    notebook.run_cell(0)
    notebook.run_cell(1, seconds=300)
    before, size = heap_mb(notebook), frames.size
    begun = time.time()
    opened = seconds_to_open(notebook, 2)
    page = notebook.page
    page.wait_for_timeout(2000)
    whole = frames.last - begun
    size, heap = frames.size - size, heap_mb(notebook)
    count, milliseconds, longest, _ = page.evaluate(SCROLL, SCROLL_MS)
    print(f"\n{prompts:,} prompts x {candidates} candidates")
    print(f"  told by the kernel in {float(notebook.outputs(1).last.inner_text()):.1f} s")
    print(
        f"  an answer is read after {opened:.2f} s, all is told after {whole:.2f} s, "
        f"with {size / 1e6:.2f} MB over the websocket"
    )
    print(f"  heap {heap:.0f} MB, {before:.0f} MB before; after scrolling {heap_mb(notebook):.0f} MB")
    print(f"  scrolled at {1000 * count / milliseconds:.1f} frames/s, longest frame {longest:.0f} ms")
    for select, names in ((0, FILTERS), (1, SORTS)):
        told = ", ".join(f"{name} {page.evaluate(CHOOSE, [select, name]):.0f}" for name in names)
        print(f"  {('filter', 'sort')[select]}, ms: {told}")
    taken, found = page.evaluate(SEARCH, "fall 1234")
    print(f"  search: {taken:.0f} ms, {found}")
    print(f"  answers in the page: {page.locator(f'{VIEW} .wb-answer').count()} of {CELLS:,}", flush=True)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for candidates in (4, 2):
            lab = Lab(server, browser)
            measured(lab, CELLS // candidates, candidates)
            lab.close()
        browser.close()


if __name__ == "__main__":
    main()
