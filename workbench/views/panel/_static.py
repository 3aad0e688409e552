"""The panel as it was, for a notebook that is opened without a kernel."""

from __future__ import annotations

from workbench.connections import Overview
from workbench.views._plain import shown
from workbench.views._styles import CAPTION, CELL, COLUMN, TABLE
from workbench.views.panel._rows import rows
from workbench.views.panel._words import panel_words


def panel_table(overview: Overview, language: str = "en") -> str:
    """Write the overview as HTML that needs neither kernel nor script; it stands where no kernel draws the panel.

    Raises:
        UsageError: No view speaks the language.

    >>> "Connections and models, as they were" in panel_table(Overview((), 1, 1))
    True
    """
    words, found = panel_words(language), rows(overview, language)
    heads = "".join(f'<th scope="col" style="{COLUMN}">{shown(words[name])}</th>' for name in _HEADS)
    body = "".join(
        f'<tr><th scope="row" style="{CELL}">{shown(cells[0])}</th>'
        + "".join(f'<td style="{CELL}">{shown(text)}</td>' for text in cells[1:])
        + "</tr>"
        for cells in _cells(found)
    )
    return (
        f'<table lang="{language}" class="mathjax_ignore tex2jax_ignore" style="{TABLE}">'
        f'<caption style="{CAPTION}">{shown(words["snapshot"])} · {shown(found["memory"])}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


def panel_text(overview: Overview, language: str = "en") -> str:
    """Write the same for a terminal.

    Raises:
        UsageError: No view speaks the language.

    >>> print(panel_text(Overview((), 8_000_000_000, 2_000_000_000)))
    Memory of this machine: 6.0 GB of 8.0 GB used
    """
    found = rows(overview, language)
    return "\n".join([found["memory"], *("  ".join(text for text in cells if text) for cells in _cells(found))])


_HEADS = ("model", "can", "context", "size", "memory_head", "stays")


def _cells(found: dict[str, object]) -> list[tuple[str, ...]]:
    cells: list[tuple[str, ...]] = []
    for server in found["servers"]:  # type: ignore[attr-defined]
        if server["problem"]:
            cells.append((server["name"], server["problem"], "", "", "", ""))
        for model in server["models"]:
            name = f"{server['name']}/{model['name']}"
            cells.append((name, *(model[part] for part in ("can", "context", "size", "memory", "stays"))))
    return cells
