"""Agent skills, as tools that read them: folders with a SKILL.md that says how something is done."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from autogen_core.tools import FunctionTool

from workbench.agents.autogen import read_only
from workbench.agents.tools._skill_files import FILE, Skill, read_skill, read_text
from workbench.arguments import as_texts, as_whole
from workbench.errors import SkillError, UsageError
from workbench.files._whole import at_home

_MOST = 100


def skills(
    folder: str | Path, *, only: str | Iterable[str] | None = None, file_bytes: int = 100_000
) -> list[FunctionTool]:
    r"""Offer agent skills to a model: it loads the one that it needs by name, and reads the files that lie beside it.

    A skill is a folder with a `SKILL.md`: between two lines `---` its `name` and `description`, then what a model is to
    know. The model is told the names and descriptions; which it loads is seen in the session's events and tools. All
    that is done is reading: nothing in the folder is ever run, whatever it says, and what it says of allowed tools
    counts for nothing. The tools change nothing and are marked so.

    Args:
        folder: The folder of one skill, or one in which folders of skills lie.
        only: Names of the folders that are looked at; all without it.
        file_bytes: The most bytes of a file that a model is given; what is left out is said.

    Returns:
        Two tools for agents: `load_skill` and `read_skill_file`.

    Raises:
        SkillError: If there is no skill, or one that is not to be used, with the reason.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     text = "---\nname: letters\ndescription: Write letters.\n---\nBe brief."
    ...     _ = Path(folder, "SKILL.md").write_text(text)
    ...     load, read = skills(folder)
    >>> load.description.splitlines()[-1]
    '- letters: Write letters.'
    """
    longest = as_whole("file_bytes=", file_bytes, 1)
    found = {skill.name: skill for skill in _found(at_home(folder), only)}
    names = Literal[tuple(found)]  # type: ignore[valid-type]

    def load_skill(name: Any) -> str:
        skill = found[name]
        files = "\n".join(f"- {path}" for path in skill.files())
        return f"{skill.text}\n\nFiles of this skill, which read_skill_file reads:\n{files}" if files else skill.text

    def read_skill_file(skill: Any, path: str) -> str:
        return read_text(found[skill].folder, path, longest)

    # A model chooses among the names, which are known only now.
    load_skill.__annotations__ = {"name": names, "return": str}
    read_skill_file.__annotations__ = {"skill": names, "path": str, "return": str}
    told = "\n".join(f"- {skill.name}: {skill.description}" for skill in found.values())
    loads = f"Load a skill: how something is done. Load the one that fits before you begin.\n{told}"
    reads = "Read a file that lies in the folder of a skill, by its path there."
    return [read_only(FunctionTool(load_skill, loads)), read_only(FunctionTool(read_skill_file, reads))]


def _found(folder: Path, only: str | Iterable[str] | None) -> list[Skill]:
    """The skills in a folder. Raises SkillError."""
    advice = f"give a folder with a {FILE}, or one in which such folders lie"
    if not folder.is_dir():
        raise SkillError("there is no such folder", where=str(folder), advice=advice)
    folders = [folder] if (folder / FILE).exists() else sorted(one for one in folder.iterdir() if (one / FILE).exists())
    if only is not None:
        names = as_texts("only=", only)
        if missing := set(names) - {one.name for one in folders}:
            raise UsageError(
                f"only= names {', '.join(sorted(missing))}, and there is no skill of this name", where=str(folder)
            )
        folders = [one for one in folders if one.name in names]
    if not folders:
        raise SkillError("there is no skill in this folder", where=str(folder), advice=advice)
    if len(folders) > _MOST:
        raise SkillError(f"there are more than {_MOST} skills", where=str(folder), advice="choose some by only=")
    if linked := next((one for one in folders if one.is_symlink() and one != folder), None):
        raise SkillError("the folder of a skill is a link", where=str(linked), advice="put the folder itself there")
    found = [read_skill(one) for one in folders]
    for number, skill in enumerate(found):
        if any(other.name == skill.name for other in found[:number]):
            raise SkillError(f"two skills are named {skill.name}", where=str(skill.folder), advice="rename one")
    return found
