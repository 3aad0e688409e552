"""The parts of a report: sections, tables and pictures as HTML, with every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from workbench.views._plain import shown
from workbench.views._styles import INK
from workbench.views.charts._theme import ACCENT, svg

if TYPE_CHECKING:
    import altair


class Phrase(str):
    """A few words of ours, which a table sets in one line."""

    __slots__ = ()


class Figures(str):
    """Numbers as text, which a table sets in one line and at the right."""

    __slots__ = ()


class Markup(str):
    """HTML of ours, which a table takes as it is."""

    __slots__ = ()


Cell = str | int | None
# What the page colours by its own ink and mark, light or dark.
_COLOURS = {INK: "currentColor", ACCENT: f"var(--mark, {ACCENT})"}
_SVG = "http://www.w3.org/2000/svg"


def section(name: str, heading: str, *parts: str) -> str:
    """A section with its heading, as a landmark."""
    return f'<section aria-labelledby="{name}"><h2 id="{name}">{shown(heading)}</h2>{"".join(parts)}</section>'


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of text."""
    return f'<p class="{kind}">{shown(text)}</p>' if kind else f"<p>{shown(text)}</p>"


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], kind: str = "") -> str:
    """A table with a caption; the first cell of each row heads it, numbers stand at the right, None stays empty.

    >>> table("Counts", ["Model", "Count"], [["<b>", 3]]).count("&lt;b&gt;")
    1
    """
    told = [list(row) for row in rows]
    numbers = {number for row in told for number, cell in enumerate(row) if _is_number(cell)}
    kinds = [' class="number"' if number in numbers else "" for number in range(len(columns))]
    head = "".join(f'<th scope="col"{kind}>{shown(column)}</th>' for kind, column in zip(kinds, columns, strict=True))
    body = "".join(
        f'<tr><th scope="row">{_shown(first)}</th>' + "".join(map(_cell, others)) + "</tr>" for first, *others in told
    )
    # The frame can be scrolled where the table is wider than the page, so it must be reachable by the keyboard.
    return (
        f'<div class="frame {kind}" tabindex="0" role="group" aria-label="{shown(caption)}"><table>'
        f"<caption>{shown(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def picture(chart: altair.TopLevelMixin, caption: str, number: int) -> str:
    """A picture as SVG within the page, in the page's own colours, with its description for those who do not see it."""
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(svg(chart))
    for node in root.iter():
        # The picture as a whole is told in words; its parts would be read out without any.
        for name in [name for name in node.attrib if name == "role" or name.startswith("aria-")]:
            del node.attrib[name]
        for name, value in node.attrib.items():
            # Names in several pictures of one page must not meet.
            own = f"picture{number}-{value}" if name == "id" else value.replace("url(#", f"url(#picture{number}-")
            node.set(name, _COLOURS.get(own.lower(), own))
    root.set("role", "img")
    root.set("aria-label", str(chart.to_dict().get("description", caption)))
    drawn = ElementTree.tostring(root, encoding="unicode")
    return f"<figure><figcaption>{shown(caption)}</figcaption>{drawn}</figure>"


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, int | Figures)


def _cell(cell: Cell) -> str:
    kind = "number" if _is_number(cell) else "phrase" if isinstance(cell, Phrase) else ""
    return f'<td class="{kind}">{_shown(cell)}</td>' if kind else f"<td>{_shown(cell)}</td>"


def _shown(cell: Cell) -> str:
    if isinstance(cell, Markup):
        return cell
    return "" if cell is None else shown(str(cell))
