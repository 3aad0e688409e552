"""What comes of a question while it is being recorded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import perf_counter

import msgspec

from workbench.engines.cassette._asked_in import asked_in
from workbench.engines.cassette._calls import Call
from workbench.engines.cassette._entry import NOTHING, Entry, Part, encoded
from workbench.engines.cassette._inside import enter, leave
from workbench.errors import EngineError
from workbench.messages import Piece, Reply
from workbench.saved_errors import SavedError, saved_error


def now() -> str:
    """The moment, in ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Recording:
    """What comes of one question, as long as it does.

    Args:
        call: The question, which is asked from now on.

    Attributes:
        sent: Gets a line for each request that ended meanwhile.
    """

    def __init__(self, call: Call) -> None:
        self.sent: list[str] = []
        self._call = call
        self._at = now()
        self._asked_in = asked_in()
        self._begun = perf_counter()
        self._pieces: list[tuple[float, Piece]] = []

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Take what is sent meanwhile for a part of this question."""
        before = enter(self.sent)
        try:
            yield
        finally:
            leave(before)

    def take(self, piece: Piece) -> None:
        """Take what has come of the answer."""
        self._pieces.append((perf_counter(), piece))  # and no more, as some come by the thousand

    def failed(self, error: Exception) -> Entry:
        """The entry of a question that failed."""
        reply = error.reply if isinstance(error, EngineError) else None
        value = encoded(reply) if isinstance(reply, Reply) else NOTHING
        return self.ended(error=saved_error(error), value=value)

    def ended(
        self, *, value: msgspec.Raw = NOTHING, error: SavedError | None = None, was_stopped: bool = False
    ) -> Entry:
        """The entry of a question that has ended."""
        call, begun = self._call, self._begun
        # Cut to tenths of milliseconds, as to round them would take longer than all else here.
        parts = [
            Part(int((at - begun) * 1e4) / 1e4, piece.text, piece.reasoning, piece.was_reasoning)
            for at, piece in self._pieces
        ]
        return Entry(
            kind=call.kind,
            connection=call.connection,
            model=call.model,
            request=msgspec.Raw(call.request),
            occasion=call.occasion,
            server_kind=call.server_kind,
            at=self._at,
            asked_in=self._asked_in,
            seconds=perf_counter() - begun,
            parts=tuple(parts),
            sent=tuple(self.sent),
            value=value,
            error=error,
            was_stopped=was_stopped,
        )
