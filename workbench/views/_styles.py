"""Styles of static tables, and of the pane in which a large one scrolls."""

from __future__ import annotations

# A grey that is read on white and on black alike; a page that knows its own colours puts them in its place.
INK = "#767676"

# In a notebook that is not trusted JupyterLab keeps only literal values in style attributes: no style element or var().
# So tables are readable without: colours are inherited, lines are a grey that shows on white and on black, and what is
# quiet is translucent.
LINE = "1px solid #8a8a8a"
TABLE = "border-collapse: collapse; text-align: left; font-size: 13px; line-height: 1.45; margin: 4px 0 12px"
CAPTION = "caption-side: top; text-align: left; font-weight: 600; padding: 0 0 6px"
COLUMN = f"text-align: left; vertical-align: bottom; padding: 6px 12px; border-bottom: {LINE}; overflow-wrap: anywhere"
CELL = f"text-align: left; vertical-align: top; padding: 8px 12px; border-bottom: {LINE}; font-weight: normal"
NUMBER_COLUMN = f"{COLUMN}; text-align: right"
LOW_CELL = f"{CELL}; padding: 5px 12px"
QUIET = "font-weight: normal; font-size: 12px; opacity: 0.8; margin-top: 2px"
FIGURE = f"text-align: right; vertical-align: top; padding: 5px 12px; border-bottom: {LINE}; white-space: nowrap"
# What is decided is filled, what is plain stands bare, what is open has a dashed line: told apart without colours too.
MARK = "display: inline-block; white-space: nowrap; border-radius: 4px; padding: 0 6px"
MARK_GOOD = f"{MARK}; border: 1px solid #1b6e3c; background-color: #1b6e3c; color: #ffffff; font-weight: 600"
MARK_BAD = f"{MARK}; border: 1px solid #b3261e; background-color: #b3261e; color: #ffffff; font-weight: 600"
MARK_PLAIN = f"{MARK}; border: 1px solid transparent"
MARK_OPEN = f"{MARK}; border: 1px dashed #8a8a8a"
PANE = f"max-height: 520px; overflow: auto; margin: 4px 2px 12px; border: {LINE}; border-radius: 6px"

# What a trusted notebook and an exported page have besides: heads and first column stay in sight, colours are the
# theme's, and nothing is cut off or folded away on paper.
PANE_SHEET = """
.wb-kept {
  --wb-paper: var(--jp-layout-color0, var(--vscode-editor-background, Canvas));
  --wb-shade: var(--jp-layout-color1, var(--vscode-editorWidget-background, Canvas));
  --wb-line: var(--jp-border-color2, #8886);
  max-height: min(520px, 70vh) !important;
  border-color: var(--wb-line) !important;
  background: var(--wb-paper);
  scrollbar-width: thin;
  container-type: inline-size;
}
.wb-kept > table { border-collapse: separate !important; border-spacing: 0; margin: 0 !important; }
.wb-kept tr { background: none !important; }
.wb-kept :is(th, td) { border-bottom-color: var(--wb-line) !important; }
.wb-kept tbody tr:last-child > * { border-bottom: 0 !important; }
.wb-kept .wb-title, .wb-kept th:first-child { position: sticky; left: 0; }
.wb-kept .wb-title { display: inline-block; left: 12px; max-width: calc(100cqi - 24px); }
.wb-kept th:first-child { z-index: 1; border-right: 1px solid var(--wb-line); background: var(--wb-shade); }
.wb-kept thead th { position: sticky; top: 0; z-index: 2; background: var(--wb-shade); }
.wb-kept thead th:first-child { z-index: 3; }
.wb-kept tbody th > div { position: sticky; top: 42px; }
.wb-kept td:not(:last-child) { border-right: 1px solid var(--wb-line); }
.wb-kept td > :last-child { margin-bottom: 0 !important; }
.wb-kept summary:hover { text-decoration: underline; }
.wb-kept:focus-visible, .wb-kept :focus-visible {
  outline: 2px solid var(--jp-brand-color1, Highlight);
  outline-offset: -2px;
}
@media print {
  .wb-kept { max-height: none !important; overflow: visible !important; }
  .wb-kept :is(th, th > div) { position: static !important; }
  .wb-kept tr { break-inside: avoid; }
  .wb-kept summary { display: none; }
  .wb-kept details::details-content { height: auto; content-visibility: visible; }
}
"""
