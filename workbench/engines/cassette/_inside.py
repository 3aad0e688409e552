"""What an engine sends while it answers: part of the answer, and not kept by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_inside: ContextVar[list[str] | None] = ContextVar("inside", default=None)


def is_inside() -> bool:
    """Whether what is sent now is part of what is being recorded already."""
    return _inside.get() is not None


@contextmanager
def inside(sent: list[str]) -> Iterator[None]:
    """Take what is sent meanwhile for a part of one question.

    Args:
        sent: Gets a line for each request that ended.
    """
    before = _inside.set(sent)
    try:
        yield
    finally:
        _inside.reset(before)


def note_sent(request: str, outcome: str) -> None:
    """Note a request that has ended, if it is part of a question.

    >>> sent: list[str] = []
    >>> with inside(sent):
    ...     note_sent("POST /api/chat", "status 429")
    >>> sent
    ['POST /api/chat: status 429']
    """
    if (sent := _inside.get()) is not None:
        sent.append(f"{request}: {outcome}")
