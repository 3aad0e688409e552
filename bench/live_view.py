"""What do growing answers cost a notebook's page: the comparison's view beside `print` and `HTML.value +=`?

`.venv/bin/python bench/live_view.py` opens a real JupyterLab in Chromium three times. In each, eight answers of 1,000
tokens come at 50 tokens a second each, for 20 seconds: as a comparison with its live view, printed into eight `Output`
widgets, and added to the value of eight `HTML` widgets, as notebooks do without Workbench. Told are the frames and
bytes that the page gets over its websockets, how long its main thread works, after how long the last token is seen, and
how many of the 8,000 tokens are missing in the end. Models are scripted; kernel, JupyterLab and Chromium are real.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import sleep

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from browser.conftest import FLAGS  # noqa: E402
from browser.lab import Lab, NotebookPage, serving  # noqa: E402
from playwright.sync_api import WebSocket, sync_playwright  # noqa: E402

ANSWERS, TOKENS, PER_SECOND = 8, 1000, 50
CALM_S = 3.0
BEGIN = f"""
import asyncio, sys, time
sys.path.insert(0, {str(ROOT / "tests")!r})
import ipywidgets
import workbench as wb
from IPython.display import display
from scripted_model import replied, scripted
from workbench.messages import Piece

async def tokens():
    start = time.time()
    for number in range({TOKENS}):
        await asyncio.sleep(max(0, start + number / {PER_SECOND} - time.time()))
        yield f"t{{number}} "

async def all_at_once(say):
    async def one(number):
        async for token in tokens():
            say(number, token)
    await asyncio.gather(*map(one, range({ANSWERS})))
"""


def _in_widgets(widget: str, say: str) -> str:
    """A cell that says tokens into widgets of a kind, one for each answer."""
    return f"""
places = [ipywidgets.{widget}() for _ in range({ANSWERS})]
display(ipywidgets.VBox(places))
def say(number, token):
    {say}
await all_at_once(say)
print("ended at", time.time())
"""


WAYS = {
    "Workbench, the comparison's view": (
        f"""
async def stream(request):
    said = ""
    async for token in tokens():
        said += token
        yield Piece(token)
    yield replied(said)
models = [scripted(f"own{{number}}/model", stream, label=str(number)) for number in range({ANSWERS})]
run = await wb.compare("Los", models)
print("ended at", time.time())
""",
        ".wb-compare .wb-text",
    ),
    "`print` into `Output`": (
        _in_widgets("Output", 'with places[number]: print(token, end="")'),
        ".jp-OutputArea-output .widget-output, .jp-OutputArea-output .jupyter-widgets-output-area",
    ),
    "`HTML.value +=`": (_in_widgets("HTML", "places[number].value += token"), ".widget-html-content"),
}
# When a token of the last answers was seen first, by the clock that the kernel has too.
WATCH = """(last) => {
    const seen = () => {
        if (window.lastSeen || !document.body.textContent.includes(last)) return;
        window.lastSeen = (performance.timeOrigin + performance.now()) / 1000;
    };
    new MutationObserver(seen).observe(document.body, { childList: true, characterData: true, subtree: true });
}"""


@dataclass
class Frames:
    """What came over the websockets of a page."""

    count: int = 0
    size: int = 0

    def watch(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._take)

    def _take(self, payload: str | bytes) -> None:
        self.count += 1
        self.size += len(payload if isinstance(payload, bytes) else payload.encode())


def measured(lab: Lab, cell: str, texts: str) -> tuple[int, int, float, float, int]:
    """Frames, bytes, seconds of the main thread, seconds to the last token, and how many tokens are missing."""
    frames = Frames()
    notebook = lab.open(lab.write("bench.ipynb", [BEGIN, cell]), on_websocket=frames.watch)
    notebook.run_cell(0)
    sleep(CALM_S)
    notebook.page.evaluate(WATCH, f"t{TOKENS - 1} ")
    session = notebook.page.context.new_cdp_session(notebook.page)
    session.send("Performance.enable")
    before, work = (frames.count, frames.size), _task_seconds(session.send("Performance.getMetrics"))
    notebook.run_cell(1, seconds=120)
    sleep(CALM_S)
    work = _task_seconds(session.send("Performance.getMetrics")) - work
    count, size = frames.count - before[0], frames.size - before[1]
    told = notebook.outputs(1).filter(has_text="ended at").last.inner_text()
    ended = float(told.rpartition("ended at ")[2].split()[0])
    late = float(notebook.page.evaluate("window.lastSeen ?? 0")) - ended
    return count, size, work, late, _missing(notebook, texts)


def _task_seconds(told: dict[str, list[dict[str, float]]]) -> float:
    return next(one["value"] for one in told["metrics"] if one["name"] == "TaskDuration")  # type: ignore[comparison-overlap]


def _missing(notebook: NotebookPage, texts: str) -> int:
    said = notebook.page.locator(texts).all_inner_texts()
    return sum(f"t{number}" not in words for words in map(str.split, said) for number in range(TOKENS)) + TOKENS * (
        ANSWERS - len(said)
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        print("| way | frames | MB | seconds of the main thread | last token seen after, s | tokens missing |")
        print("|---|---:|---:|---:|---:|---:|")
        for way, (cell, texts) in WAYS.items():
            lab = Lab(server, browser)
            count, size, work, late, missing = measured(lab, cell, texts)
            lab.close()
            print(f"| {way} | {count:,} | {size / 1e6:.2f} | {work:.1f} | {late:.2f} | {missing} |", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
