"""The panel's Python side, with scripted servers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

from workbench.connections import ModelState, Overview, ServerState
from workbench.errors import UnreachableError
from workbench.model_info import Gauges, LoadedModel, Progress
from workbench.views import PanelView, panel_table, panel_text
from workbench.views.panel import _widget
from workbench.views.panel._rows import rows

HELD = LoadedModel("qwen3:4b", 4_000_000_000, context=8192, expires_s=240.0)
QWEN = ModelState(
    name="qwen3:4b", is_loaded=True, loaded=HELD, size_bytes=2_600_000_000, context=40_960, can=("tools",)
)
BUSY = Gauges(running=3, waiting=1, cache_used=0.25, generated_tokens=900)
SERVERS = (
    ServerState(name="ollama", kind="ollama", address="http://127.0.0.1:11434", manages=True, models=(QWEN,)),
    ServerState(name="gpu", kind="openai", address="https://gpu", product="vLLM 0.32", gauges=BUSY),
    ServerState(name="<b>gone</b>", kind="openai", address="http://x", problem="no server answers <script>"),
)
SEEN = Overview(SERVERS, 16_000_000_000, 4_000_000_000)


class Scripted:
    """Actions that note what was asked of them."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.looks = 0
        self.cancelled = False

    async def overview(self) -> Overview:
        self.looks += 1
        return SEEN

    async def pull(self, name: str) -> AsyncGenerator[Progress, None]:
        self.asked.append(("pull", name))
        try:
            for done in range(1000):
                yield Progress("pulling", "sha256:a", done, 1000)
                await asyncio.sleep(0.01)
        finally:
            self.cancelled = True

    async def load(self, name: str, keep_alive: str, context: int | None) -> None:
        self.asked.append(("load", name, keep_alive, context))

    async def unload(self, name: str) -> None:
        raise UnreachableError("no server answers\x1b[31m", where=name, advice="start it")

    async def delete(self, name: str) -> None:
        self.asked.append(("delete", name))


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def pressed(view: PanelView, **content: Any) -> None:
    view._on_message(view, content, [])


def test_numbers_are_texts_in_both_languages() -> None:
    english, german = rows(SEEN, "en"), rows(SEEN, "de")
    assert english["memory"] == "Memory of this machine: 12.0 GB of 16.0 GB used"
    assert german["memory"] == "Speicher dieses Rechners: 12,0 GB von 16,0 GB belegt"
    (model,) = english["servers"][0]["models"]
    assert (model["memory"], model["stays"], model["context"], model["size"]) == (
        "4.0 GB",
        "4 min",
        "8\u202f192",
        "2.6 GB",
    )
    assert english["servers"][1]["gauges"] == {"running": 3, "waiting": 1, "cache": 0.25, "generated": 900}


def test_what_a_server_says_is_text() -> None:
    table = panel_table(SEEN)
    assert "<script>" not in table
    assert "&lt;b&gt;gone&lt;/b&gt;" in table
    assert "ollama/qwen3:4b" in panel_text(SEEN, "de")


def test_what_is_pressed_is_done_and_said() -> None:
    actions = Scripted()
    view = PanelView(actions, every_s=0.05)
    pressed(view, do="load", name="ollama/qwen3:4b", keep_alive="1h", context=4096)
    until(lambda: view.said == "Load ollama/qwen3:4b: done")
    assert actions.asked == [("load", "ollama/qwen3:4b", "1h", 4096)]
    pressed(view, do="unload", name="ollama/qwen3:4b")
    until(lambda: view.works.get("ollama/qwen3:4b", {}).get("problem"))
    assert "\x1b" not in view.works["ollama/qwen3:4b"]["problem"]
    pressed(view, do="delete", name="ollama/qwen3:4b")
    until(lambda: ("delete", "ollama/qwen3:4b") in actions.asked)
    until(lambda: not view.works)
    assert view.state["servers"][0]["name"] == "ollama"


def test_a_pull_shows_how_far_it_is_and_can_be_cancelled() -> None:
    actions = Scripted()
    view = PanelView(actions, every_s=0.05, language="de")
    pressed(view, do="pull", name="ollama/new")
    until(lambda: (view.works.get("ollama/new", {}).get("share") or 0) > 0.005)
    pressed(view, do="pull", name="ollama/new")  # a second press does nothing
    pressed(view, do="cancel", name="ollama/new")
    until(lambda: not view.works)
    until(lambda: actions.cancelled)
    assert "abgebrochen" in view.said
    assert actions.asked == [("pull", "ollama/new")]


def test_nobody_is_asked_when_nobody_looks(monkeypatch: Any) -> None:
    monkeypatch.setattr(_widget, "_SEEN_S", 0.2)
    actions = Scripted()
    view = PanelView(actions, every_s=0.02)
    time.sleep(0.1)
    assert actions.looks == 0
    pressed(view, seen=True)
    until(lambda: actions.looks > 2)
    until(lambda: view._loop is None)
    looks = actions.looks
    time.sleep(0.2)
    assert actions.looks == looks
    pressed(view, seen=True)
    until(lambda: actions.looks > looks)
    view.close()
