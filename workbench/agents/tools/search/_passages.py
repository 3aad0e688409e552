"""Passages of documents: small enough to be shown, and ending where sentences, paragraphs and headings do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.agents.tools.search._files import MARKDOWN


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document.

    Attributes:
        name: The document.
        place: Page or heading, if it has one.
        text: What stands there.
    """

    name: str
    place: str
    text: str


def passages(name: str, suffix: str, sections: Sequence[tuple[str, str]], size: int) -> list[Passage]:
    """The passages of a document, of at most `size` characters; neighbours share a tenth of them.

    >>> [one.text for one in passages("a.txt", ".txt", [("", "Ein Satz. Noch ein Satz.")], 15)]
    ['Ein Satz.', 'Noch ein Satz.']
    """
    from semantic_text_splitter import MarkdownSplitter, TextSplitter  # which a browser lacks

    splitter = (MarkdownSplitter if suffix in MARKDOWN else TextSplitter)(size, overlap=size // 10)
    return [Passage(name, place, text) for place, whole in sections for text in splitter.chunks(whole) if text.strip()]
