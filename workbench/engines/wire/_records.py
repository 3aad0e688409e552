"""Cutting a byte stream into what was sent: server-sent events (SSE) and newline-delimited JSON (NDJSON)."""

from __future__ import annotations

import msgspec

DEFAULT_LIMIT = 8 * 1024 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DATA, _END = b"data: ", b"\n\n"
_ERRORS = (b"error:", b"event: error", b"event:error")


class TooLongError(ValueError):
    """One event or line is longer than the limit."""


class EventReader:
    r"""Cuts server-sent events out of chunks of bytes, wherever the network has split them.

    Only the `data` field is kept, as nothing else carries an answer; several `data` lines of one event are joined
    with a newline, comments are passed over, and all three line ends of the standard are understood.
    Source: WHATWG HTML, section 9.2, "Server-sent events".
    What is told as an error, by an event of that name or, as llama.cpp did, a field of that name, is given as
    `{"error": …}`; an object without a field before it, which gateways send into streams, as it is.

    Args:
        limit: Longest event, in bytes.

    >>> reader = EventReader()
    >>> reader.feed(b'data: {"a": 1}\n\ndata: {"b"')
    [b'{"a": 1}']
    >>> reader.feed(b': 2}\r\n\r\n')
    [b'{"b": 2}']
    """

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self._rest = b""
        self._limit = limit

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of all events that are complete with this chunk. Raises TooLongError."""
        buffer = self._rest + chunk if self._rest else chunk
        if b"\r" in buffer:
            # A lone return at the end may be the first half of a return and newline that the network has split.
            held = b"\r" if buffer.endswith(b"\r") else b""
            buffer = buffer[: len(buffer) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n") + held
        whole, _, self._rest = buffer.rpartition(_END)
        if len(self._rest) > self._limit:
            raise TooLongError(f"one event of more than {self._limit} bytes")
        return _events(whole) if whole else []

    def close(self) -> list[bytes]:
        """The data of an event that lacks its closing blank line, at the end of the stream."""
        rest, self._rest = self._rest.replace(b"\r", b"\n"), b""
        data = _data(rest)
        return [data] if data else []


def _events(whole: bytes) -> list[bytes]:
    """The data of whole events; where each is a single `data` line, as with model servers, it takes a single cut."""
    if whole.startswith(_DATA):
        events = whole[len(_DATA) :].split(_END + _DATA)
        if whole.count(b"\n") == len(_END) * (len(events) - 1) and all(events):
            return events
    return [data for block in whole.split(_END) if (data := _data(block))]


def _data(block: bytes) -> bytes:
    """The joined `data` lines of one event."""
    if block.startswith(_DATA) and b"\n" not in block:
        return block[len(_DATA) :]
    lines = block.removeprefix(_BYTE_ORDER_MARK).split(b"\n")
    if any(line.startswith(_ERRORS) for line in lines):
        return _as_error(_field(lines, b"error:") or _field(lines, b"data:"))
    data = _field(lines, b"data:")
    return data or (block if block.startswith(b"{") else b"")


def _field(lines: list[bytes], name: bytes) -> bytes:
    return b"\n".join(line[len(name) :].removeprefix(b" ") for line in lines if line.startswith(name))


def _as_error(told: bytes) -> bytes:
    try:
        msgspec.json.decode(told)
    except (ValueError, RecursionError):
        told = msgspec.json.encode(told.decode("utf-8", "replace") or "an error without words")
    return b'{"error": ' + told + b"}"


class LineReader:
    r"""Cuts newline-delimited JSON out of chunks of bytes.

    Args:
        limit: Longest line, in bytes.

    >>> reader = LineReader()
    >>> reader.feed(b'{"a": 1}\n{"b"')
    [b'{"a": 1}']
    >>> reader.close()
    [b'{"b"']
    """

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self._rest = b""
        self._limit = limit

    def feed(self, chunk: bytes) -> list[bytes]:
        """All lines that are complete with this chunk, without blank ones. Raises TooLongError."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > self._limit:
            raise TooLongError(f"one line of more than {self._limit} bytes")
        return [line for line in lines if line.strip()]

    def close(self) -> list[bytes]:
        """The last line, where it lacks its newline."""
        rest, self._rest = self._rest, b""
        return [rest] if rest.strip() else []
