"""What comes of one cell's answer, from its first piece to its result."""

from __future__ import annotations

from time import perf_counter

from workbench.compare._plan import Cell
from workbench.compare._result import Result
from workbench.errors import EngineError, StreamCutError
from workbench.messages import Finish, Piece, Reply, Timing


class Received:
    """What has come of one cell's answer until now.

    Args:
        tries: Which try of asking it this is, from 1.

    Attributes:
        model: Who answers; "" until that is known.

    >>> received = Received(1)
    >>> received.add(Piece("Ein Amt"))
    >>> received.pieces
    1
    """

    def __init__(self, tries: int) -> None:
        self.model = ""
        self._tries = tries
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._reply: Reply | None = None
        self._start = perf_counter()

    @property
    def pieces(self) -> int:
        """How many pieces have come: about as many as tokens, where the server sends them one by one."""
        return len(self._texts) + len(self._thoughts)

    def add(self, piece: Piece) -> None:
        """Take a piece."""
        if piece.reply is not None:
            self._reply = piece.reply
        if piece.reasoning:
            self._thoughts.append(piece.reasoning)
        if piece.text:
            self._texts.append(piece.text)

    def ended(self, cell: Cell) -> Result:
        """The result of a stream that has come to its end."""
        if self._reply is not None:
            return Result(cell, self._reply, tries=self._tries)
        error = StreamCutError("the answer ended without its end", where=self.model, advice="see the server's log")
        return self.failed(cell, error)

    def cancelled(self, cell: Cell) -> Result:
        """The result of a stream that was cancelled; one whose reply was there already is not spoilt by that."""
        return Result(cell, self._reply or self._partial("cancelled"), tries=self._tries)

    def failed(self, cell: Cell, error: Exception) -> Result:
        """The result of a stream that failed, with what had come of it."""
        reply = self._reply or (error.reply if isinstance(error, EngineError) else None)
        if reply is None and (self._texts or self._thoughts):
            reply = self._partial("unknown")
        return Result(cell, reply, error, self._tries)

    def _partial(self, finish: Finish) -> Reply:
        timing = Timing(0.0, None, perf_counter() - self._start, None)
        text, thoughts = "".join(self._texts), "".join(self._thoughts)
        return Reply(text=text, reasoning=thoughts, finish=finish, model=self.model, timing=timing)
