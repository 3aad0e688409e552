"""Values of cards as a person reads them: on one line, with nothing that steers a display."""

from __future__ import annotations

import html
import json
from typing import Any

import pandas as pd

from workbench.texts import line, plain


def as_line(value: Any) -> str:
    r"""A value on one line; what is not a text as JSON.

    >>> as_line("zwei\nZeilen"), as_line(False)
    ('zwei Zeilen', 'false')
    """
    return plain(line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)))


def as_html(frame: pd.DataFrame) -> str:
    """A small table, its texts escaped; what is missing is empty."""
    head = "".join(f"<th scope='col'>{html.escape(str(name))}</th>" for name in frame.columns)
    rows = (
        "".join(f"<td style='text-align: left'>{html.escape(_cell(cell))}</td>" for cell in row)
        for row in frame.itertuples(index=False)
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    if pd.isna(value):
        return ""
    return f"{value:.4g}" if isinstance(value, float) else as_line(str(value))
