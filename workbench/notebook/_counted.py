"""What is seen of a long work whose parts are counted: a bar with a Stop button, and a line that stays."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from IPython.core.getipython import get_ipython

from workbench.comparison.scoring import watch_scoring
from workbench.language import usual_language
from workbench.model_info import Progress
from workbench.notebook._bar import Bar
from workbench.notebook._place import somebody_is_there
from workbench.views import Course, progress_words, words

_PATIENCE_S = 1.0  # before a bar is shown: what takes less needs none


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
