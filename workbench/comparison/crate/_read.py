"""Reading a crate that anybody may have written: all of it is checked before anything in it is opened."""

from __future__ import annotations

import hashlib
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path, PurePosixPath

from workbench.comparison.crate._members import CARD, FREE, JOURNAL, LINES, MANIFEST, METADATA, RATIO, VERSION
from workbench.comparison.crate._metadata import format_version
from workbench.errors import CrateError
from workbench.files._whole import reason_of
from workbench.texts import quoted

_MOST_FILES = 1000
_MOST_BYTES = 4 << 30  # of all files, unpacked
_MOST_TOLD = 4 << 20  # of the metadata and of the manifest
_CHUNK = 1 << 16
_ENCRYPTED = 0x1
_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")
# What a damaged file raises where it is read; of an unknown kind of packing, or one that wants a password, as well.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, LookupError)


def unpack_journal(path: Path, folder: Path) -> Path:
    """Check a crate, and take out the journal that it holds.

    Args:
        path: The crate.
        folder: A private folder, into which the journal goes and nothing else.

    Returns:
        The journal's file.

    Raises:
        CrateError: If it is not a crate, is damaged, or holds what no crate holds.
    """
    try:
        if not path.is_file():
            raise CrateError("there is no such file", where=str(path), advice="name one that run.save wrote")
        with zipfile.ZipFile(path) as crate:
            infos = _checked(crate.infolist(), path)
            _check_manifest(crate, infos, path)
            version = format_version(_whole(crate, infos[METADATA], path))
            if version is None:
                raise _refused(path, f"{METADATA} does not say that it is a run of Workbench")
            if version > VERSION:
                raise _refused(path, f"a later Workbench wrote it (format {version})", "update Workbench")
            journal = folder / JOURNAL
            with journal.open("xb") as file:
                file.writelines(_pieces(crate, infos[JOURNAL], path))
    except OSError as error:
        raise CrateError(f"the crate cannot be read: {reason_of(error)}", where=str(path)) from None
    except _BROKEN as error:
        raise _refused(path, f"it is damaged, or not a zip file ({reason_of(error)})") from None
    return journal


def _checked(listed: list[zipfile.ZipInfo], path: Path) -> dict[str, zipfile.ZipInfo]:
    """The files of a crate by their names. Raises CrateError for names, kinds and sizes that no crate has."""
    if len(listed) > _MOST_FILES:
        raise _refused(path, f"it holds more than {_MOST_FILES} files")
    infos: dict[str, zipfile.ZipInfo] = {}
    for info in listed:
        if (fault := _fault(info)) is not None:
            raise _refused(path, f"its file {quoted(info.orig_filename)} {fault}")
        if info.filename.casefold() in {name.casefold() for name in infos}:
            raise _refused(path, f"it holds {quoted(info.filename)} twice")
        infos[info.filename] = info
    if sum(info.file_size for info in listed) > _MOST_BYTES:
        raise _refused(path, f"it unpacks to more than {_MOST_BYTES >> 30} GiB")
    placed = sorted(listed, key=lambda info: info.header_offset)
    for one, following in pairwise(placed):
        if one.header_offset + one.compress_size > following.header_offset:
            raise _refused(path, f"its files {quoted(one.filename)} and {quoted(following.filename)} overlap")
    for name in (MANIFEST, METADATA, JOURNAL, LINES, CARD):
        if name not in infos:
            raise _refused(path, f"it has no {name}")
    return infos


def _fault(info: zipfile.ZipInfo) -> str | None:
    """What is wrong with a file of a crate, as its list tells it."""
    name = info.filename
    kind = stat.S_IFMT(info.external_attr >> 16)
    parts = PurePosixPath(name).parts
    faults = {
        "has a name that leads out of the crate": not parts
        or name != info.orig_filename
        or name.startswith("/")
        or ".." in parts
        or any(sign in name for sign in "\\:\0")
        or not name.isprintable(),
        "is a link or not a file": info.is_dir() or kind not in (0, stat.S_IFREG),
        "is encrypted": bool(info.flag_bits & _ENCRYPTED),
        "is packed in a way that no crate uses": info.compress_type not in _KINDS,
        "unpacks to more than any run": info.file_size > max(FREE, RATIO * info.compress_size),
    }
    return next((fault for fault, is_there in faults.items() if is_there), None)


def _check_manifest(crate: zipfile.ZipFile, infos: dict[str, zipfile.ZipInfo], path: Path) -> None:
    """Raise CrateError unless the manifest names all files, and all are what it says."""
    try:
        told = _whole(crate, infos[MANIFEST], path).decode()
    except UnicodeDecodeError:
        raise _refused(path, f"{MANIFEST} is not text") from None
    digests: dict[str, str] = {}
    for number, line in enumerate(told.splitlines(), 1):
        found = _LINE.fullmatch(line)
        if found is None or found[2] in digests:
            raise _refused(path, f"line {number} of {MANIFEST} cannot be read, or names a file twice")
        digests[found[2]] = found[1]
    for name in infos:
        if name not in digests and name != MANIFEST:
            raise _refused(path, f"it holds {quoted(name)}, which {MANIFEST} does not name")
    for name, digest in digests.items():
        if name not in infos or name == MANIFEST:
            raise _refused(path, f"{MANIFEST} names {quoted(name)}, which is not there")
        found_digest = hashlib.sha256()
        for piece in _pieces(crate, infos[name], path):
            found_digest.update(piece)
        if found_digest.hexdigest() != digest:
            raise _refused(path, f"its file {quoted(name)} was changed: {MANIFEST} has another SHA-256")


def _whole(crate: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> bytes:
    """A short file."""
    if info.file_size > _MOST_TOLD:
        raise _refused(path, f"its file {quoted(info.filename)} is larger than {_MOST_TOLD >> 20} MiB")
    return b"".join(_pieces(crate, info, path))


def _pieces(crate: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> Iterator[bytes]:
    """A file piece by piece, no more than it is said to hold."""
    left = info.file_size
    with crate.open(info) as file:
        while piece := file.read(_CHUNK):
            left -= len(piece)
            if left < 0:
                raise _refused(path, f"its file {quoted(info.filename)} holds more than it says")
            yield piece
    if left:
        raise _refused(path, f"its file {quoted(info.filename)} holds less than it says")


def _refused(path: Path, why: str, advice: str = "take an undamaged copy from whom you trust") -> CrateError:
    return CrateError(f"this crate is refused: {why}", where=str(path), advice=advice)
