"""A view's script and styles, with what all views share in front: one text each, as a widget gives the page one."""

from __future__ import annotations

from importlib.resources import files
from uuid import uuid4


def script(view: str) -> str:
    """Put together the JavaScript of a view.

    The parts become one module, so a name that one declares must not be declared again.

    Args:
        view: Name of its folder, in which the last part of the script has the same name.

    >>> script("panel").count("function element(")
    1
    """
    return _joined(view, "elements.js", ".js")


def styles(view: str) -> str:
    """Put together the CSS of a view.

    The page has the styles of all open views at once, so each rule of a view begins with the class of its outermost
    element: `.wb-` and the name. The shared rules hold for `.wb-view`, a class which that element has as well.

    Args:
        view: Name of its folder, in which the last part of the styles has the same name.

    >>> styles("panel").count("--wb-ink:")
    1
    """
    return _joined(view, "view.css", ".css")


def new_place() -> str:
    """Name a place for a view, by which the page finds the outputs that it is drawn in. No kernel names one twice.

    >>> new_place() == new_place()
    False
    """
    return uuid4().hex


def placed(place: str, kept: str) -> str:
    """Write the HTML of an output in which a view is drawn.

    Args:
        place: The view's place.
        kept: HTML that stands there while no kernel draws the view, in a saved notebook too.

    >>> placed("5f", "<p>as it was</p>")
    '<div class="wb-place-5f"><p>as it was</p></div>'
    """
    return f'<div class="wb-place-{place}">{kept}</div>'


def _joined(view: str, shared: str, ending: str) -> str:
    """What all views share, then a view's own files of one kind, that of its name last."""
    own, last = files(f"workbench.views.{view}"), f"{view}{ending}"
    parts = sorted(one.name for one in own.iterdir() if one.name.endswith(ending) and one.name != last)
    texts = [files("workbench.views.page").joinpath(shared), *(own.joinpath(name) for name in (*parts, last))]
    return "\n".join(one.read_text(encoding="utf-8") for one in texts)
