"""What an engine sends while it answers: part of the answer, and not kept by itself."""

from __future__ import annotations

from contextvars import ContextVar

_inside: ContextVar[list[str] | None] = ContextVar("inside", default=None)


def is_inside() -> bool:
    """Whether what is sent now is part of what is being recorded already."""
    return _inside.get() is not None


class Inside:
    """Takes what is sent meanwhile for a part of one question; entered and left with every piece of an answer.

    Args:
        sent: Gets a line for each request that ended.
    """

    __slots__ = ("_before", "_sent")

    def __init__(self, sent: list[str]) -> None:
        self._sent = sent

    def __enter__(self) -> None:
        self._before = _inside.set(self._sent)

    def __exit__(self, *_: object) -> None:
        _inside.reset(self._before)


def note_sent(request: str, outcome: str) -> None:
    """Note a request that has ended, if it is part of a question.

    >>> sent: list[str] = []
    >>> with Inside(sent):
    ...     note_sent("POST /api/chat", "status 429")
    >>> sent
    ['POST /api/chat: status 429']
    """
    if (sent := _inside.get()) is not None:
        sent.append(f"{request}: {outcome}")
