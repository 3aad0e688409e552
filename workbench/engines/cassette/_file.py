"""The file of a cassette: JSON lines in gzip, each there for good as soon as it is written.

While it is recorded, lines are in it as they are, and the whole is packed in the end: to pack each one costs more than
all else of recording, as it hands the interpreter to another thread each time. A process that is killed loses no line
that was whole, and leaves a file that is only larger. A file may come from anybody: how much it unpacks to, how long
its lines are and what they hold is limited.
"""

from __future__ import annotations

import os
import struct
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from workbench.engines.cassette._entry import Entry
from workbench.errors import CassetteError
from workbench.files._whole import reason_of
from workbench.surroundings import Folder, Machine, folder, machine

FORMAT = "workbench cassette"
VERSION = 1
SUFFIX = ".cassette"
_GZIP = 31  # zlib's name for deflate with the head and tail of gzip
_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # the beginning of a gzip file, by RFC 1952
_MOST_OF_BLOCK = 0xFFFF
_BLOCK_HEAD = struct.Struct("<BHH").pack
_CHUNK = 1 << 16
_MOST_BYTES = 1 << 30
_LONGEST_LINE = 1 << 26
_MOST_ENTRIES = 1_000_000


class Header(msgspec.Struct, kw_only=True):
    """The first line of a cassette.

    Attributes:
        format: What the file is.
        version: Version of the format.
        made: When it was begun, in ISO 8601.
        workbench: Version of Workbench that began it.
        machine: From which machine was asked.
        folder: In which folder.
    """

    format: str
    version: int
    made: str = ""
    workbench: str = ""
    machine: Machine = Machine()
    folder: Folder = Folder()


def new_header(made: str, workbench: str) -> Header:
    """The first line of a cassette that is begun here and now.

    Args:
        made: The moment, in ISO 8601.
        workbench: Version of Workbench.
    """
    return Header(
        format=FORMAT, version=VERSION, made=made, workbench=workbench, machine=machine(), folder=folder(Path())
    )


def read_cassette(path: Path) -> tuple[Header, list[Entry]]:
    """What a cassette holds.

    Args:
        path: The file.

    Returns:
        Its first line, and its entries in the order in which they ended.

    Raises:
        CassetteError: If it is not a cassette, is damaged, or holds more than a cassette may.
    """
    try:
        if not path.is_file():
            raise CassetteError("there is no such cassette", where=str(path), advice='record one: mode="record"')
        lines = _lines(path)
        header = _header(next(lines, b""), path)
        entries = []
        for number, line in enumerate(lines, 2):
            if number > _MOST_ENTRIES:
                raise _refused(path, f"it has more than {_MOST_ENTRIES:,} lines")
            entries.append(_entry(line, number, path))
    except OSError as error:
        raise CassetteError(f"it cannot be read: {reason_of(error)}", where=str(path)) from None
    return header, entries


def _header(line: bytes, path: Path) -> Header:
    try:
        header = msgspec.json.decode(line, type=Header)
    except (msgspec.DecodeError, RecursionError):
        raise _refused(path, "its first line is not that of a cassette") from None
    if header.format != FORMAT:
        raise _refused(path, "its first line is not that of a cassette")
    if header.version != VERSION:
        raise _refused(path, f"it has version {header.version} of the format, and this Workbench reads {VERSION}")
    return header


def _entry(line: bytes, number: int, path: Path) -> Entry:
    try:
        return msgspec.json.decode(line, type=Entry)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _refused(path, f"line {number} cannot be read ({error})") from None


def _lines(path: Path) -> Iterator[bytes]:
    """The whole lines of a file; what a killed process left of another one is not told."""
    rest = bytearray()
    for piece in _unpacked(path):
        *whole, left = piece.split(b"\n")
        if whole:
            yield bytes(rest + whole[0])
            yield from whole[1:]
            rest.clear()
        rest += left
        if len(rest) > _LONGEST_LINE:
            raise _refused(path, f"a line of it is longer than {_LONGEST_LINE >> 20} MiB")


