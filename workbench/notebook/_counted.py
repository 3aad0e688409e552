"""What is seen of a long work whose parts are counted: a bar with a Stop button, and a line that stays."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from IPython.core.getipython import get_ipython

from workbench.comparison.scoring import watch_scoring
from workbench.language import usual_language
from workbench.model_info import Progress
from workbench.notebook._place import Output, show_in_place
from workbench.views import Course, WorkView, progress_words, static_line, words

_PATIENCE_S = 1.0  # before a bar is shown: what takes less needs none


class CountedBar:
    """A bar of a work, shown in the cell that began it once it has taken a second.

    Args:
        title: What it is about.
        stop: Called, possibly in another thread, when someone presses Stop.
    """

    def __init__(self, title: str, stop: Callable[[], None]) -> None:
        self._title = title
        self._language = usual_language()
        self._begin_s = monotonic()
        self._course = Course()
        self._counts = ""
        self._output: Output | None = None
        self._stopped = False
        known = words(self._language)

        def press() -> None:
            self._stopped = True
            stop()

        self._view = WorkView(title, press=press, button=known.stop, pressed=known.stopping, language=self._language)

    def scored(self, done: int, total: int) -> None:
        """Tell that so many parts of so many are done."""
        self.show(done, total)

    def show(self, done: int, total: int, prefix: str = "") -> None:
        """Tell the same of a part of the work that has a name of its own."""
        known = progress_words(self._language)
        self._course.take(Progress("", prefix or "all", done, total))
        self._counts = " · ".join(filter(None, (prefix, f"{done} {known.of} {total}")))
        if self._output is None and monotonic() - self._begin_s >= _PATIENCE_S and somebody_is_there():
            text = f"{self._title}: {known.unfinished}"
            self._output = show_in_place(self._view, static_line(self._title, known.unfinished, self._language), text)
        left = self._course.seconds_left
        pace = "" if left is None else f"{left:.0f} {known.left}"
        self._view.show(" · ".join(filter(None, (self._counts, pace))), done / total)

    def ended(self) -> None:
        """Put the last line in its place."""
        if self._output is not None:
            word = words(self._language).status["stopped"] if self._stopped else ""
            line = " · ".join(filter(None, (word, self._counts)))
            self._output.replace(static_line(self._title, line, self._language), f"{self._title}: {line}")
        self._view.close()


def show_scorings() -> None:
    """Have a notebook show how far each scoring is; elsewhere nothing."""
    if get_ipython() is not None:
        watch_scoring(lambda stop: CountedBar(progress_words(usual_language()).scores, stop))


def somebody_is_there() -> bool:
    """Whether the code runs in a kernel that a page could be asked through: nbconvert and its like say that none is."""
    kernel = getattr(get_ipython(), "kernel", None)
    return bool(getattr(kernel, "_allow_stdin", False))
