"""The Python side of a session's controls: it tells the page what is new, and carries out what is pressed there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import traitlets

from workbench.errors import WorkbenchError
from workbench.language import Language
from workbench.texts import line, plain
from workbench.views.agents import inspector, turn_row
from workbench.views.controls._data import Controls
from workbench.views.controls._shown import bounded, changes_of, parts_of
from workbench.views.controls._words import control_words
from workbench.views.page import Parts, script, styles

_EVERY_S = 0.2  # between two messages to the page
_SHARE = 10  # and so many times as long as making one takes, as a long session has many turns


class ControlsView(anywidget.AnyWidget):
    """A session of agents as its turns come, with all that steers it.

    It hears of the session while a page shows it. Whatever models and tools write is shown as text.

    Args:
        controls: The session.
        loop: Where the session is at home: what is pressed is carried out there.
        language: "en" or "de".
        shown: Called after something new was shown.

    Raises:
        UsageError: No view speaks the language.
    """

    _esm = script("controls")
    _css = styles("controls")

    words = traitlets.Dict().tag(sync=True)
    language = traitlets.Unicode("en").tag(sync=True)

    def __init__(
        self,
        controls: Controls,
        loop: asyncio.AbstractEventLoop,
        *,
        language: Language = "en",
        shown: Callable[[], object] = lambda: None,
    ) -> None:
        self._controls = controls
        self._speaks: Language = language
        self._shown = shown
        self._loop = loop
        self._parts = Parts()
        self._pages: set[str] = set()
        self._end_watch: Callable[[], None] | None = None
        self._due: asyncio.TimerHandle | None = None
        self._next_at = 0.0
        self._work: set[asyncio.Task[None]] = set()
        super().__init__(words=dict(control_words(language)), language=language)
        self.on_msg(self._on_message)

    def __repr__(self) -> str:
        return control_words(self._speaks)["title"]

    @property
    def watches(self) -> bool:
        """Whether it hears of the session."""
        return self._end_watch is not None

    def close(self) -> None:
        """End the view, and let the session alone."""
        self._pages.clear()
        self._unwatch()
        super().close()

    def _on_message(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        """What the page says, perhaps in a thread of its own."""
        self._loop.call_soon_threadsafe(self._hear, content)

    def _hear(self, content: dict[str, Any]) -> None:
        match content:
            case {"have": int(have), "page": str(page)}:
                self._pages.add(page)
                if self._end_watch is None:
                    self._end_watch = self._controls.watch(self._changed)
                self._tell()
                self._send_since(have)
            case {"left": str(page)}:
                self._pages.discard(page)
                if not self._pages:
                    self._unwatch()
            case {"look": int(number), "page": str(page)}:
                self._show_turn(number, page)
            case {"whole": int(number), "row": str(row)}:
                self._show_whole(number, row)
            case {"do": str(what)}:
                task = self._loop.create_task(self._carried_out(what, content))
                self._work.add(task)
                task.add_done_callback(self._work.discard)

    def _unwatch(self) -> None:
        end, self._end_watch = self._end_watch, None
        if end is not None:
            end()
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _changed(self) -> None:
        """Note that something has happened, in whatever thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._soon)

    def _soon(self) -> None:
        if self._due is None and self.watches:
            wait_s = max(0.0, self._next_at - self._loop.time())
            self._due = self._loop.call_later(wait_s, self._tell)

    def _tell(self) -> None:
        """Send what has changed since the last time."""
        if self._due is not None:
            self._due.cancel()
        self._due, began = None, self._loop.time()
        before = self._parts.number
        if self._parts.put(parts_of(self._controls.situation(), self._speaks)):
            self._send_since(before)
            self._shown()
        now = self._loop.time()
        self._next_at = now + max(_EVERY_S, _SHARE * (now - began))

    def _send_since(self, have: int) -> None:
        self.send({"after": have, "number": self._parts.number, "parts": self._parts.since(have)})

    def _show_turn(self, number: int, page: str) -> None:
        try:
            turn, questions = self._controls.turn(number)
            fork = changes_of(self._controls.changeable(number))
        except WorkbenchError as error:
            self._say_problem(error)
            return
        html = inspector(turn, [bounded(one, number) for one in questions], self._speaks)
        self.send({"looked": number, "page": page, "html": html, "fork": fork})

    def _show_whole(self, number: int, row: str) -> None:
        try:
            turn = self._controls.turn(number)[0]
        except WorkbenchError as error:
            self._say_problem(error)
            return
        self.send({"whole": row, "html": turn_row(turn, self._controls.situation().conversation.agents, self._speaks)})

    async def _carried_out(self, what: str, given: Mapping[str, Any]) -> None:
        self.send({"problem": ""})
        try:
            await self._controls.do(what, given)
        except Exception as error:  # noqa: BLE001 - whatever a team raises is told in one line, and the view lives on
            self._say_problem(error)
        else:
            self.send({"done": what, "page": given.get("page")})
        self._tell()

    def _say_problem(self, error: Exception) -> None:
        self.send({"problem": _told(error)})


def _told(error: Exception) -> str:
    """An error in one line; of AutoGen's, which hold a traceback, the last."""
    lines = [one for one in str(error).splitlines() if one.strip()]
    if isinstance(error, WorkbenchError) or not lines:
        return plain(line(str(error) or type(error).__name__))
    return plain(line(lines[-1] if len(lines) > 1 else f"{type(error).__name__}: {lines[0]}"))
