"""The audit log: which model was asked when and where, as JSON lines, without what was said."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pandas as pd

from workbench.connections.permissions._policy import policy
from workbench.engines import Exchange
from workbench.errors import ConfigurationError

_TYPES = {
    "time": "datetime64[us, UTC]",
    "connection": "string",
    "host": "string",
    "request": "string",
    "model": "string",
    "prompt_tokens": "Int64",
    "completion_tokens": "Int64",
    "total_s": "Float64",
    "outcome": "string",
    "prompt_sha256": "string",
}


def file() -> Path | None:
    """The file of the log: the administrator's, or else what `WORKBENCH_AUDIT` names; None where none is kept."""
    named = policy().audit or os.environ.get("WORKBENCH_AUDIT", "")
    return Path(named).expanduser() if named else None


def check() -> None:
    """Raise ConfigurationError where a log is to be kept and cannot be, so that nothing is asked that it would miss."""
    if found := file():
        os.close(_opened(found))


def note(exchange: Exchange) -> None:
    """Add a line for a request that has ended. The texts are only in it where that was switched on."""
    found = file()
    if found is None:
        return
    said = None if exchange.messages is None else msgspec.json.encode(exchange.messages)
    line: dict[str, Any] = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "connection": exchange.connection,
        "host": urlsplit(exchange.address).hostname or exchange.address,
        "request": exchange.request,
        "model": exchange.model,
        "prompt_tokens": exchange.prompt_tokens,
        "completion_tokens": exchange.completion_tokens,
        "total_s": round(exchange.total_s, 3),
        "outcome": exchange.outcome,
        "prompt_sha256": None if said is None else hashlib.sha256(said).hexdigest(),
    }
    if policy().audit_text if policy().audit else os.environ.get("WORKBENCH_AUDIT_TEXT", "") not in ("", "0"):
        line |= {"messages": exchange.messages, "answer": exchange.answer}
    descriptor = _opened(found)
    try:
        # One write, so that lines of several kernels stay whole.
        os.write(descriptor, msgspec.json.encode(line) + b"\n")
    except OSError as error:
        raise _unwritable(found, error) from None
    finally:
        os.close(descriptor)


def audit() -> pd.DataFrame:
    """Read the audit log as a table, oldest first.

    A log is kept where `WORKBENCH_AUDIT` names a file, or where an administrator's policy does. It has a line for each
    request that left this process, be it to a model or to list, examine or manage some: when, to which host and model,
    how many tokens, how it ended, and the SHA-256 of the messages or texts as sent, by which a known prompt can be
    found again. A request that was tried several times has a line for each try. Texts are only kept with
    `WORKBENCH_AUDIT_TEXT=1`.

    Returns:
        A DataFrame with the columns time (UTC), connection, host, request (method and path, such as "POST /api/chat";
        the doctor also tries out "TCP" and "TLS"), model, prompt_tokens, completion_tokens, total_s (seconds), outcome
        (finish reason, "cancelled", HTTP status such as "status 404", or class of the error), prompt_sha256 (missing
        where nothing was said), and messages and answer where kept.

    Raises:
        ConfigurationError: If no log is kept, or it cannot be read.
    """
    found = file()
    if found is None:
        raise ConfigurationError("no audit log is kept", advice="set WORKBENCH_AUDIT to the path of a file")
    try:
        lines = [msgspec.json.decode(line) for line in found.read_bytes().splitlines()] if found.exists() else []
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigurationError(f"the audit log cannot be read: {error}", where=str(found), advice="mend it") from None
    frame = pd.DataFrame(lines)
    further = [column for column in frame.columns if column not in _TYPES]
    frame = frame.reindex(columns=[*_TYPES, *further])  # lines of an earlier version lack some
    frame["time"] = pd.to_datetime(frame["time"], utc=True)
    return frame.astype(_TYPES)


def _opened(found: Path) -> int:
    try:
        found.parent.mkdir(parents=True, exist_ok=True)
        return os.open(found, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unwritable(found, error) from None


def _unwritable(found: Path, error: OSError) -> ConfigurationError:
    what = f"the audit log cannot be written: {error.strerror}"
    return ConfigurationError(what, where=str(found), advice="nothing is asked until it can")
