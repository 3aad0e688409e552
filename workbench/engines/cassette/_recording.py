"""What comes of a question while it is being recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from time import perf_counter

import msgspec

from workbench.engines.cassette._asked_in import asked_in
from workbench.engines.cassette._calls import Call
from workbench.engines.cassette._entry import NOTHING, Entry, Part, encoded
from workbench.engines.cassette._inside import Inside
from workbench.errors import EngineError
from workbench.messages import Reply
from workbench.saved_errors import SavedError, saved_error


def now() -> str:
    """The moment, in ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Recording:
    """What comes of one question, as long as it does.

    Args:
        call: The question, which is asked from now on.
    """

    def __init__(self, call: Call) -> None:
        self._sent: list[str] = []
        self._call = call
        self._at = now()
        self._asked_in = asked_in()
        self._begun = perf_counter()
        self._parts: list[Part] = []

    def inside(self) -> Inside:
        """Take what is sent meanwhile for a part of this question."""
        return Inside(self._sent)

    def take(self, text: str = "", reasoning: str = "", was_reasoning: bool = False) -> None:
        """Take what has come of the answer."""
        self._parts.append(Part(round(perf_counter() - self._begun, 4), text, reasoning, was_reasoning))

    def failed(self, error: Exception) -> Entry:
        """The entry of a question that failed."""
        reply = error.reply if isinstance(error, EngineError) else None
        value = encoded(reply) if isinstance(reply, Reply) else NOTHING
        return self.ended(error=saved_error(error), value=value)

    def ended(
        self, *, value: msgspec.Raw = NOTHING, error: SavedError | None = None, was_stopped: bool = False
    ) -> Entry:
        """The entry of a question that has ended."""
        call = self._call
        return Entry(
            kind=call.kind,
            connection=call.connection,
            model=call.model,
            request=msgspec.Raw(call.request),
            occasion=call.occasion,
            server_kind=call.server_kind,
            at=self._at,
            asked_in=self._asked_in,
            seconds=perf_counter() - self._begun,
            parts=tuple(self._parts),
            sent=tuple(self._sent),
            value=value,
            error=error,
            was_stopped=was_stopped,
        )
