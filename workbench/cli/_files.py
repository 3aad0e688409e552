"""Files that are named on the command line: read whole, and written so that no answer is lost."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.cli._terminal import complain
from workbench.cli.language import said
from workbench.comparison import write_frame
from workbench.errors import UsageError
from workbench.json_text import read_json


def read(file: Path) -> bytes:
    """The bytes of a file. Raises UsageError."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}", where=str(file), advice="check it") from None


def decoded(raw: bytes, where: str) -> str:
    """The text of a file that holds UTF-8, with or without a byte order mark. Raises UsageError."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("the text is not UTF-8", where=where, advice="save it as UTF-8") from None


def schema(file: Path | None) -> Any:
    """The JSON schema in a file, or None where no file is named. Raises UsageError."""
    if file is None:
        return None
    try:
        return read_json(decoded(read(file), str(file)))
    except ValueError as error:
        raise UsageError(f"the schema is {error}", where=str(file), advice="mend the file") from None


def write(frame: pd.DataFrame, out: Path) -> Path:
    """Write the results, and say where: a place that was lost meanwhile must not cost the answers."""
    try:
        write_frame(frame, out)
    except UsageError as error:
        complain(f"{error.what} ({out}): {said('take the results from another folder, named below')}")
        return rescued(frame, out.name)
    return out


def written_to(out: Path) -> str:
    """Say where something is written."""
    return said("written to {file}").format(file=out)


def rescued(frame: pd.DataFrame, name: str) -> Path:
    """Write results that have no other place to a new folder for temporary files, and say where."""
    out = Path(tempfile.mkdtemp(prefix="workbench-")) / name
    write_frame(frame, out)
    return out
