"""The file of a conversation: lines of JSON, each there for good as soon as it is written.

A file may come from anybody: how large it is, how long its lines are and how deeply they nest is limited. What a killed
process left of a line is not a line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any
from weakref import finalize

from workbench.agents.file._shape import Shape
from workbench.agents.file._values import NotDataError
from workbench.engines.wire._secrets import masked
from workbench.errors import SessionFileError
from workbench.files._whole import reason_of
from workbench.json_text import read_json
from workbench.texts import line as short_line
from workbench.texts import plain

try:
    import fcntl
except ImportError:  # Windows, and browsers
    fcntl = None  # type: ignore[assignment]

FORMAT = "workbench session"
VERSION = 1
_MOST_BYTES = 1 << 30
_LONGEST_LINE = 1 << 26


@dataclass(frozen=True, slots=True)
class Lines:
    """What stands in a file.

    Attributes:
        team: What its team consists of.
        said: Its lines after the first, each with its number.
        whole: How many bytes its whole lines take.
        is_cut: Whether something follows that is not a whole line.
    """

    team: Shape
    said: Iterator[tuple[int, Any]]
    whole: int
    is_cut: bool


def read_lines(path: Path) -> Lines:
    """What stands in a file. Raises SessionFileError if it is not a file of a conversation, or too large."""
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise SessionFileError(f"it cannot be read: {reason_of(error)}", where=str(path)) from None
    if len(raw) > _MOST_BYTES:
        raise refused(path, f"it is larger than {_MOST_BYTES >> 30} GiB")
    whole = raw.rfind(b"\n") + 1
    lines = raw[:whole].split(b"\n")[:-1]
    header = _decoded(path, 1, lines[0]) if lines and len(lines[0]) <= _LONGEST_LINE else None
    team = _team_of(path, header)
    said = ((number, _decoded(path, number, line)) for number, line in enumerate(lines[1:], 2))
    return Lines(team, said, whole, len(raw) > whole)


def header_of(team: Shape, made: str, version: str) -> dict[str, Any]:
    """The first line of a file, that only Workbench's version `version` and the time tell apart."""
    return {"format": FORMAT, "version": VERSION, "made": made, "workbench": version, "team": team}


def refused(path: Path, why: str) -> SessionFileError:
    """The error about a file that is not to be used; what it says itself stands in one line."""
    return SessionFileError(
        f"this conversation is refused: {plain(short_line(why))}", where=str(path), advice="take an undamaged copy"
    )


class Appending:
    """Writes lines to the end of a file that it has for itself.

    Args:
        path: The file; it is made where it is missing.
        whole: How many bytes of it stay; what follows is cut off.

    Raises:
        SessionFileError: If it cannot be written, or another process goes on with it.
    """

    def __init__(self, path: Path, whole: int) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab", buffering=0)
            try:
                _locked(self._file, path)
                self._file.truncate(whole)
            except BaseException:
                self._file.close()
                raise
        except OSError as error:
            raise unwritable(path, error) from None
        finalize(self, self._file.close)  # nobody ends a session

    def add(self, line: Any, secrets: tuple[str, ...]) -> None:
        """Add a line; once this returns, the end of the process does not lose it. Raises SessionFileError."""
        raw = encoded(line, secrets)
        if self._file.closed:
            raise SessionFileError(
                "this conversation was loaded again, and goes on there", where=str(self.path), advice="use that session"
            )
        end = self._file.seek(0, os.SEEK_END)
        try:
            _write(self._file, raw)  # to the system, which keeps it when this process is killed
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(end)  # half a line in the middle would make the file unreadable
            raise unwritable(self.path, error) from None

    def close(self) -> None:
        with suppress(OSError):  # what could not be written was told when it failed
            self._file.close()


def encoded(line: Any, secrets: tuple[str, ...]) -> bytes:
    """A line, with no secret in it. Raises NotDataError if it is too long, or holds a number that JSON has not."""
    try:
        text = _json(line)
    except (ValueError, RecursionError):
        raise NotDataError("it holds a number that JSON does not have, or nests too deeply") from None
    if any(secret in text for secret in secrets):
        text = _json(_without(line, secrets))
    raw = text.encode("utf-8", "surrogatepass") + b"\n"
    if len(raw) > _LONGEST_LINE:
        raise NotDataError(f"a turn takes more than {_LONGEST_LINE >> 20} MiB")
    return raw


def unwritable(path: Path, error: OSError) -> SessionFileError:
    return SessionFileError(
        f"it cannot be written: {reason_of(error)}", where=str(path), advice="make room, or name another place"
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _without(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return masked(value, secrets)
    if isinstance(value, dict):
        return {masked(name, secrets): _without(one, secrets) for name, one in value.items()}
    return [_without(one, secrets) for one in value] if isinstance(value, list | tuple) else value


def _write(file: FileIO, raw: bytes) -> None:
    left = memoryview(raw)
    while left:
        left = left[file.write(left) :]


def _locked(file: FileIO, path: Path) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SessionFileError(
            "another kernel goes on with this conversation", where=str(path), advice="end it, or load a copy"
        ) from None
    except OSError:  # a file system without locks
        return


def _decoded(path: Path, number: int, line: bytes) -> Any:
    if len(line) > _LONGEST_LINE:
        raise refused(path, f"line {number} is longer than {_LONGEST_LINE >> 20} MiB")
    try:
        return read_json(line.decode("utf-8", "surrogatepass"), longest=_LONGEST_LINE)
    except ValueError as error:
        if number == 1:
            return None
        raise refused(path, f"line {number} is {error}") from None


def _team_of(path: Path, header: Any) -> Shape:
    match header:
        case {"format": "workbench session", "version": version} if version != VERSION or version is True:
            raise refused(path, f"it has version {version!r} of the format, and this Workbench reads {VERSION}")
        case {"format": "workbench session", "team": list(team)}:
            if all(isinstance(one, list) and len(one) == 2 and all(isinstance(x, str) for x in one) for one in team):
                return team
    raise refused(path, "its first line is not that of a conversation")
