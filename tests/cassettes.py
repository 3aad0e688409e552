"""What tests of cassettes share: recording and playing for a moment, and cassettes that are written by hand."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from workbench import connections
from workbench.engines.cassette import Cassette, Mode, Speed

HEADER = {"format": "workbench cassette", "version": 1}


@contextmanager
def tape(path: Path, mode: Mode, speed: Speed = "instant") -> Iterator[Cassette]:
    """A cassette that is inserted meanwhile."""
    with connections.cassette(path, mode=mode, speed=speed) as cassette:
        yield cassette


@contextmanager
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No socket of this process can connect anywhere meanwhile."""

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    with monkeypatch.context() as patched:
        for name in ("connect", "connect_ex", "sendto"):
            patched.setattr(f"socket.socket.{name}", refuse)
        yield


def write_cassette(path: Path, *entries: dict[str, Any] | str, header: object = HEADER) -> Path:
    """A cassette with these lines."""
    lines = (json.dumps(one) if not isinstance(one, str) else one for one in (header, *entries))
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))
    return path
