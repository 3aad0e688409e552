"""Bars of long works in the cell that began them, and the line that stays in their place."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from IPython.core.getipython import get_ipython

from workbench.comparison.scoring import watch_scoring
from workbench.language import Language, usual_language
from workbench.model_info import Progress
from workbench.notebook._place import show_in_place, somebody_is_there
from workbench.views import Course, WorkView, progress_words, static_line, words

_PATIENCE_S = 1.0  # before a bar is shown: what takes less needs none


class Bar:
    """A bar with a button, which a page draws; where none does, a line says that the work was not over.

    Args:
        title: What it is about.
        language: "en" or "de".
        press: Called, possibly in another thread, when someone presses the button.
        button: The word on the button.
        pressed: The word on it once it was pressed.
    """

    def __init__(
        self, title: str, language: Language, *, press: Callable[[], object], button: str, pressed: str
    ) -> None:
        self._title = title
        self._language = language
        self._view = WorkView(title, press=press, button=button, pressed=pressed, language=language)
        self._output = show_in_place(self._view, *self._kept(progress_words(language).unfinished))

    def show(self, line: str, share: float | None) -> None:
        """Show how far it is: a line, and the part that is done, from 0 to 1."""
        self._view.show(line, share)

    def end(self, line: str) -> None:
        """Put the last line in its place."""
        self._output.replace(*self._kept(line))
        self._view.close()

    def _kept(self, line: str) -> tuple[str, str]:
        """A line as HTML, and as a terminal shows it."""
        return static_line(self._title, line, self._language), f"{self._title}: {line}"


class CountedBar:
    """A bar of a work, shown in the cell that began it: at once, or when the work has taken a second.

    Args:
        title: What it is about.
        stop: Called, possibly in another thread, when someone presses Stop.
    """

    def __init__(self, title: str, stop: Callable[[], object]) -> None:
        self._title = title
        self._stop = stop
        self._language = usual_language()
        self._begin_s = monotonic()
        self._course = Course()
        self._counts = ""
        self._bar: Bar | None = None
        self._stopped = False

    def appear(self) -> None:
        """Show it, where a page could show it and has not yet."""
        if self._bar is None and somebody_is_there():
            said = words(self._language)
            self._bar = Bar(self._title, self._language, press=self._pressed, button=said.stop, pressed=said.stopping)

    def scored(self, done: int, total: int) -> None:
        """Show that so many parts of so many are done."""
        self.part_done("", done, total)

    def part_done(self, part: str, done: int, total: int) -> None:
        """Show the same of a part of the work, which is named."""
        known = progress_words(self._language)
        self._course.take(Progress("", part or "all", done, total))
        self._counts = " · ".join(filter(None, (part, f"{done} {known.of} {total}")))
        if monotonic() - self._begin_s >= _PATIENCE_S:
            self.appear()
        if self._bar is not None:
            left = self._course.seconds_left
            pace = "" if left is None else f"{left:.0f} {known.left}"
            self._bar.show(" · ".join(filter(None, (self._counts, pace))), done / total)

    def ended(self) -> None:
        """Put the last line in its place."""
        if self._bar is not None:
            stopped = words(self._language).status["stopped"] if self._stopped else ""
            self._bar.end(" · ".join(filter(None, (stopped, self._counts))))

    def _pressed(self) -> None:
        self._stopped = True
        self._stop()


def show_scorings() -> None:
    """Show in a notebook how far each scoring is; elsewhere nothing."""
    if get_ipython() is not None:
        watch_scoring(lambda stop: CountedBar(progress_words(usual_language()).scores, stop))
