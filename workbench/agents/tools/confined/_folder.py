"""What lies in a folder that somebody else may have filled, deep and wide."""

from __future__ import annotations

import os
from pathlib import Path

_MOST = 10_000


def seen_in(folder: Path) -> dict[str, os.stat_result] | None:
    """The files in a folder by their paths in it; None if they are too many, or too deep, to be looked at.

    Links are not followed, and folders are counted with the files.
    """
    found: dict[str, os.stat_result] = {}
    folders, count = [str(folder)], 0
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    count += 1
                    if count > _MOST:
                        return None
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        found[os.path.relpath(entry.path, folder)] = entry.stat(follow_symlinks=False)
        except FileNotFoundError:  # gone in the meantime
            continue
        except OSError:
            return None
    return found


def size_of(folder: Path) -> float:
    """How many bytes the files in a folder take; without end if nobody can tell."""
    found = seen_in(folder)
    if found is None:
        return float("inf")
    # Where blocks are not counted, as on Windows, a file has no holes either.
    return sum(getattr(one, "st_blocks", one.st_size / 512) * 512 for one in found.values())
