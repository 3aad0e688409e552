"""What an engine sends while it answers: part of the answer, and not kept by itself."""

from __future__ import annotations

from contextvars import ContextVar

_inside: ContextVar[list[str] | None] = ContextVar("inside", default=None)


def is_inside() -> bool:
    """Whether what is sent now is part of what is being recorded already."""
    return _inside.get() is not None


# Take what is sent meanwhile for a part of one question, of which the list gets a line for each request that ended; and
# no longer. Called round every piece of an answer, so that what whoever asks does between two of them does not count.
enter, leave = _inside.set, _inside.reset


def note_sent(request: str, outcome: str) -> None:
    """Note a request that has ended, if it is part of a question.

    >>> sent: list[str] = []
    >>> before = enter(sent)
    >>> note_sent("POST /api/chat", "status 429")
    >>> leave(before)
    >>> sent
    ['POST /api/chat: status 429']
    """
    if (sent := _inside.get()) is not None:
        sent.append(f"{request}: {outcome}")
