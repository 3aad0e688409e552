"""The panel's Python side: it looks at the servers while somebody looks at it, and carries out what is pressed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from time import monotonic
from typing import Any, Protocol

import anywidget
import traitlets

from workbench.connections import Overview
from workbench.errors import WorkbenchError
from workbench.language import Language
from workbench.model_info import Progress
from workbench.texts import plain
from workbench.views._progress import Course
from workbench.views.page import new_place, script, styles
from workbench.views.panel._rows import rows
from workbench.views.panel._words import panel_words

_SEEN_S = 15.0  # the page says every 5 seconds that somebody looks


class PanelActions(Protocol):
    """What the panel may do. All raise WorkbenchError."""

    async def overview(self) -> Overview:
        """Return what there is now."""
        ...

    def pull(self, name: str) -> AsyncGenerator[Progress, None]:
        """Fetch "connection/model"; closing it cancels."""
        ...

    async def load(self, name: str, keep_alive: str, context: int | None) -> None:
        """Load "connection/model"."""
        ...

    async def unload(self, name: str) -> None:
        """Unload it."""
        ...

    async def delete(self, name: str) -> None:
        """Delete it."""
        ...


class PanelView(anywidget.AnyWidget):
    """Connections, their models and what is loaded, with buttons to fetch, load, unload and delete.

    It looks at the servers from a thread of its own, and only while a page with the panel is open and visible.

    Args:
        actions: What is done when something is pressed.
        language: "en" or "de".
        every_s: Seconds between two looks.

    Raises:
        UsageError: No view speaks the language.
    """

    _esm = script("panel")
    _css = styles("panel")

    place = traitlets.Unicode().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)
    works = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    language = traitlets.Unicode("en").tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)

    def __init__(self, actions: PanelActions, *, language: Language = "en", every_s: float = 2.0) -> None:
        self._actions = actions
        self._every_s = every_s
        self._seen = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._look = asyncio.Event()
        self._lock = threading.Lock()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        super().__init__(place=new_place(), words=panel_words(language), language=language)
        self.on_msg(self._on_message)

    def __repr__(self) -> str:
        return panel_words(self.language)["title"]

    def show(self, overview: Overview) -> None:
        """Show what there is."""
        self.state = rows(overview, self.language)

    def close(self) -> None:
        """End the looking, and what still runs, with the widget."""
        self._seen = 0.0
        super().close()

    def _on_message(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        """What the page says: that somebody looks, or what was pressed."""
        with self._lock:
            self._seen = monotonic()
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._live, args=(self._loop,), name="workbench-panel", daemon=True).start()
            if "do" in content:
                self._loop.call_soon_threadsafe(self._begin, content)

    def _live(self, loop: asyncio.AbstractEventLoop) -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(self._watch())

    async def _watch(self) -> None:
        self._look = asyncio.Event()
        while True:
            with self._lock:
                if monotonic() - self._seen > _SEEN_S and not self._tasks:
                    self._loop = None
                    return
            try:
                self.show(await self._actions.overview())
            except WorkbenchError as error:
                self.said = plain(str(error))
            try:
                await asyncio.wait_for(self._look.wait(), self._every_s)
            except TimeoutError:
                continue
            self._look.clear()

    def _begin(self, content: dict[str, Any]) -> None:
        """Begin what was pressed; a second press on the same is passed over while it runs."""
        what, name = str(content.get("do")), str(content.get("name", ""))
        if what == "cancel":
            if running := self._tasks.get(name):
                running.cancel()
            return
        if name not in self._tasks and (work := self._work(what, name, content)):
            self._tasks[name] = asyncio.get_running_loop().create_task(self._carried_out(what, name, work))

    def _work(self, what: str, name: str, content: dict[str, Any]) -> Coroutine[Any, Any, None] | None:
        match what:
            case "pull":
                return self._pull(name)
            case "load":
                context = content.get("context")
                keep_alive = str(content.get("keep_alive") or "10m")
                return self._actions.load(name, keep_alive, context if isinstance(context, int) else None)
            case "unload":
                return self._actions.unload(name)
            case "delete":
                return self._actions.delete(name)
        return None

    async def _pull(self, name: str) -> None:
        course = Course()
        async with aclosing(self._actions.pull(name)) as steps:
            async for step in steps:
                course.take(step)
                line = course.line(self._speaks)
                self.works = {**self.works, name: {"share": course.share, "line": line, "problem": ""}}

    @property
    def _speaks(self) -> Language:
        return "de" if self.language == "de" else "en"

    async def _carried_out(self, what: str, name: str, work: Coroutine[Any, Any, None]) -> None:
        words = panel_words(self.language)
        label = {"pull": words["fetch_button"], "delete": words["yes_delete"]}.get(what) or words[what]
        self.works = {**self.works, name: {"share": None, "line": f"{label} …", "problem": ""}}
        problem = ""
        try:
            await work
            self.said = words["done"].format(what=label, model=plain(name))
        except WorkbenchError as error:
            problem = plain(str(error))
            self.said = words["failed"].format(what=label, model=plain(name), problem=problem)
        except asyncio.CancelledError:
            self.said = f"{plain(name)}: {words['cancelled']}"
        finally:
            self._tasks.pop(name, None)
            left = {other: work for other, work in self.works.items() if other != name}
            self.works = {**left, name: {"share": None, "line": "", "problem": problem}} if problem else left
            self._look.set()
