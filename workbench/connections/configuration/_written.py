"""All connections that are written down, and which of two of the same name is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.connections.configuration import _environment, _trust
from workbench.connections.configuration._files import (
    File,
    named_file,
    project_file,
    read_foreign,
    read_own,
    users_file,
)
from workbench.connections.configuration._settings import Settings
from workbench.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Written:
    """What is written down.

    Attributes:
        settings: The connections by name; one that cannot be used has its `problem`.
        problems: What is wrong with files as such.
    """

    settings: dict[str, Settings] = field(default_factory=dict)
    problems: list[ConfigurationError] = field(default_factory=list)


def written() -> Written:
    """All connections that are written down.

    The user's own file wins over environment variables, and both win over the file of a folder, which may come from
    anybody: it redefines none of theirs, nor the embedded engine. `WORKBENCH_CONFIG` names one file instead of both.
    """
    defaults = {settings.name: settings for settings in _environment.defaults()}
    found = Written(dict(defaults))
    if path := named_file():
        found.settings.update(_own(path, found.problems))
        return found
    own = _own(users_file(), found.problems) if users_file().is_file() else {}
    of_user = {name: one for name, one in defaults.items() if one.source in (_environment.OLLAMA, _environment.OPENAI)}
    if path := project_file():
        kept = {"embedded": defaults["embedded"]} | of_user | own
        found.settings.update(_of_project(path, kept, found.problems))
    found.settings.update(own)
    return found


def _own(path: Path, problems: list[ConfigurationError]) -> dict[str, Settings]:
    file = _read(read_own, path, problems)
    return {settings.name: settings for settings in file.settings} if file else {}


def _of_project(path: Path, kept: dict[str, Settings], problems: list[ConfigurationError]) -> dict[str, Settings]:
    """The connections of a folder's file; those of a file that is not trusted can only be told of."""
    file = _read(read_foreign, path, problems)
    if file is None:
        return {}
    may_be_used = not _trust.claims(file) or _trust.is_trusted(file)
    found: dict[str, Settings] = {}
    for settings in file.settings:
        name = settings.name
        if name not in kept:
            error = None if may_be_used else _trust.untrusted(file, settings)
            found[name] = Settings(name, settings.kind, source=settings.source, problem=error) if error else settings
        elif replace(kept[name], source=settings.source) != settings:
            what = f"the file of a folder cannot redefine {name!r}, which stays what it was"
            problems.append(ConfigurationError(what, where=str(path), advice="rename the connection in that file"))
    return found


def _read(reader: Callable[[Path], File], path: Path, problems: list[ConfigurationError]) -> File | None:
    try:
        file = reader(path)
    except ConfigurationError as error:
        problems.append(error)
        return None
    problems.extend(file.problems)
    return file
