"""How a comparison gets on: tokens per second, cells that are left, and about how long they take."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic
from typing import TYPE_CHECKING

from workbench.language import Language
from workbench.views._progress_words import progress_words

if TYPE_CHECKING:
    from workbench.comparison import Cell, Result

_WINDOW_S = 30.0
_SHORTEST_S = 1.0
_LEAST_LEFT = 0.25  # of a usual answer
_STEP_S = 0.25  # what comes within it is one entry, so that a window has a hundred of them and not ten thousand


class Headway:
    """What comes of a comparison's cells, and what follows from it for those that are left.

    Servers work at the same time, so that the slowest decides. Of each the cells that are left are taken to bring as
    much as those that have ended, at the pace of the last half minute. It may be read from any thread.

    Args:
        servers: For each candidate the server that it is on; those of one server share its time.
        cells: How many cells each candidate has.
        clock: Seconds, from anywhere.

    Attributes:
        left: How many cells have no result yet.

    >>> from workbench.comparison import Cell, Result
    >>> from workbench.messages import Reply, Usage
    >>> now, cell = 0.0, Cell(0, 0, 0, 0)
    >>> headway = Headway(["gpu"], 4, clock=lambda: now)
    >>> headway.began(cell)
    >>> now = 2.0
    >>> for _ in range(20): headway.piece(cell)
    >>> headway.ended(cell, Result(cell, Reply(text="…", finish="stop", usage=Usage(5, 20))))
    >>> headway.tokens_per_s, headway.left, headway.seconds_left
    (10.0, 3, 6.0)
    >>> headway.line("en")
    '10 tokens/s, 3 left, about 6 s'
    """

    def __init__(self, servers: Iterable[str], cells: int, clock: Callable[[], float] = monotonic) -> None:
        self._servers = list(servers)
        self._lanes = {name: _Lane(clock, cells * self._servers.count(name)) for name in self._servers}

    def began(self, cell: Cell) -> None:
        """Note that a cell is being asked now; what had come of it counts no more."""
        self._lane(cell).began(cell.index)

    def piece(self, cell: Cell) -> None:
        """Note that a piece of its answer has come."""
        self._lane(cell).piece(cell.index)

    def ended(self, cell: Cell, result: Result) -> None:
        """Note that it has a result. One that never began was known before, and tells nothing of the pace."""
        if result.status == "answered" and result.reply is not None:
            self._lane(cell).answered(cell.index, result.reply.usage.completion_tokens)
        else:
            self._lane(cell).failed(cell.index)

    def again(self, cell: Cell) -> None:
        """Note that a cell which had a result is to be asked again."""
        self._lane(cell).left += 1

    @property
    def left(self) -> int:
        """How many cells have no result yet."""
        return sum(lane.left for lane in self._lanes.values())

    @property
    def tokens_per_s(self) -> float | None:
        """Tokens of all answers in a second, over the last half minute; None where that cannot be said."""
        known = [rate for lane in self._lanes.values() if (rate := lane.tokens_per_s) is not None]
        return sum(known) if known else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the last cell has a result; None where a server has not brought enough to say so."""
        each = [lane.seconds_left for lane in self._lanes.values() if lane.left]
        known = [seconds for seconds in each if seconds is not None]
        return max(known) if known and len(known) == len(each) else None

    def line(self, language: Language) -> str:
        """Put all of it into one phrase; "" where nothing is left."""
        if not self.left:
            return ""
        return progress_words(language).headway(self.tokens_per_s, self.left, self.seconds_left)

    def _lane(self, cell: Cell) -> _Lane:
        return self._lanes[self._servers[cell.candidate]]


class _Lane:
    """One server's part. What has come is counted in pieces, which are all that is known while an answer grows."""

    def __init__(self, clock: Callable[[], float], cells: int) -> None:
        self.left = cells
        self._clock = clock
        self._open: dict[int, int] = {}
        self._come = 0
        self._seen: deque[tuple[float, int]] = deque()
        self._answers = 0
        self._pieces_of_answers = 0
        self._tokens_of_answers = 0

    def began(self, cell: int) -> None:
        if not self._seen:
            self._seen.append((self._clock(), 0))
        self._open[cell] = 0

    def piece(self, cell: int) -> None:
        self._open[cell] = self._open.get(cell, 0) + 1
        self._count(1)

    def answered(self, cell: int, tokens: int | None) -> None:
        self.left -= 1
        if cell not in self._open:
            return
        pieces = self._open.pop(cell)
        if not pieces:  # asked by another process, which tells no pieces
            pieces = tokens or 1
            self._count(pieces)
        self._answers += 1
        self._pieces_of_answers += pieces
        self._tokens_of_answers += tokens or 0

    def failed(self, cell: int) -> None:
        self.left -= 1
        self._open.pop(cell, None)

    def _count(self, pieces: int) -> None:
        self._come += pieces
        now = self._clock()
        if len(self._seen) > 1 and now - self._seen[-2][0] < _STEP_S:
            self._seen.pop()
        self._seen.append((now, self._come))
        while now - self._seen[0][0] > _WINDOW_S and len(self._seen) > 2:
            self._seen.popleft()

    @property
    def _pieces_per_s(self) -> float | None:
        if not self._seen:
            return None
        seconds = self._clock() - self._seen[0][0]
        come = self._come - self._seen[0][1]
        return come / seconds if seconds >= _SHORTEST_S and come else None

    @property
    def tokens_per_s(self) -> float | None:
        rate = self._pieces_per_s
        if rate is None or not self.left:
            return None
        if not self._answers:
            return rate  # servers send a piece for each token, as a rule
        return rate * self._tokens_of_answers / self._pieces_of_answers or None

    @property
    def seconds_left(self) -> float | None:
        rate = self._pieces_per_s
        if rate is None or not self._answers:
            return None
        usual = self._pieces_of_answers / self._answers
        to_begin = max(self.left - len(self._open), 0) * usual
        # One that is longer than usual already is not over for that.
        growing = sum(max(usual - pieces, usual * _LEAST_LEFT) for pieces in list(self._open.values()))
        return (to_begin + growing) / rate
