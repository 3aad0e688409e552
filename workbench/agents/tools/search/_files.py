"""Which files of a folder are documents, and what stands in them, section by section."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from workbench.agents._visible import visible
from workbench.agents.tools.confined import MEGABYTE, Allowance, run, why_not_confined
from workbench.arguments import listed, shown
from workbench.errors import UsageError
from workbench.files._table_text import decoded
from workbench.files._whole import at_home, reason_of
from workbench.texts import line

READER = 1
"""Counted up when the same file would be read differently."""

PLAIN, MARKDOWN = (".txt", ".text", ".rst"), (".md", ".markdown")
_APART = (".html", ".htm", ".pdf", ".docx")
_MOST_BYTES, _MOST_FILES, _AT_ONCE = 50 * MEGABYTE, 5_000, 2
_READ_S, _MEMORY = 60.0, 1024 * MEGABYTE
_CHILD = Path(__file__).with_name("_read_child.py")
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
_FENCE = re.compile(r"\s{0,3}(```|~~~)")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that was found.

    Attributes:
        name: What it is called in answers.
        path: Where it is.
        problem: Why it cannot be searched, if it cannot.
    """

    name: str
    path: Path
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """What stands in a file.

    Attributes:
        name: What it is called in answers.
        suffix: Its ending, in small letters.
        raw: Its bytes.
    """

    name: str
    suffix: str
    raw: bytes

    @property
    def fingerprint(self) -> str:
        """The same for the same bytes that are read in the same way."""
        return hashlib.sha256(f"{READER}{self.suffix}\0".encode() + self.raw).hexdigest()


class UnreadableError(ValueError):
    """A file that cannot be searched, with the reason."""


def found(sources: Any) -> list[Found]:
    """The files of folders, or those that are named; links that lead out of a folder are not followed.

    Raises:
        UsageError: If there is no such file or folder, or there are too many.
    """
    given = [sources] if isinstance(sources, str | os.PathLike) else listed(sources)
    if not given or not all(isinstance(one, str | os.PathLike) and str(one) for one in given):
        raise UsageError(
            f"documents must be a folder or files, not {shown(sources)}", advice='give a path such as "akten"'
        )
    several: list[Found] = []
    for one in given:
        path = at_home(one)
        if path.is_dir():
            several += islice(_inside(path.resolve()), _MOST_FILES + 1)
        elif path.is_file():
            several.append(Found(visible(path.name), path))
        else:
            raise UsageError("there is no such file or folder", where=line(visible(str(one))), advice="check the path")
        if len(several) > _MOST_FILES:
            raise UsageError(f"there are more than {_MOST_FILES} files", where=str(one), advice="name a smaller folder")
    return _apart(list({os.path.realpath(one.path): one for one in several}.values()))


def _apart(several: list[Found]) -> list[Found]:
    """The same files, no two of one name: whole paths tell most apart, and numbers the rest."""
    counts = Counter(one.name for one in several)
    several = [replace(one, name=visible(str(one.path))) if counts[one.name] > 1 else one for one in several]
    counts = Counter(one.name for one in several)
    return [
        replace(one, name=f"{one.name} ({number})") if counts[one.name] > 1 else one
        for number, one in enumerate(several, 1)
    ]


def opened(one: Found) -> Document:
    """A file as it is now. Raises UnreadableError."""
    suffix = one.path.suffix.lower()
    if one.problem:
        raise UnreadableError(one.problem)
    if suffix not in (*PLAIN, *MARKDOWN, *_APART):
        raise UnreadableError("files of this kind are not read")
    try:
        # A pipe would make one wait for somebody who writes.
        place = os.open(one.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(place, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnreadableError("it is not a file")
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UnreadableError(reason_of(error)) from None
    if len(raw) > _MOST_BYTES:
        raise UnreadableError(f"it is larger than {_MOST_BYTES // MEGABYTE} MB")
    return Document(one.name, suffix, raw)


async def sections(document: Document) -> tuple[list[tuple[str, str]], str]:
    """What stands in a document, by page or heading, and what is to be said of it. Raises UnreadableError."""
    if document.suffix in (*PLAIN, *MARKDOWN):
        text = _plain(document.raw)
        return (_by_heading(text) if document.suffix in MARKDOWN else [("", text)]), ""
    allowed = Allowance(_READ_S, _MEMORY, 40 * MEGABYTE, confined=not why_not_confined())
    ended = await run(_CHILD, {"suffix": document.suffix}, allowed, document.raw)
    if ended.stopped:
        raise UnreadableError("it takes too long to read" if ended.stopped == "time" else "it holds too much text")
    try:
        told = json.loads(ended.output)
    except ValueError:
        raise UnreadableError("it cannot be read within the memory that it may take") from None
    if "error" in told:
        raise UnreadableError(visible(line(told["error"])))
    note = "only its beginning is searched, as it holds too much text" if told["cut"] else ""
    several = [(place, text) for place, text in told["sections"] if text.strip()]
    if not several:
        raise UnreadableError("it holds no text, as scanned pages do")
    return several, note


async def in_turn(documents: Sequence[Document]) -> list[tuple[list[tuple[str, str]], str] | UnreadableError]:
    """What stands in several documents, a few of them read at the same time."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def read(document: Document) -> tuple[list[tuple[str, str]], str] | UnreadableError:
        async with places:
            try:
                return await sections(document)
            except UnreadableError as error:
                return error

    return await asyncio.gather(*map(read, documents))


def _inside(folder: Path) -> Iterator[Found]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.startswith("."):
                continue
            path = Path(place) / name
            told = visible(path.relative_to(folder).as_posix())
            is_inside = Path(os.path.realpath(path)).is_relative_to(folder)  # which, unlike `resolve`, takes circles
            yield Found(told, path, "" if is_inside else "it is a link that leads out of the folder")


def _plain(raw: bytes) -> str:
    try:
        text, _ = decoded(raw)
    except ValueError as error:
        raise UnreadableError(str(error)) from None
    if "\0" in text:
        raise UnreadableError("it is not text")
    if not text.strip():
        raise UnreadableError("it is empty")
    return text


def _by_heading(text: str) -> list[tuple[str, str]]:
    r"""The parts of a Markdown text, each under the headings that lead to it.

    >>> _by_heading("# Gebühren\n## Höhe\n12 Euro\n")
    [('Gebühren › Höhe', '12 Euro\n')]
    """
    parts: list[tuple[str, str]] = []
    path: list[tuple[int, str]] = []
    lines: list[str] = []
    fence = ""

    def finish() -> None:
        if "".join(lines).strip():
            parts.append((" › ".join(title for _, title in path), "".join(lines)))
        lines.clear()

    for row in text.splitlines(keepends=True):
        if mark := _FENCE.match(row):
            fence = "" if fence == mark[1] else fence or mark[1]
        heading = None if fence else _HEADING.match(row)
        if heading is None:
            lines.append(row)
            continue
        finish()
        path = [*((level, title) for level, title in path if level < len(heading[1])), (len(heading[1]), heading[2])]
    finish()
    return parts
