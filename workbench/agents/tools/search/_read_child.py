"""Reads the text of one document that a stranger may have made, in a process that is confined by then."""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import IO, Any
from xml.etree import ElementTree

import pypdf

MOST_CHARACTERS, MOST_PAGES, MOST_UNPACKED = 5_000_000, 3_000, 100_000_000
Section = tuple[str, str]  # where it stands, and its text

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_UNSEEN = ("script", "style", "template", "noscript", "head", "svg", "math", "iframe", "object", "select", "textarea")
_EMPTY = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
_INLINE = (
    "a",
    "abbr",
    "b",
    "bdi",
    "cite",
    "code",
    "em",
    "i",
    "mark",
    "q",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "u",
)
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|(?:font-size|opacity)\s*:\s*0(?![.\d])", re.I)


def begin(given: dict[str, Any], data: IO[bytes]) -> tuple[str, bytes]:
    """Take the document.

    Args:
        given: Its `suffix`.
        data: Its bytes.
    """
    return given["suffix"], data.read()


def work(begun: tuple[str, bytes]) -> None:
    """Write its sections as JSON, or why it cannot be read."""
    suffix, raw = begun
    read: Callable[[bytes], Iterator[Section]] = {".pdf": pdf, ".docx": docx}.get(suffix, html)
    sections: list[Section] = []
    left, is_cut = MOST_CHARACTERS, False
    try:
        for place, text in read(raw):
            sections.append((place, text[:left]))
            is_cut = len(text) > left
            left -= len(text)
            if left <= 0:
                break
        told: dict[str, Any] = {"sections": sections, "cut": is_cut or left <= 0}
    except MemoryError:
        told = {"error": "it takes too much memory"}
    except Exception as error:  # noqa: BLE001 - libraries raise all kinds of errors for damaged files
        told = {"error": f"it cannot be read ({' '.join(f'{type(error).__name__}: {error}'.split())[:200]})"}
    json.dump(told, sys.stdout)


def pdf(raw: bytes) -> Iterator[Section]:
    """The pages of a PDF document."""
    reader = pypdf.PdfReader(io.BytesIO(raw))
    if reader.is_encrypted and not reader.decrypt(""):
        raise ValueError("it has a password")
    for number, page in enumerate(reader.pages, 1):
        if number > MOST_PAGES:
            break
        yield f"page {number}", page.extract_text()


def docx(raw: bytes) -> Iterator[Section]:
    """The parts of a Word document by its headings, without what is hidden or deleted."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        part = archive.getinfo("word/document.xml")
        if part.file_size > MOST_UNPACKED:
            raise ValueError("it is too large unpacked")
        tree = ElementTree.fromstring(archive.read(part))
    place, lines = "", list[str]()
    for paragraph in tree.iter(f"{_WORD}p"):
        text = "".join(_runs(paragraph)).strip()
        style = paragraph.find(f"{_WORD}pPr/{_WORD}pStyle")
        name = "" if style is None else style.get(f"{_WORD}val", "").lower()
        if text and name.startswith(("heading", "berschrift", "überschrift", "title", "titel")):
            yield place, "\n\n".join(lines)
            place, lines = text, []
        elif text:
            lines.append(text)
    yield place, "\n\n".join(lines)


def _runs(paragraph: ElementTree.Element) -> Iterator[str]:
    for run in paragraph.iter(f"{_WORD}r"):
        if run.find(f"{_WORD}rPr/{_WORD}vanish") is not None:
            continue
        for part in run:
            if part.tag == f"{_WORD}t":
                yield part.text or ""
            elif part.tag in (f"{_WORD}tab", f"{_WORD}br"):
                yield " "


def html(raw: bytes) -> Iterator[Section]:
    """The visible parts of a page by its headings."""
    declared = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w-]+)", raw[:2000], re.IGNORECASE)
    try:
        text = raw.decode(declared[1].decode() if declared else "utf-8-sig")
    except (LookupError, UnicodeDecodeError):
        text = raw.decode("cp1252", "replace")
    page = _Page()
    page.feed(text)
    page.close()
    yield from page.sections()


class _Page(HTMLParser):
    """A page as it is seen: which elements are open, and whether one of them hides what is in it."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, bool]] = []
        self._place = ""
        self._pieces: list[str] = []
        self._done: list[Section] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":  # a head may be left open
            self._open.clear()
        self._part(tag)
        if tag in _HEADINGS and not self._hides():
            self._finish()
        if tag not in _EMPTY:
            given = dict(attrs)
            hides = tag in _UNSEEN or "hidden" in given or given.get("aria-hidden") == "true"
            hides = hides or bool(_HIDING.search(given.get("style") or ""))
            self._open.append((tag, hides or self._hides()))

    def handle_endtag(self, tag: str) -> None:
        names = [name for name, _ in self._open[-100:]]
        if tag not in names:
            return
        if tag in _HEADINGS and not self._hides():
            self._place = " ".join("".join(self._pieces).split())
            self._pieces = []
        del self._open[len(self._open) - names[::-1].index(tag) - 1 :]
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._hides():
            self._pieces.append(data)

    def sections(self) -> list[Section]:
        self._finish()
        return self._done

    def _hides(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def _part(self, tag: str) -> None:
        if tag not in _INLINE and not self._hides():
            self._pieces.append("\n")

    def _finish(self) -> None:
        lines = [" ".join(row.split()) for row in "".join(self._pieces).splitlines()]
        text = "\n".join(row for row in lines if row)
        if text:
            self._done.append((self._place, text))
        self._pieces = []
