"""This machine and this folder, on which answers may depend. What cannot be found out is missing, and no error."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

_LOCK = "requirements.lock"
_GIT_S = 3.0
# What makes Git run programs that the folder's writer named.
_RUNNING = ("filter.", "include.", "includeif.", "extensions.", "core.fsmonitor", "core.worktree")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The machine from which was asked.

    Attributes:
        processor: Name of the processor.
        cores: How many it has.
        memory_bytes: Its memory.
        system: Operating system.
        python: Version of Python.
        workbench: Version of Workbench.
    """

    processor: str = ""
    cores: int | None = None
    memory_bytes: int | None = None
    system: str = ""
    python: str = ""
    workbench: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The folder in which was asked, or the one above it that is under version control.

    Attributes:
        lock_sha256: Fingerprint of its requirements.lock.
        commit: Which version of it was checked out.
        dirty: Whether a file under version control was changed since; None where that is not known.
    """

    lock_sha256: str = ""
    commit: str = ""
    dirty: bool | None = None


@cache
def machine() -> Machine:
    """This machine.

    >>> machine().python == platform.python_version()
    True
    """
    found: dict[str, Any] = {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "workbench": version("model-workbench"),
    }
    with suppress(Exception):  # not everywhere can the memory be known
        import psutil

        found["memory_bytes"] = psutil.virtual_memory().total
    return Machine(**found)


def folder(start: Path) -> Folder:
    """What is known of a folder, or of the one above it that is under version control."""
    with suppress(OSError):
        start = start.absolute()
        top = _top(start)
        lock = lock_file(start)
        commit, dirty = ("", None) if top is None else _state(top)
        return Folder(
            lock_sha256=hashlib.sha256(lock.read_bytes()).hexdigest() if lock else "", commit=commit, dirty=dirty
        )
    return Folder()


def lock_file(start: Path) -> Path | None:
    """The lock of a folder, or of one above it under the same version control; None where there is none."""
    start = start.absolute()
    return next((one / _LOCK for one in _up_to(start, _top(start)) if (one / _LOCK).is_file()), None)


def _top(start: Path) -> Path | None:
    return next((one for one in (start, *start.parents) if (one / ".git").exists()), None)


def _up_to(start: Path, top: Path | None) -> Iterator[Path]:
    """A folder and those above it, as far as they are under the same version control."""
    yield start
    if top is not None:
        yield from (one for one in start.parents if one.is_relative_to(top))


def _state(top: Path) -> tuple[str, bool | None]:
    """The commit of a folder, and whether what it tracks was changed since."""
    commit = (_git(top, "rev-parse", "--verify", "HEAD") or "").strip()
    names = _git(top, "config", "--local", "--name-only", "--list")
    if not commit or names is None or any(name.lower().startswith(_RUNNING) for name in names.split()):
        return commit, None
    changes = _git(top, "status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all")
    return commit, None if changes is None else bool(changes.strip())


def _git(top: Path, *asked: str) -> str | None:
    """What Git says; None where it is not there, fails or takes long."""
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", str(top), *asked]
    with suppress(OSError, subprocess.SubprocessError, ValueError):
        done = subprocess.run(command, capture_output=True, timeout=_GIT_S, check=True, stdin=subprocess.DEVNULL)
        return done.stdout.decode("utf-8", "replace")
    return None


def _processor() -> str:
    with suppress(OSError, UnicodeError):
        for told in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            name, _, value = told.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
