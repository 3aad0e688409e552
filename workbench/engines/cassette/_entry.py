"""One question to a server and what came of it, as a line of a cassette."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from workbench.engines.cassette._calls import Call, Kind
from workbench.engines.wire._secrets import StreamMask, masked
from workbench.saved_errors import SavedError

T = TypeVar("T")
NOTHING = msgspec.Raw(b"null")


class Part(msgspec.Struct, array_like=True, omit_defaults=True, frozen=True):
    """What of an answer arrived together.

    Attributes:
        seconds: When, from the beginning of the question.
        text: Text of the answer.
        reasoning: Text of the reasoning.
        was_reasoning: As in a `Piece`.
    """

    seconds: float
    text: str = ""
    reasoning: str = ""
    was_reasoning: bool = False


class Entry(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """A question and what came of it.

    Attributes:
        kind: What was asked, as in a `Call`.
        connection: Name of the connection.
        model: Name of the model on its server.
        request: The rest of the question.
        occasion: As in a `Call`.
        server_kind: As in a `Call`.
        at: When it was asked, in ISO 8601.
        asked_in: The notebook's cell that asked, such as "In [3]"; "" elsewhere.
        seconds: How long it took, in seconds.
        parts: What came piece by piece.
        value: What came in the end, or of an answer that broke off until then.
        error: Why it failed; None if it did not.
        sent: The requests that ended before its answer came, such as one that the server was too busy for.
        was_stopped: Whether whoever asked did not wait for its end.
    """

    kind: Kind
    connection: str
    model: str = ""
    request: msgspec.Raw = NOTHING
    occasion: str = ""
    server_kind: str = ""
    at: str = ""
    asked_in: str = ""
    seconds: float = 0.0
    parts: tuple[Part, ...] = ()
    value: msgspec.Raw = NOTHING
    error: SavedError | None = None
    sent: tuple[str, ...] = ()
    was_stopped: bool = False

    @property
    def call(self) -> Call:
        """The question."""
        return Call(self.kind, self.connection, self.model, bytes(self.request), self.occasion)

    @property
    def said(self) -> Any:
        """The question's rest as plain data."""
        return msgspec.json.decode(self.request)

    @property
    def came(self) -> Any:
        """What came in the end as plain data."""
        return msgspec.json.decode(self.value)

    def value_as(self, kind: type[T]) -> T:
        """What came, as what it was. Raises msgspec.ValidationError."""
        return msgspec.json.decode(self.value, type=kind)


_encode = msgspec.json.Encoder().encode


def encoded(value: Any) -> msgspec.Raw:
    """What came, as JSON. Raises TypeError and ValueError for what JSON does not hold."""
    return msgspec.Raw(_encode(value))


def line_of(entry: Entry, secrets: tuple[str, ...]) -> bytes:
    """The line of an entry, with no secret in it, not even in pieces.

    Args:
        entry: The question and what came.
        secrets: What `workbench.engines.wire._secrets.forms` gave.
    """
    if not secrets:
        return _encode(entry)
    entry = msgspec.structs.replace(entry, parts=_masked(entry.parts, secrets))
    return masked(_encode(entry).decode(), secrets).encode()


def _masked(parts: tuple[Part, ...], secrets: tuple[str, ...]) -> tuple[Part, ...]:
    texts, thoughts = "".join(part.text for part in parts), "".join(part.reasoning for part in parts)
    if not any(secret in texts or secret in thoughts for secret in secrets):
        return parts
    text, thought = StreamMask(secrets), StreamMask(secrets)
    changed = [
        msgspec.structs.replace(part, text=text.feed(part.text), reasoning=thought.feed(part.reasoning))
        for part in parts
    ]
    last = changed[-1]
    changed[-1] = msgspec.structs.replace(
        last, text=last.text + text.close(), reasoning=last.reasoning + thought.close()
    )
    return tuple(changed)
