"""Styles of static tables."""

from __future__ import annotations

# In a notebook that is not trusted JupyterLab keeps only literal values in style attributes: no style element or var().
# So colours are inherited, lines are a grey that shows on white and on black, and what is quiet is translucent.
LINE = "1px solid #8a8a8a"
TABLE = "border-collapse: collapse; text-align: left; font-size: 13px; line-height: 1.45; margin: 4px 0 12px"
CAPTION = "caption-side: top; text-align: left; font-weight: 600; padding: 0 0 6px"
COLUMN = f"text-align: left; vertical-align: bottom; padding: 6px 12px; border-bottom: {LINE}; overflow-wrap: anywhere"
CELL = f"text-align: left; vertical-align: top; padding: 8px 12px; border-bottom: {LINE}; font-weight: normal"
