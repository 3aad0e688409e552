"""The Python side of a line about a long work."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import anywidget
import traitlets

from workbench.language import Language
from workbench.texts import plain
from workbench.views._words import words
from workbench.views.page import new_place, script, styles

_PAUSE_S = 0.2


class WorkView(anywidget.AnyWidget):
    """A line of text with a button, and a bar as soon as it is known how far a work is.

    All methods may be called from any thread. The button works once.

    Args:
        title: What it is about; shown as text.
        press: Called, possibly in another thread, when someone presses the button in a page; code cannot press it.
        button: The word on the button.
        pressed: The word on it once it was pressed.
        language: "en" or "de".

    Raises:
        UsageError: No view speaks the language.

    >>> view = WorkView("ollama/qwen3:4b", press=lambda: None, button="Cancel", pressed="Cancelling…")
    >>> view.show("50 of 200 B", 0.25)
    >>> view.line, view.share
    ('50 of 200 B', 0.25)
    """

    _esm = script("work")
    _css = styles("work")

    place = traitlets.Unicode().tag(sync=True)
    language = traitlets.Unicode("en").tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    line = traitlets.Unicode("").tag(sync=True)
    share = traitlets.Float(None, allow_none=True).tag(sync=True)

    def __init__(
        self, title: str, *, press: Callable[[], object], button: str, pressed: str, language: Language = "en"
    ) -> None:
        self._press = press
        self._shown = -_PAUSE_S
        self._was_pressed = False
        super().__init__(
            place=new_place(),
            title=plain(title),
            words={"button": button, "pressed": pressed, "gone": words(language).gone.partition(";")[0]},
            language=language,
        )
        self.on_msg(self._on_message)

    def __repr__(self) -> str:
        return self.title

    def show(self, line: str, share: float | None = None) -> None:
        """Show how far it is, at most some times a second: a line, and the part that is done, from 0 to 1."""
        now = perf_counter()
        if now - self._shown >= _PAUSE_S:
            self._shown = now
            with self.hold_sync():
                self.line, self.share = plain(line), share

    def _on_message(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        if content.get("pressed") is True and not self._was_pressed:
            self._was_pressed = True
            self._press()
