"""Which folders' files the user has trusted: a file that came with a folder may be hostile until somebody has read it.

It could send keys and prompts to whatever host it names. So it names nothing but this machine until the user, or an
administrator, has said that this content at this place may. A changed file is asked about anew.

This holds against files, not against code: whatever a notebook runs has all rights of its user.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import platformdirs

from workbench.connections.configuration._files import NAME, File, project_file, read_foreign
from workbench.connections.configuration._keys import KeyReference
from workbench.connections.configuration._settings import Settings
from workbench.connections.kinds import kind_named
from workbench.connections.permissions._policy import is_loopback, policy
from workbench.errors import ConfigurationError, UntrustedError

Does = Literal["host", "proxy", "key", "header", "certificate", "model"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a file asks for.

    Attributes:
        connection: Name of the connection.
        does: "host" is asked, "proxy" passes requests on, "key" and "header" are sent, "certificate" and "model" are
            files that are read.
        what: The address, the reference, the header or the path.
    """

    connection: str
    does: Does
    what: str


@dataclass(frozen=True, slots=True)
class Trusted:
    """A file that the user has trusted.

    Attributes:
        path: Where it lies.
        digest: SHA-256 of the content that was trusted, in hexadecimal digits.
    """

    path: Path
    digest: str


def claims(file: File) -> tuple[Claim, ...]:
    """List all that a file asks for and that needs trust; empty where it names nothing but this machine."""
    return tuple(claim for settings in file.settings if settings.problem is None for claim in _claims(settings))


def _claims(settings: Settings) -> Iterator[Claim]:
    name, transport = settings.name, settings.transport
    if kind_named(settings.kind).api is None:
        if settings.url:  # a model file is read by a parser that a hostile one may break
            yield Claim(name, "model", settings.url)
        return
    needs = not is_loopback(urlsplit(settings.url).hostname or "")
    further: list[Claim] = []
    if settings.key:
        further.append(Claim(name, "key", settings.key.reference))
    for header, value in settings.headers.items():
        told = value.reference if isinstance(value, KeyReference) else value
        further.append(Claim(name, "header", f"{header}: {told}"))
    paths = (transport.ca, transport.certificate, transport.certificate_key)
    further += [Claim(name, "certificate", path) for path in paths if path]
    if transport.proxy:
        further.append(Claim(name, "proxy", transport.proxy))
    if needs or further:
        yield Claim(name, "host", settings.url)
        yield from further


def is_trusted(file: File) -> bool:
    """Whether this content at this place was trusted, by the user or by an administrator."""
    return file.digest == _kept(file.path) or _is_preset(file)


def trust(file: File) -> None:
    """Keep that the user has trusted this content at this place. Raises ConfigurationError where it cannot be kept."""
    target = _entry(file.path)
    content = json.dumps({"path": str(_placed(file.path)), "sha256": file.digest})
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Created for the user alone, and put in place whole.
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".")
        with os.fdopen(descriptor, "w", encoding="utf-8") as entry:
            entry.write(content)
        Path(temporary).replace(target)
    except OSError as error:
        what = f"what you trust cannot be kept: {error.strerror}"
        raise ConfigurationError(what, where=str(target.parent), advice="check its rights") from None


def forget(path: Path | None = None) -> bool:
    """Trust a file no more, named as for `folders_file`; it may be gone. Returns whether it was trusted."""
    try:
        _entry(placed(path)).unlink()
    except FileNotFoundError:
        return False
    return True


def trusted() -> list[Trusted]:
    """List the files that the user has trusted, by path."""
    found = (_read(entry) for entry in _folder().glob("*.json"))
    return sorted((one for one in found if one is not None), key=lambda one: one.path)


def untrusted(file: File, settings: Settings) -> UntrustedError:
    """The error for whoever uses a connection of a file that is not trusted."""
    return UntrustedError(
        f"the connection {settings.name!r} is described in a file of this folder that you have not trusted yet",
        where=str(file.path),
        advice=f"see what it asks for and trust it: `workbench trust {_quoted(file.path)}`, in a notebook wb.trust()",
    )


def _quoted(path: Path) -> str:
    text = str(path)
    return text if text.isprintable() and not set(text) & set(" '\"\\$`!*?;&|<>()[]{}~#") else repr(text)


def _is_preset(file: File) -> bool:
    try:
        preset = policy().trust
    except ConfigurationError:  # a policy that cannot be used allows nothing
        return False
    return str(_placed(file.path)) in preset or file.digest in (entry.lower() for entry in preset)


def _folder() -> Path:
    return platformdirs.user_config_path("workbench") / "trusted"


def _entry(path: Path) -> Path:
    name = sha256(os.fsencode(_placed(path))).hexdigest()
    return _folder() / f"{name}.json"


def _placed(path: Path) -> Path:
    """The place of a file by its folder's own path, whatever links led there."""
    return path.absolute().parent.resolve() / path.name


def _kept(path: Path) -> str:
    found = _read(_entry(path))
    return found.digest if found is not None and found.path == _placed(path) else ""


def _read(entry: Path) -> Trusted | None:
    """What an entry says; None where there is none, or one that somebody else may have written."""
    try:
        with entry.open("rb") as file:
            if sys.platform != "win32" and not _is_own(os.fstat(file.fileno())):
                return None
            said = json.loads(file.read())
        return Trusted(Path(said["path"]), said["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_own(found: os.stat_result) -> bool:
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def folders_file(path: Path | None = None) -> File:
    """Read a folder's file, to be asked about.

    Args:
        path: The file, or its folder; None takes the nearest one of this folder and those above it.

    Raises:
        ConfigurationError: If there is none, if it is ignored anyway, or if it is the user's own.
    """
    file = placed(path)
    if not (file.is_file() or file.is_symlink()):
        what = f"there is no {NAME} that could be trusted"
        raise ConfigurationError(what, where=str(file), advice="name its path")
    if file.name != NAME:
        what = f"only files of the name {NAME} are found in folders"
        raise ConfigurationError(what, where=str(file), advice="name another by WORKBENCH_CONFIG, which needs no trust")
    return read_foreign(file)


def placed(path: Path | None) -> Path:
    """Find where a folder's file lies, whatever links led to its folder; named as for `folders_file`."""
    file = (project_file() or Path(NAME)) if path is None else path / NAME if path.is_dir() else path
    return _placed(file)
