"""How agents are told apart, and the styles that all parts of the picture of a session share."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.views._plain import shown
from workbench.views._styles import LINE, PANE_SHEET

# All show on white and on black, and white letters can be read on them.
_COLOURS = ("#0072b2", "#c14d00", "#008060", "#a8518a", "#8a6d00", "#7a63b8")
_SHAPES = ("●", "■", "▲", "◆", "▼", "⬟", "★")
SIGNS = {"failed": "✗", "recorded": "⏺", "waiting": "‖", "changed": "✎"}

SMALL = "font-size: 12px; line-height: 1.45"
QUIET = f"{SMALL}; opacity: 0.8"
BOX = f"margin: 4px 0; padding: 4px 10px 6px; border: {LINE}; border-radius: 6px"
WHOLE = "font-size: 13px; line-height: 1.45; max-width: 1100px; margin: 4px 2px 12px"
INSIDE = "margin-left: 2px; padding-left: 10px; border-left: 1px solid #8a8a8a"
END = "margin: 8px 0; padding: 2px 0 2px 10px; border-left: 3px solid #8a8a8a"
ALARM = "margin: 8px 0; padding: 2px 0 2px 10px; border-left: 3px solid #d32f2f"

SHEET = (
    PANE_SHEET
    + """
.wb-session table { table-layout: auto !important; }
.wb-session .wb-kept > table { width: 100%; }
:is(body[data-jp-theme-light="false"], body.vscode-dark) .wb-session img { color-scheme: dark; }
.wb-session .wb-kept tbody th > div { top: 38px; }
.wb-session summary:hover { text-decoration: underline; }
.wb-session :focus-visible { outline: 2px solid var(--jp-brand-color1, Highlight); outline-offset: 1px; }
.wb-session .wb-part + .wb-part { margin-top: 8px; }
.wb-session .wb-box { border-color: var(--wb-line, #8886) !important; }
.wb-session .wb-table tr { background: none !important; }
.wb-session .wb-table :is(th, td) { border-bottom-color: var(--jp-border-color2, #8886) !important; }
@media print {
  .wb-session details::details-content { height: auto; content-visibility: visible; }
}
"""
)


def colour(agents: Sequence[str], who: str) -> str:
    """The colour of one of these agents."""
    return _COLOURS[_place(agents, who) % len(_COLOURS)]


def shape(agents: Sequence[str], who: str) -> str:
    """The shape of one of these agents; the same colour comes again with another.

    >>> shape(["clerk", "reviewer"], "reviewer")
    '■'
    """
    return _SHAPES[_place(agents, who) % len(_SHAPES)]


def named(agents: Sequence[str], who: str) -> str:
    """The name of an agent in HTML, behind its sign."""
    sign = f'<span aria-hidden="true" style="color: {colour(agents, who)}">{shape(agents, who)}</span>'
    return f"{sign} <strong>{shown(who)}</strong>"


def _place(agents: Sequence[str], who: str) -> int:
    return agents.index(who) if who in agents else len(agents)
