"""What comes of one cell's answer, from its first piece to its result."""

from __future__ import annotations

from time import perf_counter

from workbench.comparison.asking._turns import together, without_end
from workbench.comparison.plan._plan import Cell
from workbench.comparison.results._result import Result
from workbench.errors import EngineError
from workbench.messages import Finish, Piece, Reply, Timing


class PartialAnswer:
    """What has come of one cell's answer until now.

    Args:
        tries: Which try of asking it this is, from 1.
        answers: How many answers make it whole: one, or as many as a dialogue has turns.

    Attributes:
        model: Who answers; "" until that is known.
        pieces: How many pieces have come: about as many as tokens, where the server sends them one by one.

    >>> received = PartialAnswer(1)
    >>> received.add(Piece("Ein Amt"))
    >>> received.pieces
    1
    """

    def __init__(self, tries: int, answers: int = 1) -> None:
        self.model = ""
        self.pieces = 0
        self._tries = tries
        self._answers = answers
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._replies: list[Reply] = []
        self._start = perf_counter()

    def add(self, piece: Piece) -> None:
        """Take a piece."""
        if piece.reply is not None:
            self._replies.append(piece.reply)
            self._texts, self._thoughts, self._start = [], [], perf_counter()
            return
        if piece.was_reasoning:
            self._texts.clear()
        if piece.reasoning:
            self._thoughts.append(piece.reasoning)
            self.pieces += 1
        if piece.text:
            self._texts.append(piece.text)
            self.pieces += 1

    def ended(self, cell: Cell) -> Result:
        """The result of a stream that has come to its end."""
        if len(self._replies) == self._answers:
            return self._result(cell, together(self._replies), self._replies[:-1])
        return self.failed(cell, without_end(self.model))

    def cancelled(self, cell: Cell) -> Result:
        """The result of a stream that was cancelled; one whose reply was there already is not spoilt by that."""
        if len(self._replies) == self._answers:
            return self.ended(cell)
        return self._result(cell, self._partial("cancelled"), self._replies)

    def failed(self, cell: Cell, error: Exception) -> Result:
        """The result of a stream that failed, with what had come of it."""
        if len(self._replies) == self._answers:
            return self._result(cell, together(self._replies), self._replies[:-1], error)
        reply = error.reply if isinstance(error, EngineError) and isinstance(error.reply, Reply) else None
        if reply is None and (self._texts or self._thoughts):
            reply = self._partial("unknown")
        return self._result(cell, reply, self._replies, error)

    def _result(self, cell: Cell, reply: Reply | None, earlier: list[Reply], error: Exception | None = None) -> Result:
        return Result(cell, reply, error, self._tries, tuple(earlier))

    def _partial(self, finish: Finish) -> Reply:
        timing = Timing(0.0, None, perf_counter() - self._start, None)
        text, thoughts = "".join(self._texts), "".join(self._thoughts)
        return Reply(text=text, reasoning=thoughts, finish=finish, model=self.model, timing=timing)
