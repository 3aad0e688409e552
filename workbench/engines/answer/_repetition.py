"""Seeing that an answer has begun to repeat itself, while it comes."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator

STEP = 256  # characters from one look to the next, once the end of a text has been there before
_SELDOM = 2 * STEP  # the same until then; a circle is longer than this before it counts
_NEAR = 2048  # how far a look reaches back, in characters
_FAR = 6144  # the same of some looks, as it costs more
_FARTHER = 4 * STEP
_PROBE = 16  # by so many characters the end of a cycle is found again
_TRIES = 12  # at so many places the end of a cycle may stand once more inside it
_LEAST = 600  # characters of a cycle with words in it, or of blanks, with all its rounds
_WITHOUT_WORDS = 1200  # the same of a cycle of numbers and signs, as tables and drawings have them too
_COUNTED = 1500  # the same where a cycle changes by its numbers alone
_ROUNDS = 16  # of such a cycle at least, and no more than
_MOST_ROUNDS = 100
_ITEM = 400  # characters of one of its rounds at most
_DIGITS = 15
_SENTENCE = 20  # characters of a sentence or line that tells something, at least
_SENTENCES = 24  # as many of them at least that say nothing new
_TIMES = 3  # as often each of them must have been said
_DENSE = ((1536, 0.05), (3072, 0.05))  # so many bytes that compress to so little of them hold hardly anything new
_WORDS = 40  # bytes for each word at most in such a text, as drawings and tables of numbers compress well too

_DIGIT = re.compile(r"[0-9]")
_NUMBER = re.compile(r"[0-9]+")
_WORD = re.compile(r"[^\W\d_]{2}")
_ENDS = re.compile(r"(?<=[.!?;])\s+|\n+")


class Watch:
    """Looks at a text that grows, after every so many characters, however it is cut into pieces.

    Attributes:
        found: Whether the text has begun to repeat itself.

    >>> watch = Watch()
    >>> watch.take("Das Amt ist zuständig. " * 20)
    >>> watch.found
    False
    >>> watch.take("Das Amt ist zuständig. " * 20)
    >>> watch.found
    True
    """

    __slots__ = ("_ahead", "_far", "_step", "_tail", "found")

    def __init__(self) -> None:
        self.found = False
        self._tail = ""
        self._ahead = ""
        self._step = _SELDOM
        self._far = 0  # characters since a look that reached far

    def take(self, text: str) -> None:
        """Take what has come since the last time."""
        self._ahead += text
        while len(self._ahead) >= self._step and not self.found:
            step = self._step
            self._tail = (self._tail + self._ahead[:step])[-_FAR:]
            self._ahead = self._ahead[step:]
            self._far += step
            self._look()

    def _look(self) -> None:
        is_far = self._far >= _FARTHER
        reach = _FAR if is_far else _NEAR
        if is_far:
            self._far = 0
        if not _was_there(self._tail, reach):
            self._step = _SELDOM
            return
        self._step = STEP
        self.found = repeats_itself(self._tail[-reach:])
        if is_far and not self.found:
            self.found = says_nothing_new(self._tail) or hardly_varies(self._tail)


def _was_there(tail: str, reach: int) -> bool:
    """Whether the end of a text stands there once before, but for its numbers: the cheap question that most texts end.

    Args:
        tail: The text.
        reach: How far back it is looked for, in characters.
    """
    start = max(0, len(tail) - reach)
    if _DIGIT.search(tail, len(tail) - 2 * _PROBE) is None:
        return tail.find(tail[-_PROBE:], start, len(tail) - 1) >= 0
    end = tail[-2 * _PROBE :]
    return tail.find(max(_NUMBER.split(end), key=len), start, len(tail) - len(end)) >= 0


def repeats_itself(tail: str) -> bool:
    """Whether the end of a text is a cycle that goes round and round, longer than texts that people write do.

    A cycle may have numbers that go up or down by the same amount each time, as where a list repeats one item for ever.
    Tables of numbers, refrains and dividing lines are not such cycles.

    >>> repeats_itself("Amt, " * 300), repeats_itself("Amt, " * 20)
    (True, False)
    >>> repeats_itself(" ".join(f"{number}. Ja." for number in range(200)))
    True
    >>> repeats_itself(" ".join(f"{number * number % 97}. Ja." for number in range(200)))
    False
    """
    return len(tail) >= _LEAST and (any(_is_cycle(tail, period) for period in _periods(tail)) or _counts(tail))


def says_nothing_new(tail: str) -> bool:
    """Whether the end of a text has only sentences or lines that were said several times before, in whatever order.

    >>> import random
    >>> said = [f"Das Amt für {name} ist heute zuständig. " for name in ("Bau", "Sport", "Verkehr", "Umwelt")]
    >>> says_nothing_new("".join(random.Random(1).choices(said, k=120)))
    True
    """
    if tail.count(tail[-_PROBE:]) < _TIMES:
        return False
    *whole, _ = _ENDS.split(tail)
    latest = [each for each in whole if each.strip()][-_SENTENCES:]
    often = Counter(whole)
    return len(latest) == _SENTENCES and all(
        len(each) >= _SENTENCE and often[each] >= _TIMES and _WORD.search(each) for each in latest
    )


def hardly_varies(tail: str) -> bool:
    """Whether the end of a text is the same few words over and over, in whatever order and however spaced.

    It is if deflate, which writes a repetition as its distance and length, leaves a twentieth of it. What people write
    leaves more: of 5,009 files that have words the densest, a table of "TRUE" and "FALSE", leaves 0.072 of 1,536 bytes,
    the next one 0.084; a survey with three random answers leaves 0.061 of 3,072.

    Source: Benedetto, Caglioti and Loreto, Language Trees and Zipping, Physical Review Letters 88, 048702 (2002): the
    compressed length as a measure of what is new in a text.

    >>> import random
    >>> said = ["Antrag", "Antrag: ", "**Antrag**, "]
    >>> hardly_varies("".join(random.Random(1).choices(said, (30, 1, 1), k=400)))
    True
    >>> hardly_varies("".join(random.Random(1).choices(["ja, ", "nein, "], k=800)))
    False
    """
    text = tail.encode(errors="replace")
    return any(
        len(text) >= length
        and len(zlib.compress(text[-length:])) < share * length
        and len(_WORD.findall(tail, len(tail) - length)) * _WORDS >= length
        for length, share in _DENSE
    )


def _periods(text: str) -> Iterator[int]:
    """The distances from the end of a text to where the same end stands before, the nearest first."""
    probe, end = text[-_PROBE:], len(text) - 1
    for _ in range(_TRIES):
        at = text.rfind(probe, 0, end)
        if at < 0:
            return
        yield len(text) - _PROBE - at
        end = at + _PROBE - 1


def _is_cycle(text: str, period: int) -> bool:
    if not _goes_round(text, period, max(_LEAST, (4 if period <= _ITEM else 3) * period)):
        return False
    cycle = text[-period:]
    return bool(_WORD.search(cycle)) or cycle.isspace() or _goes_round(text, period, _WITHOUT_WORDS)


def _goes_round(text: str, period: int, length: int) -> bool:
    """Whether the last `length` characters are a cycle of this period."""
    return length <= len(text) and text[-length:-period] == text[period - length :]


def _counts(tail: str) -> bool:
    """Whether the end of a text is a cycle with words, of which nothing changes but numbers, each by steady steps."""
    # Most texts and tables end here: what stands between two numbers is in every round.
    end = tail[-2 * _PROBE :]
    between = max(_NUMBER.split(end), key=len)
    if tail.find(between, -len(end) - _ITEM, -len(end)) < 0 or not _WORD.search(between):
        return False
    whole = tail.rstrip("0123456789")  # more of the last number may come
    plain = _NUMBER.sub("0", whole)
    for period in _periods(plain):
        length = max(_LEAST, _ROUNDS * period, min(_COUNTED, _MOST_ROUNDS * period))
        cycle = plain[-period:]
        if period <= _ITEM and _WORD.search(cycle) and _goes_round(plain, period, length):
            numbers = _NUMBER.findall(whole)[-plain.count("0", len(plain) - length) :]
            if _are_steady(numbers, cycle.count("0")):
                return True
    return False


def _are_steady(numbers: list[str], each: int) -> bool:
    """Whether numbers, of which a round has so many, change from round to round by the same amount."""
    if not each or max(map(len, numbers)) > _DIGITS:
        return False
    values = list(map(int, numbers))
    steps = [later - earlier for earlier, later in zip(values, values[each:], strict=False)]
    return steps[each:] == steps[:-each]
