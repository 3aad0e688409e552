"""Folders of agent skills, read as a stranger's: bounded, nothing in them is run, and no way leads out of them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from workbench.agents._visible import visible
from workbench.errors import SkillError
from workbench.texts import plain

FILE = "SKILL.md"
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_NAME = 64
_LONGEST_DESCRIPTION = 1024
_LARGEST_FILE = 256 * 1024
_LARGEST_MATTER = 16 * 1024
_DEEPEST = 8
_MOST_FILES = 200
_MATTER = re.compile(r"---[ \t]*\r?\n(.*?\r?\n)?---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill as its folder describes it.

    Attributes:
        name: Its name.
        description: What it is for, and when it is used, on one line.
        text: What a model is told that loads it.
        folder: Where its files lie.
    """

    name: str
    description: str
    text: str
    folder: Path

    def files(self) -> list[str]:
        """Its further files, as paths inside the folder; no links, and nothing hidden."""
        return sorted(_files(self.folder, ""))[:_MOST_FILES]


def read_skill(folder: Path) -> Skill:
    """The skill in a folder. Raises SkillError where there is none, or one that is not to be used."""
    where = str(folder / FILE)
    text = read_text(folder, FILE, _LARGEST_FILE, cuts=False)
    found = _MATTER.match(text)
    if found is None:
        raise SkillError(
            "the file does not begin with its name and description", where=where, advice="begin it with --- lines"
        )
    matter = _matter(found[1] or "", where)
    name, description = matter.get("name"), matter.get("description")
    if not isinstance(name, str) or len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        what = f"its name is not one of at most {_LONGEST_NAME} small letters, digits and single hyphens"
        raise SkillError(what, where=where, advice="write name: such-a-name")
    if not isinstance(description, str) or not 0 < len(description.strip()) <= _LONGEST_DESCRIPTION:
        what = f"its description is not a text of 1 to {_LONGEST_DESCRIPTION} characters"
        raise SkillError(what, where=where, advice="write description: what it is for, and when to use it")
    return Skill(name, visible(" ".join(description.split())), text[found.end() :].strip(), folder)


def read_text(folder: Path, path: str, longest: int, *, cuts: bool = True) -> str:
    """The text of a file inside a folder, with nothing hidden in it.

    Args:
        folder: The folder.
        path: Where in it the file lies.
        longest: The most bytes.
        cuts: Whether a longer one is cut, which is then said, or refused.

    Raises:
        SkillError: If there is no such file, it is not text, or it lies outside.
    """
    shown = visible(path[:200], latin=True)
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or any(sign in path for sign in "\\:\0"):
        raise SkillError(
            f"{shown!r} is not a path inside the skill", where=str(folder), advice="give one such as references/form.md"
        )
    raw, size = _bytes(folder, parts, shown, longest)
    if size > longest and not cuts:
        raise SkillError(f"the file has more than {longest:,} bytes", where=f"{folder}/{shown}", advice="shorten it")
    try:
        text = raw.decode("utf-8-sig", "ignore" if size > longest else "strict")
    except UnicodeDecodeError:
        raise SkillError(
            f"{shown} is not text in UTF-8", where=str(folder), advice="it can only be looked at outside"
        ) from None
    if "\0" in text:
        raise SkillError(f"{shown} is not text", where=str(folder), advice="it can only be looked at outside")
    return plain(text) + (f"… [{size - longest:,} more bytes]" if size > longest else "")


def _bytes(folder: Path, parts: tuple[str, ...], shown: str, longest: int) -> tuple[bytes, int]:
    """The beginning of a file, and how large all of it is; no part of the way to it may be a link."""
    follows = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    way = [folder.joinpath(*parts[: number + 1]) for number in range(len(parts))]
    try:
        if any(one.is_symlink() for one in way):
            raise SkillError(
                f"{shown} is a link, or lies behind one", where=str(folder), advice="put the file itself there"
            )
        descriptor = os.open(way[-1], os.O_RDONLY | follows)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise SkillError(f"{shown} is not a file", where=str(folder), advice="give the path of a file")
            return file.read(longest), status.st_size
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or "no such file"
        raise SkillError(
            f"{shown} cannot be read: {told}", where=str(folder), advice="give one of the skill's files"
        ) from None


def _matter(text: str, where: str) -> dict[str, Any]:
    """What stands between the lines at the beginning, as texts, lists and tables. Raises SkillError."""
    fault = "" if len(text) <= _LARGEST_MATTER else f"it has more than {_LARGEST_MATTER >> 10} KiB"
    value: Any = None
    try:
        fault = fault or _fault(text)
        # The loader that makes texts of everything: no numbers, dates or objects of any kind.
        value = None if fault else yaml.load(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        fault = f"it is not YAML ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
    if not fault and not isinstance(value, dict):
        fault = "it is not a table of names and values"
    if fault:
        what = f"what stands at its beginning is not read: {visible(fault)}"
        raise SkillError(what, where=where, advice="write name: and description: as plain texts")
    return dict(value)


def _fault(text: str) -> str:
    """Why YAML is not read, though it may be some: what it makes larger, deep or of two meanings; "" if it is."""
    depth, names = 0, list[str]()
    is_name = True
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            return "it refers to parts of itself"
        if isinstance(event, yaml.DocumentStartEvent) and event.start_mark.index:
            return "it holds several documents"
        if depth == 1 and isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            if is_name and isinstance(event, yaml.ScalarEvent):
                names.append(event.value)
            is_name = not is_name
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            return "it is nested too deeply"
    twice = next((name for name in names if names.count(name) > 1), None)
    return "" if twice is None else f"it says {twice[:60]!r} twice"


def _files(folder: Path, above: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = f"{above}{entry.name}"
            if entry.name.startswith(".") or path == FILE or visible(entry.name, latin=True) != entry.name:
                continue
            if entry.is_dir(follow_symlinks=False) and path.count("/") < _DEEPEST:
                yield from _files(Path(entry.path), f"{path}/")
            elif entry.is_file(follow_symlinks=False):
                yield path
