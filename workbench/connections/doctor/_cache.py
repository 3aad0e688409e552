"""What was found of a model, kept on disk until its server's version or the model itself changes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import platformdirs

from workbench.connections.doctor._diagnosis import Diagnosis, Finding
from workbench.connections.doctor._probes import PROBES
from workbench.engines.cassette import current


class _Record(msgspec.Struct):
    findings: tuple[Finding, ...]
    found_at: str


def _file(found: Diagnosis) -> Path:
    # The probes are part of the name, so that a newer version of them is not answered with what an older one found.
    parts = (found.address, found.server, found.model, found.digest, *PROBES)
    name = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
    return platformdirs.user_cache_path("workbench") / "doctor" / f"{name}.json"


def read(found: Diagnosis) -> tuple[tuple[Finding, ...], str] | None:
    """The findings of the same model on the same server, and when they were made; None where there are none.

    While a cassette is inserted there are none: it plays on other machines, whose disks have others.
    """
    if current() is not None:
        return None
    try:
        record = msgspec.json.decode(_file(found).read_bytes(), type=_Record)
    except (OSError, msgspec.DecodeError):
        return None
    return record.findings, record.found_at


def write(found: Diagnosis, findings: tuple[Finding, ...], found_at: str) -> None:
    """Keep findings, where there is room for them: without a cache the doctor only has to ask again."""
    if current() is not None:
        return
    file = _file(found)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".partial")
        partial.write_bytes(msgspec.json.encode(_Record(findings, found_at)))
        partial.replace(file)
    except OSError:
        return
