"""The file of a cassette: nothing that was whole is lost, and nothing that is not one is read."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cassettes import HEADER, write_cassette

from workbench.engines.cassette import Cassette, Recording, call, encoded, read_cassette
from workbench.engines.cassette import _file as files
from workbench.errors import CassetteError
from workbench.surroundings import folder, machine

ENTRY: dict[str, Any] = {
    "kind": "ask",
    "connection": "gpu",
    "request": "Ja?",
    "value": {"text": "Ja", "finish": "stop"},
}

WRITES = """
import sys, time
from pathlib import Path
from workbench.engines.cassette import Cassette, Recording, call, encoded
tape = Cassette(Path(sys.argv[1]), "record")
for number in range(100_000):
    recording = Recording(call("ask", "gpu", "m", number))
    tape.add(recording.ended(value=encoded("x" * (number % 3000))), tuple)
    print(number, flush=True)
"""


def test_a_killed_process_loses_nothing_that_was_whole(tmp_path: Path) -> None:
    chance = random.Random(7)
    for number in range(10):
        path = tmp_path / f"{number}.cassette"
        with subprocess.Popen([sys.executable, "-c", WRITES, path], stdout=subprocess.PIPE, text=True) as writing:
            assert writing.stdout is not None
            writing.stdout.readline()
            time.sleep(chance.uniform(0, 0.2))
            writing.kill()
            told = [0, *map(int, writing.stdout.read().split("\n")[:-1])]
        _, entries = read_cassette(path)
        assert [entry.said for entry in entries] == list(range(len(entries)))
        assert len(entries) in (told[-1] + 1, told[-1] + 2), "the last was added, perhaps, and not yet told"
        with_more = Cassette(path, "record")
        with_more.eject()
        assert len(read_cassette(path)[1]) == len(entries)


def test_another_program_can_read_it(tmp_path: Path) -> None:
    Cassette(tmp_path / "a.cassette", "record", version="1.2").eject()
    assert json.loads(gzip.decompress((tmp_path / "a.cassette").read_bytes()))["workbench"] == "1.2"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.cassette"]


def test_it_is_packed_when_it_is_ejected_and_readable_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    tape = Cassette(Path("a.cassette"), "record")
    said = ["x" * size for size in (0, 70_000, 0xFFFF, 200_000)]
    for number, text in enumerate(said):
        tape.add(Recording(call("ask", "gpu", "m", number)).ended(value=encoded(text)), tuple)
    before = read_cassette(Path("a.cassette"))
    monkeypatch.chdir("elsewhere")
    tape.eject()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.cassette", "elsewhere"]
    assert read_cassette(tmp_path / "a.cassette") == before
    assert [entry.came for entry in before[1]] == said
    assert (tmp_path / "a.cassette").stat().st_size < 5_000
    assert len(gzip.decompress((tmp_path / "a.cassette").read_bytes()).splitlines()) == 1 + len(said)


def test_a_file_that_took_its_place_is_left_alone(tmp_path: Path) -> None:
    one = Cassette(tmp_path / "a.cassette", "record")
    (tmp_path / "a.cassette").unlink()
    (tmp_path / "a.cassette").write_bytes(b"somebody else's")
    one.eject()
    assert (tmp_path / "a.cassette").read_bytes() == b"somebody else's"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.cassette"]


def test_its_first_line_tells_where_it_was_begun_and_keeps_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements.lock").write_text("aiohttp==3\n")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.cassette"
    Cassette(path, "record").eject()
    begun = read_cassette(path)[0]
    assert (begun.machine, begun.folder) == (machine(), folder(tmp_path))
    assert begun.machine.cores == os.cpu_count()
    assert len(begun.folder.lock_sha256) == 64
    (tmp_path / "requirements.lock").write_text("aiohttp==4\n")
    Cassette(path, "record").eject()
    assert read_cassette(path)[0] == begun


def damaged(path: Path) -> None:
    write_cassette(path, *[ENTRY | {"at": str(random.Random(number).random())} for number in range(4000)])
    packed = bytearray(path.read_bytes())
    middle = len(packed) // 2
    packed[middle : middle + 2] = bytes(byte ^ 0xFF for byte in packed[middle : middle + 2])
    path.write_bytes(packed)


def packed(rest: bytes) -> bytes:
    """A file whose first line is right."""
    return gzip.compress(json.dumps(HEADER).encode() + b"\n" + rest)


WAYS: dict[str, Callable[[Path], object]] = {
    "not gzip": lambda path: path.write_bytes(b"PK\x03\x04 something else"),
    "empty": lambda path: path.write_bytes(b""),
    "not JSON": lambda path: write_cassette(path, header="no JSON"),
    "another format": lambda path: write_cassette(path, header={"format": "somebody else's", "version": 1}),
    "a later version": lambda path: write_cassette(path, header=HEADER | {"version": 2}),
    "a bomb": lambda path: path.write_bytes(packed((b" " * 1000 + b"\n") * 3000)),
    "one endless line": lambda path: path.write_bytes(packed(b" " * 3_000_000)),
    "too many lines": lambda path: write_cassette(path, *[ENTRY] * 200),
    "damaged": damaged,
    "a machine that is none": lambda path: write_cassette(path, header=HEADER | {"machine": {"cores": "viele"}}),
    "nested without end": lambda path: write_cassette(path, "[" * 200_000),
    "wrong types": lambda path: write_cassette(path, ENTRY | {"parts": {"0": "text"}}),
    "an unknown kind": lambda path: write_cassette(path, ENTRY | {"kind": "delete everything"}),
    "a folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("what", WAYS)
def test_what_is_no_cassette_is_refused_with_the_reason(
    tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_MOST_BYTES", 2_000_000)
    monkeypatch.setattr(files, "_LONGEST_LINE", 500_000)
    monkeypatch.setattr(files, "_MOST_ENTRIES", 100 if what == "too many lines" else 10_000)
    path = tmp_path / "a.cassette"
    WAYS[what](path)
    before = path.read_bytes() if path.is_file() else None
    for mode in ("replay", "record"):
        with pytest.raises(CassetteError) as told:
            Cassette(path, mode)  # type: ignore[arg-type]
        assert str(path) in str(told.value)
        assert "\n" not in str(told.value)
    assert before == (path.read_bytes() if path.is_file() else None), "nothing of somebody else's is written over"


def test_a_small_file_that_unpacks_to_gigabytes_is_left_early(tmp_path: Path) -> None:
    packing = zlib.compressobj(9, zlib.DEFLATED, 31)
    path = tmp_path / "a.cassette"
    with path.open("wb") as file:
        file.write(packing.compress(json.dumps(HEADER).encode() + b"\n"))
        for _ in range(8):
            file.write(packing.compress(b" " * 10_000_000))
        file.write(packing.flush())
    assert path.stat().st_size < 200_000
    with pytest.raises(CassetteError, match="longer than 64 MiB"):
        read_cassette(path)


def test_a_value_that_is_not_what_was_asked_for_is_an_error(tmp_path: Path) -> None:
    from workbench.messages import Reply

    write_cassette(tmp_path / "a.cassette", ENTRY | {"value": {"text": 5}})
    cassette = Cassette(tmp_path / "a.cassette", "replay")
    (entry,) = cassette.unused
    with pytest.raises(CassetteError, match="is not what 'ask' brings"):
        cassette.value_of(entry, Reply)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a folder that cannot be written")
def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CassetteError, match="cannot be written"):
        Cassette(tmp_path / "a.cassette", "record")
