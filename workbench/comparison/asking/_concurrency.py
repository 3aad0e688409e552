"""How many requests are kept in flight on a server: found while it answers, so that nobody has to know it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

MOST = 512  # more than most servers work on at once, and fewer than the sockets that a process may have open
LOOK_S = 0.025
_GAIN = 1.03  # of the rate, from which more in flight is worth the wait that it costs each answer
_LOSS = 0.9
_UNSURE = (0.97, 1.08)  # gains that are looked at for longer before anything follows from them
_PIECES_EACH = 4
_PIECES_EACH_UNSURE = 24
_PIECES_EACH_CUT = 2
_WINDOW_S = 0.1
_ENDED = 4
_AFTER_REFUSAL = 2 / 3
_DOUBLE = 2.0
_STEP = 1.25
_FIRST_REST_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """How the asking of a server goes at one moment.

    Attributes:
        at_s: When this is, in seconds of any clock.
        pieces: How many pieces of answers have come until now.
        ended: How many answers have ended until now.
        in_flight: How many requests are in flight.
        waiting: How many of them have no first piece yet.
        refused: How often the server has said until now that it is asked too much.
    """

    at_s: float
    pieces: int
    ended: int
    in_flight: int
    waiting: int
    refused: int


@dataclass(frozen=True, slots=True)
class _Trial:
    """Another level that is being tried.

    Attributes:
        level: The level before it.
        rate: Pieces per second at that level.
        calm: Whether that rate was measured while no request waited for its first piece. Only rates of one kind can be
            compared: reading prompts takes a server's time too, and brings no piece.
    """

    level: int
    rate: float
    calm: bool


class _Rest:
    """When something that did not pay is tried again: each time later."""

    def __init__(self) -> None:
        self._seconds = _FIRST_REST_S
        self._until_s: float | None = None

    def may(self, at_s: float) -> bool:
        """Whether it may be tried at this time."""
        return self._until_s is None or at_s >= self._until_s

    def rest(self, at_s: float) -> None:
        """It is not to be tried for a while."""
        self._until_s = at_s + self._seconds
        self._seconds *= 2


def _rate(begun: Snapshot, now: Snapshot) -> float:
    """Pieces per second between two looks."""
    return (now.pieces - begun.pieces) / (now.at_s - begun.at_s)


class _Calm:
    """A time in which no request waits for its first piece, from the end of one step of the server to that of another.

    A server sends a piece to everybody in each of its steps. Half a step more or less would spoil a short measurement,
    so it begins and ends at a look after which nothing came until the next; where steps are too quick to be told apart,
    they are too many to matter.
    """

    def __init__(self) -> None:
        self._begun: Snapshot | None = None
        self._seen: Snapshot | None = None
        self._grown: Snapshot | None = None

    def look(self, now: Snapshot, last: Snapshot) -> None:
        """Take in how the asking goes."""
        grows = now.pieces > last.pieces
        if not now.waiting:
            edge = (now if last is self._grown else None) if grows else self._grown
            if self._begun is None:
                self._begun = edge
            elif edge:
                self._seen = edge
        if grows:
            self._grown = now

    @property
    def pieces(self) -> int:
        """How many pieces came in it."""
        return self._seen.pieces - self._begun.pieces if self._begun and self._seen else 0

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self._seen.at_s - self._begun.at_s if self._begun and self._seen else 0.0

    @property
    def rate(self) -> float:
        """Pieces per second in it."""
        return _rate(self._begun, self._seen) if self._begun and self._seen else 0.0


class ConcurrencyControl:
    """How many requests are to be in flight on a server.

    The level is doubled while the pieces per second grow with it. Then it rests, and a little more is tried now and
    again, ever more rarely. Fewer are tried where requests wait for others to end before they get their first piece,
    as that costs latency and brings nothing; a server that says that it is asked too much gets a third fewer at once.
    A trial that does not pay is taken back.

    Growing as long as that pays and going back in steps comes from the congestion control of TCP (RFC 5681); that
    waiting requests tell of a full server before it refuses any, from TCP Vegas (L. Brakmo, L. Peterson, IEEE Journal
    on Selected Areas in Communications 13(8), 1995).

    Args:
        start: The level to begin with.
        least: The lowest level.
        most: The highest level.
        is_found: Whether the server was seen to take just so many at the start, so that more is seldom tried.

    Attributes:
        level: How many requests are to be in flight now.

    >>> flight = ConcurrencyControl(start=4)
    >>> flight.look(Snapshot(at_s=0.0, pieces=0, ended=0, in_flight=4, waiting=0, refused=0))
    >>> for second in range(1, 4):
    ...     flight.look(Snapshot(at_s=second, pieces=100 * second, ended=0, in_flight=4, waiting=0, refused=0))
    >>> flight.level
    8
    """

    def __init__(self, start: int, least: int = 1, most: int = MOST, *, is_found: bool = False) -> None:
        self.level = max(least, min(start, most))
        self._least = least
        self._most = most
        self._factor = _DOUBLE
        self._is_found = is_found
        self._trial: _Trial | None = None
        self._growing = _Rest()
        self._shrinking = _Rest()
        self._last: Snapshot | None = None
        self._changed: Snapshot | None = None
        self._calm = _Calm()
        self._mixed: Snapshot | None = None
        self._least_waiting = MOST

    def look(self, now: Snapshot) -> None:
        """Take in how the asking goes, and set the level by it; seeing the same once more tells nothing."""
        if self._last and now.at_s <= self._last.at_s:
            return
        if self._is_found and not self._last:
            self._stop_growing(now.at_s)
        last, self._last = self._last or now, now
        self._changed = self._changed or now
        if now.refused > last.refused:
            self._stop_growing(now.at_s)
            self._set(int(self.level * _AFTER_REFUSAL), now)
        elif not self._look_at_calm(now, last):
            self._look_at_mixed(now, last, self._changed)

    def _look_at_calm(self, now: Snapshot, last: Snapshot) -> bool:
        """Judge the time in which no request waits; whether something followed from it."""
        calm = self._calm
        calm.look(now, last)
        if now.waiting:
            self._calm = _Calm()
        each = calm.pieces / self.level
        if each < self._pieces_each(now) or calm.seconds < _WINDOW_S:
            return False
        if self._trial:
            can_be_longer = each < _PIECES_EACH_UNSURE and not now.waiting
            return self._trial.calm and self._judge(self._trial, calm.rate, now, can_be_longer=can_be_longer)
        return self._try_more(calm.rate, now, calm=True)

    def _pieces_each(self, now: Snapshot) -> int:
        """How many pieces of each request tell enough: at first few, as every moment at too low a level is lost."""
        if self._factor != _DOUBLE:
            return _PIECES_EACH_UNSURE
        return _PIECES_EACH_CUT if now.waiting else _PIECES_EACH

    def _look_at_mixed(self, now: Snapshot, last: Snapshot, changed: Snapshot) -> None:
        """Judge a time in which as many requests have ended as are in flight, whatever the state of the others."""
        if self._mixed is None:
            self._begin_mixed(now, last, changed)
            return
        self._least_waiting = min(self._least_waiting, now.waiting)
        ended, seconds = now.ended - self._mixed.ended, now.at_s - self._mixed.at_s
        if ended < max(self.level, _ENDED) or seconds < _WINDOW_S:
            return
        rate = _rate(self._mixed, now)
        if self._trial and self._trial.calm:
            self._trial = None  # it is never calm at this level
        if self._trial:
            judged = self._judge(self._trial, rate, now, can_be_longer=ended < 2 * self.level)
        else:
            judged = self._try_less(rate, now) or self._try_more(rate, now, calm=False)
        if not judged and not self._trial:
            self._mixed, self._least_waiting = now, now.waiting

    def _begin_mixed(self, now: Snapshot, last: Snapshot, changed: Snapshot) -> None:
        """Begin with that time once the requests of the level before have ended, unless a long queue is seen first."""
        if max(now.in_flight, last.in_flight) > self.level:
            self._changed = now
            return
        self._least_waiting = min(self._least_waiting, now.waiting)
        ended = now.ended - changed.ended
        is_queue = ended >= _ENDED and self._least_waiting >= self.level / 2
        if is_queue and self._try_less(_rate(changed, now), now):
            return
        if ended >= self.level:
            self._mixed, self._least_waiting = now, now.waiting

    def _judge(self, trial: _Trial, rate: float, now: Snapshot, *, can_be_longer: bool) -> bool:
        """Whether it is known now what becomes of a trial."""
        gain = rate / trial.rate
        if can_be_longer and _UNSURE[0] < gain < _UNSURE[1]:
            return False
        self._trial = None
        is_more = self.level > trial.level
        if gain < (_GAIN if is_more else 1 / _GAIN):
            # What was doubled and brought little is too near to the best level to be taken back.
            self._set(self.level if is_more and self._factor == _DOUBLE and gain > _LOSS else trial.level, now)
            (self._stop_growing if is_more else self._shrinking.rest)(now.at_s)
        elif not is_more:
            self._stop_growing(now.at_s)
            self._set(self.level, now)
        elif not self._try_more(rate, now, calm=trial.calm):
            self._set(self.level, now)
        return True

    def _try_more(self, rate: float, now: Snapshot, *, calm: bool) -> bool:
        level = ceil(self.level * self._factor)
        return self._growing.may(now.at_s) and self._try(level, rate, now, calm=calm)

    def _try_less(self, rate: float, now: Snapshot) -> bool:
        level = self.level - self._least_waiting
        may = bool(self._least_waiting) and self._shrinking.may(now.at_s)
        return may and self._try(level, rate, now, calm=False)

    def _try(self, level: int, rate: float, now: Snapshot, *, calm: bool) -> bool:
        before = self.level
        self._set(level, now)
        self._trial = _Trial(before, rate, calm) if self.level != before and rate else None
        return self._trial is not None

    def _stop_growing(self, at_s: float) -> None:
        self._trial, self._factor = None, _STEP
        self._growing.rest(at_s)

    def _set(self, level: int, now: Snapshot) -> None:
        self.level = max(self._least, min(level, self._most))
        self._changed, self._calm, self._mixed = now, _Calm(), None
        self._least_waiting = MOST
