"""Names of comparisons, and the files that keep them: one rule on every disk, whatever it takes for the same name."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from workbench.arguments import shown
from workbench.errors import UsageError

FOLDER = ".workbench"
SUFFIX = ".journal"
_NAME = re.compile(r"[^\W_][\w .-]{0,99}")
# A file system takes 255 bytes, and SQLite puts files of longer names beside a journal.
_MOST_BYTES = 200
# What Windows takes for a device, with every ending.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\..*)?", re.IGNORECASE)


def journal_path(name: str) -> Path:
    """The file of the comparison of this name: the one that is there, or the one to be made.

    Names are the same that differ only in case, or in how an umlaut is written down: some disks cannot tell these
    apart. Raises UsageError where the name cannot be a file's.

    >>> journal_path("offices").as_posix()
    '.workbench/offices.journal'
    """
    if isinstance(name, str) and (there := [path for path in journal_paths() if is_same_name(path.stem, name)]):
        return min(there, key=lambda path: (path.stem != name, path.stem))
    return Path(FOLDER) / f"{_checked(name)}{SUFFIX}"


def journal_paths() -> list[Path]:
    """The files of all comparisons that are kept beside the notebook, in the order of their names."""
    return sorted(Path(FOLDER).glob(f"*{SUFFIX}"))


def run_name(path: Path) -> str:
    """What the comparison in this file is called.

    >>> run_name(Path(".workbench/offices.journal"))
    'offices'
    """
    return unicodedata.normalize("NFC", path.stem)


def is_same_name(one: str, other: str) -> bool:
    """Whether two names are the same: some disks cannot tell them apart.

    >>> is_same_name("Büro", "BU\u0308RO")
    True
    """
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _checked(name: str) -> str:
    """A name that every disk takes. Raises UsageError."""
    composed = unicodedata.normalize("NFC", name) if isinstance(name, str) else ""
    # Some scripts write marks that no letter holds in itself.
    letters = "".join(sign for sign in composed if not unicodedata.category(sign).startswith("M"))
    is_name = _NAME.fullmatch(letters) and composed.startswith(letters[0]) and letters == letters.rstrip(" .")
    if not is_name:
        raise UsageError(
            f"name= cannot be {shown(name)}", advice="give a short name of letters, digits, spaces, dots, - and _"
        )
    if _DEVICE.fullmatch(composed):
        raise UsageError(f"name= cannot be {shown(name)}", advice="Windows keeps this name for a device; give another")
    if len(composed.encode()) > _MOST_BYTES:
        advice = f"it takes more than {_MOST_BYTES} bytes; give a shorter"
        raise UsageError(f"name= cannot be {shown(name)}", advice=advice)
    return composed
