"""The parts of a report: sections, tables and pictures as HTML, with every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pandas as pd

from workbench.views._plain import shown
from workbench.views.charts._theme import INK, svg

if TYPE_CHECKING:
    import altair

_SVG = "http://www.w3.org/2000/svg"


def section(name: str, heading: str, *parts: str) -> str:
    """A section with its heading, as a landmark."""
    return f'<section aria-labelledby="{name}"><h2 id="{name}">{shown(heading)}</h2>{"".join(parts)}</section>'


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of text."""
    return f'<p class="{kind}">{shown(text)}</p>' if kind else f"<p>{shown(text)}</p>"


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[object]], kind: str = "") -> str:
    """A table with a caption; the first cell of each row heads it, numbers stand at the right.

    >>> table("Counts", ["Model", "Count"], [["<b>", 3]]).count("&lt;b&gt;")
    1
    """
    head = "".join(f'<th scope="col">{shown(column)}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{shown(worded(first))}</th>{"".join(map(_cell, others))}</tr>' for first, *others in rows
    )
    # The frame can be scrolled where the table is wider than the page, so it must be reachable by the keyboard.
    return (
        f'<div class="frame {kind}" tabindex="0" role="group" aria-label="{shown(caption)}"><table>'
        f"<caption>{shown(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def picture(chart: altair.TopLevelMixin, caption: str, number: int) -> str:
    """A picture as SVG within the page, in the page's own ink, with its description for those who do not see it."""
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(svg(chart))
    for node in root.iter():
        # The picture as a whole is told in words; its parts would be read out without any.
        for name in [name for name in node.attrib if name == "role" or name.startswith("aria-")]:
            del node.attrib[name]
        for name, value in node.attrib.items():
            # Names in several pictures of one page must not meet.
            own = f"picture{number}-{value}" if name == "id" else value.replace("url(#", f"url(#picture{number}-")
            node.set(name, "currentColor" if own.lower() == INK else own)
    root.set("role", "img")
    root.set("aria-label", str(chart.to_dict().get("description", caption)))
    drawn = ElementTree.tostring(root, encoding="unicode")
    return f"<figure><figcaption>{shown(caption)}</figcaption>{drawn}</figure>"


def worded(value: object) -> str:
    """A value as a table shows it: nothing for what is missing, three digits of a fraction.

    >>> worded(0.12345), worded(None), worded(7.0)
    ('0.123', '', '7')
    """
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:.3g}"
    return str(value)


def _cell(value: object) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return f'<td class="number">{worded(value)}</td>' if number else f"<td>{shown(worded(value))}</td>"
