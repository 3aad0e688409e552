"""A bar of a long work in the cell that began it, and the line that stays in its place."""

from __future__ import annotations

from collections.abc import Callable

from workbench.language import Language
from workbench.notebook._place import show_in_place
from workbench.views import WorkView, progress_words, static_line


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