def _unpacked(path: Path) -> Iterator[bytes]:
    unpacking, count = zlib.decompressobj(_GZIP), 0
    with path.open("rb") as file:
        packed = file.read(_CHUNK)
        while packed:
            try:
                piece = unpacking.decompress(packed, _CHUNK)
            except zlib.error:
                what = "it is damaged" if count else "it is not in gzip"
                raise _refused(path, what) from None
            count += len(piece)
            if count > _MOST_BYTES:
                raise _refused(path, f"it unpacks to more than {_MOST_BYTES >> 30} GiB")
            yield piece
            packed = unpacking.unconsumed_tail or unpacking.unused_data
            if unpacking.eof and packed:
                unpacking = zlib.decompressobj(_GZIP)
            packed = packed or file.read(_CHUNK)
    yield unpacking.flush()


def _refused(path: Path, why: str) -> CassetteError:
    return CassetteError(
        f"this cassette is refused: {why}", where=str(path), advice="take an undamaged copy of it, or record it anew"
    )


class Writer:
    """Writes a cassette, line by line; what the file held before is written anew first, whole or not at all.

    Args:
        path: The file.
        header: Its first line.
        lines: The lines after it that are there already.

    Raises:
        CassetteError: If it cannot be written.
    """

    def __init__(self, path: Path, header: Header, lines: Iterable[bytes] = ()) -> None:
        self._path = path
        self._place = path.absolute()  # whoever records may go to another folder meanwhile
        self._lock = threading.Lock()
        fresh = self._fresh()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Without a buffer: each line goes to the system at once, which keeps it when this process is killed.
            self._file = fresh.open("wb", buffering=0)
            self._write(_HEAD)
            for line in (msgspec.json.encode(header), *lines):
                self._pack(line)
            fresh.replace(self._place)
        except OSError as error:
            raise self._failed(error) from None

    def add(self, line: bytes) -> None:
        """Add a line; once this returns, the end of the process does not lose it. Raises CassetteError."""
        with self._lock:
            if self._file.closed:
                raise CassetteError("this cassette is ejected", where=str(self._path), advice="insert it again")
            try:
                self._pack(line)
            except OSError as error:
                raise self._failed(error) from None

    def close(self) -> None:
        """Pack the file; where that fails, it is there unpacked, as after a process that was killed."""
        with self._lock:
            if self._file.closed:
                return
            about = os.fstat(self._file.fileno())
            with suppress(OSError, CassetteError):
                self._file.close()
                if os.path.samestat(about, self._place.stat()):  # nobody has put another in its place
                    self._pack_whole()

    def _pack(self, line: bytes) -> None:
        self._write(_unpacked_blocks(line + b"\n"))

    def _write(self, data: bytes) -> None:
        while data:  # what is left on a disk that fills up raises what is wrong
            data = data[self._file.write(data) :]

    def _pack_whole(self) -> None:
        fresh = self._fresh()
        packing = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, _GZIP)
        try:
            with fresh.open("wb") as file:
                for piece in _unpacked(self._place):
                    file.write(packing.compress(piece))
                file.write(packing.flush())
            fresh.replace(self._place)
        finally:
            fresh.unlink(missing_ok=True)

    def _fresh(self) -> Path:
        return self._place.with_name(f".{self._path.name}.{os.getpid()}")

    def _failed(self, error: OSError) -> CassetteError:
        return CassetteError(
            f"it cannot be written: {reason_of(error)}",
            where=str(self._path),
            advice="make room, or name another place",
        )


def _unpacked_blocks(text: bytes) -> bytes:
    """A text as blocks of deflate that hold it as it is.

    Source: RFC 1951, 3.2.4.

    >>> zlib.decompressobj(-15).decompress(_unpacked_blocks(b"Amt" * 40_000)) == b"Amt" * 40_000
    True
    """
    if len(text) <= _MOST_OF_BLOCK:  # nearly all lines
        return _block(text)
    return b"".join(_block(text[start : start + _MOST_OF_BLOCK]) for start in range(0, len(text), _MOST_OF_BLOCK))


def _block(text: bytes) -> bytes:
    return _BLOCK_HEAD(0, len(text), len(text) ^ 0xFFFF) + text
