"""Outputs that are text, in which a page draws a live view as long as there is a kernel."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Protocol

from IPython.core.getipython import get_ipython
from IPython.display import DisplayHandle, display

from workbench.views.page import placed


class Placed(Protocol):
    """A view that is drawn in the outputs that keep its place."""

    place: str


@dataclass(frozen=True, slots=True)
class Output:
    """An output of a cell, which can be replaced."""

    handle: DisplayHandle

    def replace(self, html: str, text: str) -> None:
        """Put something else in its place, which ends a view there."""
        self.handle.update(_both(html, text), raw=True)  # type: ignore[no-untyped-call]

    def keep(self, view: Placed, html: str, text: str) -> None:
        """Put something else below a view that goes on: it is saved, and seen where no kernel draws the view."""
        self.replace(placed(view.place, html) if somebody_is_there() else html, text)

    def repeat(self, html: str, text: str) -> None:
        """Show it in another place too, anew in both; from then on all are replaced together."""
        self.replace(html, text)
        self.handle.display(_both(html, text), raw=True)  # type: ignore[no-untyped-call]


def show_in_place(view: Placed, kept: str, text: str, *, before: str = "") -> Output:
    """Show a view in an output that stays readable without it.

    Args:
        view: The view.
        kept: HTML that is shown where no kernel draws the view.
        text: What a terminal shows.
        before: HTML that stands before it, and stays.
    """
    if "VSCODE_PID" in os.environ:  # its notebook loads the script of a widget only with an output that is one
        display(view)  # type: ignore[no-untyped-call]
    return shown(before + placed(view.place, kept), text)


def somebody_is_there() -> bool:
    """Whether a page could draw a view of this kernel: nbconvert and its like say that none asks for anything.

    Voilà says so too, as it runs a notebook like them; its page draws views all the same.
    """
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is not None and os.environ.get("SERVER_SOFTWARE", "").startswith("voila/"):
        return True
    return bool(getattr(kernel, "_allow_stdin", False))


def shown(html: str, text: str) -> Output:
    """Show HTML, or a text on a terminal, in an output that can be replaced."""
    return Output(display(_both(html, text), raw=True, display_id=True))  # type: ignore[no-untyped-call]


def _both(html: str, text: str) -> dict[str, Any]:
    return {"text/html": html, "text/plain": text}
