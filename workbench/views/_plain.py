"""Texts of others in HTML: shown as what they are, whatever a model writes."""

from __future__ import annotations

from html import escape

from workbench.texts import plain


def shown(text: str) -> str:
    """The text as it stands in HTML: as text.

    >>> shown("<b>2 & 3</b>")
    '&lt;b&gt;2 &amp; 3&lt;/b&gt;'
    """
    return escape(plain(text))
