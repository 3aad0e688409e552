"""The bar of a long work in a notebook, with a button that ends it."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import ipywidgets

from workbench.language import Language
from workbench.model_info import Progress
from workbench.texts import plain
from workbench.views._progress import Course
from workbench.views._progress_words import progress_words

_PAUSE_S = 0.2


class ProgressBar(ipywidgets.VBox):  # type: ignore[misc]
    """A bar with a line of text below it, and a Cancel button.

    Args:
        title: What the work is about; shown as text.
        cancel: Called, possibly in another thread, when someone presses Cancel.
        language: "en" or "de".

    Raises:
        UsageError: No view speaks the language.

    >>> bar = ProgressBar("ollama/qwen3:4b", cancel=lambda: None)
    >>> bar.take(Progress("pulling aa", "sha256:aa", 50, 200))
    >>> bar.bar.value, bar.finish("done")
    (0.25, 'done · 50 of 200 B')
    """

    def __init__(self, title: str, *, cancel: Callable[[], object], language: Language = "en") -> None:
        words = progress_words(language)
        self.course = Course()
        self._cancel = cancel
        self._language: Language = language
        self._cancelling = words.cancelling
        self._shown = -_PAUSE_S
        self._name = name = words.title.format(model=plain(title))
        self.bar = ipywidgets.FloatProgress(
            value=0.0, min=0.0, max=1.0, description=plain(title), tooltip=name, layout={"width": "100%"}
        )
        self.bar.style.description_width = "initial"
        # A label, as it shows what a server says as text.
        self.text = ipywidgets.Label("")
        self.button = ipywidgets.Button(description=words.cancel, tooltip=f"{words.cancel}: {name}")
        self.button.on_click(self._on_click)
        super().__init__([self.bar, ipywidgets.HBox([self.button, self.text])])

    def __repr__(self) -> str:
        return self._name

    def take(self, step: Progress) -> None:
        """Show what was reported now, at most some times a second."""
        self.course.take(step)
        now = perf_counter()
        if now - self._shown >= _PAUSE_S:
            self._shown = now
            self.bar.value = self.course.share
            self.text.value = self.course.line(self._language)

    def finish(self, outcome: str) -> str:
        """Take all away, and give the last line, which is to be shown where it stays."""
        self.layout.display = "none"
        return self.course.last_line(self._language, outcome)

    def _on_click(self, _button: object) -> None:
        self.button.disabled = True
        self.button.description = self._cancelling
        self._cancel()
