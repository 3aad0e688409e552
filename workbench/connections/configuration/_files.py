"""The files in which connections are written down, each read once: what is judged is what is used."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any

import platformdirs

from workbench.connections._texts import decoded, is_invisible, named, unwrapped
from workbench.connections.configuration._settings import Settings, read_table
from workbench.errors import ConfigurationError

NAME = "workbench.toml"
_LARGEST = 256 * 1024  # bytes; nobody writes that many connections
_TABLE = "connections"
_QUOTES = "“”„‟‘’‚«»"


@dataclass(frozen=True, slots=True)
class File:
    """A configuration file as it was read.

    Attributes:
        path: Where it lies.
        raw: Its content.
        settings: The connections that it describes.
        problems: What else is wrong with it.
    """

    path: Path
    raw: bytes
    settings: tuple[Settings, ...]
    problems: tuple[ConfigurationError, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of its content, in hexadecimal digits."""
        return sha256(self.raw).hexdigest()


def users_file() -> Path:
    """Where the user's own file lies, if there is one."""
    return platformdirs.user_config_path("workbench") / NAME


def named_file() -> Path | None:
    """The file that `WORKBENCH_CONFIG` names, or None."""
    named_there = unwrapped(os.environ.get("WORKBENCH_CONFIG", ""))
    return Path(named_there).expanduser() if named_there else None


def project_file(start: Path | None = None) -> Path | None:
    """The nearest file of the folder and those above it; None where there is none but the user's own.

    A link counts, though it is not followed: whoever has put it there shall not have it passed over in silence.
    """
    here = Path.cwd() if start is None else start
    own = users_file()
    for folder in (here, *here.parents):
        file = folder / NAME
        if file.is_symlink() or file.is_file():
            return None if own.exists() and not file.is_symlink() and file.samefile(own) else file
    return None


def read_own(path: Path) -> File:
    """The user's file, or one that the user has named. Raises ConfigurationError."""
    try:
        return _parsed(path, path.read_bytes())
    except OSError as error:
        advice = "check WORKBENCH_CONFIG and its rights"
        raise ConfigurationError(f"the file cannot be read: {error.strerror}", where=str(path), advice=advice) from None


def read_foreign(path: Path) -> File:
    """The file of a folder, which may be hostile.

    Raises ConfigurationError where it is not a file of the user's, or one that others may change, and is ignored.
    """
    # Neither a link nor a pipe: the one leads elsewhere, the other would be waited for.
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
    try:
        if path.is_symlink():  # where the system knows no O_NOFOLLOW
            raise OSError(errno.ELOOP, "a link")
        descriptor = os.open(path, flags)
        with os.fdopen(descriptor, "rb") as file:
            _check_owner(path, os.fstat(descriptor))
            raw = file.read(_LARGEST + 1)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _ignored(path, "it is a link", "copy the file itself into the folder") from None
        raise _ignored(path, f"it cannot be read: {error.strerror}", "check its rights") from None
    if len(raw) > _LARGEST:
        raise _ignored(path, f"it has more than {_LARGEST} bytes", "take out what does not describe a connection")
    return _parsed(path, raw)


def _check_owner(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise _ignored(path, "it is not an ordinary file", "remove it")
    if sys.platform == "win32":
        return
    if found.st_uid not in (0, os.getuid()):
        raise _ignored(path, "it belongs to another user", "copy it, if you want to use it")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        mode = stat.S_IMODE(found.st_mode)
        raise _ignored(path, f"others may write it (mode {mode:o})", f"run `chmod go-w {NAME}` there")


def _ignored(path: Path, why: str, advice: str) -> ConfigurationError:
    return ConfigurationError(f"the folder's file is ignored: {why}", where=str(path), advice=advice)


def _parsed(path: Path, raw: bytes) -> File:
    content, where = _content(path, raw), str(path)
    tables = content.get(_TABLE, {})
    if not isinstance(tables, dict):
        raise ConfigurationError("connections is not a table", where=where, advice="write [connections.NAME]")
    settings = tuple(read_table(name, table, where) for name, table in tables.items())
    return File(path, raw, settings, tuple(_unknown(word, where) for word in content if word != _TABLE))


def _content(path: Path, raw: bytes) -> dict[str, Any]:
    where = str(path)
    try:
        text = decoded(raw)
    except UnicodeDecodeError as error:
        what = f"the file is not TOML: it is not UTF-8 (at line {raw[: error.start].count(10) + 1})"
        raise ConfigurationError(what, where=where, advice="save it as UTF-8") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, advice = f"the file is not TOML: {error}", _advice(text, str(error))
    except RecursionError:
        what, advice = "the file is not TOML: it is nested too deeply", "write it anew"
    except ValueError:
        what, advice = "the file is not TOML: it holds a number of thousands of digits", "write it anew"
    raise ConfigurationError(what, where=where, advice=advice)


def _unknown(word: str, where: str) -> ConfigurationError:
    near = f"did you mean [{_TABLE}.NAME]?" if get_close_matches(word, [_TABLE], cutoff=0.6) else ""
    return ConfigurationError(f"unknown table {word!r}", where=where, advice=near or f"there is only [{_TABLE}.NAME]")


def _advice(text: str, said: str) -> str:
    """What to do about a line that is not TOML, where its reason is not to be seen in it."""
    found = re.search(r"line (\d+)", said)
    lines = text.split("\n")
    line = lines[min(int(found[1]), len(lines)) - 1] if found else ""
    line = line.removesuffix("\r")
    if unseen := next((sign for sign in line if is_invisible(sign) and sign != "\t"), ""):
        return f"that line holds an invisible character ({named(unseen)}); write it anew"
    if any(sign in _QUOTES for sign in line):
        return 'that line has curved quotes; write straight ones, "…"'
    if line.lstrip().startswith("[") and not line.isascii():
        return 'names with other letters than a to z stand in quotes: [connections."büro"]'
    if "\\" in line:
        return "a path with backslashes stands in single quotes: 'C:\\models\\own.gguf'"
    return 'mend that line; texts stand in straight quotes: url = "http://…"'
