"""Writing a run as a crate: one zip file, whole or not at all."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from workbench.comparison.card._card import RunCard
from workbench.comparison.crate._contents import write_journal
from workbench.comparison.crate._lines import lines
from workbench.comparison.crate._members import CARD, FREE, JOURNAL, LINES, LOCK, MANIFEST, METADATA, RATIO
from workbench.comparison.crate._metadata import metadata
from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._results import Results
from workbench.comparison.scoring._score_store import ScoreStore
from workbench.comparison.scoring._vote_store import VoteStore
from workbench.files._whole import write_whole
from workbench.surroundings import lock_file

_MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can tell: when it was packed says nothing of the run
_CHUNK = 1 << 20
_READABLE = 0o100644 << 16


class SavedRun(Protocol):
    """A run, as far as a crate holds it."""

    @property
    def plan(self) -> Plan:
        """What was to be asked."""
        ...

    @property
    def results(self) -> Results:
        """What came."""
        ...

    @property
    def card(self) -> RunCard:
        """Under which conditions was asked."""
        ...

    @property
    def summary(self) -> str:
        """The counts in one line."""
        ...


def write_crate(run: SavedRun, scores: ScoreStore, votes: VoteStore, path: Path) -> Path:
    """Write a run as a crate.

    Args:
        run: The run.
        scores: What was said of its answers.
        votes: How they were voted on.
        path: The file; one that is there is replaced once the new one is whole. `~` is the user's home.

    Returns:
        The file.

    Raises:
        UsageError: If it cannot be written, or the plan holds what cannot be kept.
        JournalError: If what is kept of the run cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="workbench-") as private:
        folder = Path(private)
        write_journal(folder / JOURNAL, run.plan, run.results, scores, votes, run.card)
        with (folder / LINES).open("wb") as file:
            file.writelines(lines(run.plan, run.results, run.card))
        (folder / CARD).write_text(run.card.json, encoding="utf-8")
        _copy_lock(folder, run.card.folder.lock_sha256)
        files = {name: folder / name for name in (LINES, JOURNAL, CARD, LOCK) if (folder / name).exists()}
        sizes = {name: file.stat().st_size for name, file in files.items()}
        (folder / METADATA).write_bytes(metadata(run.card, sizes, f"{run.plan}; {run.summary}"))
        files = {METADATA: folder / METADATA, **files}
        (folder / MANIFEST).write_text(_manifest(files), encoding="utf-8")
        return write_whole(path, lambda fresh: _pack(fresh, files | {MANIFEST: folder / MANIFEST}))


def _copy_lock(folder: Path, digest: str) -> None:
    """Take the lock along, if it is still that of the run."""
    lock = lock_file(Path())
    if lock is not None and hashlib.sha256(raw := lock.read_bytes()).hexdigest() == digest:
        (folder / LOCK).write_bytes(raw)


def _manifest(files: Mapping[str, Path]) -> str:
    return "".join(f"{_digest(file)}  {name}\n" for name, file in files.items())


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _looks_like_a_bomb(file: Path) -> bool:
    """Whether a file would be packed so well, as answers that go round in circles are, that its reader refuses it."""
    size, packed, packing = file.stat().st_size, 0, zlib.compressobj()
    if size <= FREE:
        return False
    with file.open("rb") as source:
        while piece := source.read(_CHUNK):
            packed += len(packing.compress(piece))
    return size > RATIO * (packed + len(packing.flush())) // 2


def _pack(fresh: Path, files: Mapping[str, Path]) -> None:
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as crate:
        for name, file in files.items():
            info = zipfile.ZipInfo(name, _MOMENT)
            info.compress_type = zipfile.ZIP_STORED if _looks_like_a_bomb(file) else zipfile.ZIP_DEFLATED
            info.external_attr = _READABLE
            info.file_size = file.stat().st_size
            with file.open("rb") as source, crate.open(info, "w") as packed:
                while piece := source.read(_CHUNK):
                    packed.write(piece)
