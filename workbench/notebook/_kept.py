"""Where comparisons without a name are kept, said once in a session and not with every one."""

from __future__ import annotations

import sys
from pathlib import Path

from workbench.comparison import Kept
from workbench.language import Language
from workbench.views import progress_words

_said: set[str] = set()


def kept_line(kept: Kept, language: Language) -> str:
    """The place of a comparison without a name, or why it has none, as one line; "" where that was said before.

    >>> kept_line(Kept(problem="the disk is full"), "en"), kept_line(Kept(problem="the disk is full"), "en")
    ('not kept: the disk is full', '')
    """
    if (told := kept.problem or kept.folder) in _said:
        return ""
    _said.add(told)
    words = progress_words(language)
    return words.unkept.format(kept.problem) if kept.problem else words.kept.format(from_here(Path(kept.folder)))


def print_once(kept: Kept, language: Language) -> None:
    """Print that line to standard error, where there is one."""
    if line := kept_line(kept, language):
        print(f"workbench: {line}", file=sys.stderr)


def from_here(path: Path) -> Path:
    """The path from the folder in which the notebook runs, where it lies below that."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
