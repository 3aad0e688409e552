"""What two answers have in common and where they differ, phrase by phrase."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

_LONGEST = 3_000  # words of each text; more would take seconds
_EXACT = 300  # words up to which those that are frequent count too, which takes time
_GLUE = 3  # characters of the longest word that, alone between two differences, belongs to them
_FEW = 6  # words in which one number stands for another
_WORD = re.compile(r"(\d+(?:[.,:/-]\d+)*%?|\w+|[^\w\s])(\s*)")
_MONTHS = (
    "january february march april may june july august september october november december "
    "januar februar märz mai juni juli oktober dezember "
    "monday tuesday wednesday thursday friday saturday sunday "
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag"
)
_DATES = frozenset(_MONTHS.split())


class Part(NamedTuple):
    """A part of an answer beside a baseline's.

    Attributes:
        kind: "same", "missing" (only the baseline has it), "added" (only the answer has it), or "against": both have a
            number or a date in this place, and not the same.
        text: What stands there.
        was: Of "against" what the baseline has.
    """

    kind: Literal["same", "missing", "added", "against"]
    text: str
    was: str = ""


def differences(baseline: str, text: str) -> list[Part] | None:
    """Tell what an answer has beside a baseline's, and what it lacks, in the order of reading.

    Blanks and line breaks do not count. None where the texts are too long to be compared while someone waits.

    >>> differences("Seit 1949 in Bonn.", "Seit 1990 in Bonn.")
    [Part(kind='same', text='Seit ', was=''), Part(kind='against', text='1990 ', was='1949 '), \
Part(kind='same', text='in Bonn.', was='')]
    """
    old, new = list(_words(baseline)), list(_words(text))
    if max(len(old), len(new)) > _LONGEST:
        return None
    keys = [key for key, _ in old], [key for key, _ in new]
    matcher = SequenceMatcher(None, *keys, autojunk=max(len(old), len(new)) > _EXACT)
    parts: list[Part] = []
    for before, after, is_same in _joined([key for key, _ in old], matcher.get_opcodes()):
        was, now = _text(old[before]), _text(new[after])
        if is_same:
            parts.append(Part("same", now))
        elif _contradict(old[before], new[after]):
            parts.append(Part("against", now, was))
        else:
            parts += [Part("missing", was)] if was else []
            parts += [Part("added", now)] if now else []
    return parts


def share_alike(parts: Sequence[Part]) -> float:
    """The share of words that both texts have, of all that either has."""
    same = sum(_count(part.text) for part in parts if part.kind == "same")
    other = sum(max(_count(part.text), _count(part.was)) for part in parts if part.kind != "same")
    return same / (same + other) if same + other else 1.0


def _count(text: str) -> int:
    return sum(key[0].isalnum() for key, _ in _words(text))


_Words = list[tuple[str, str]]


def _words(text: str) -> Iterator[tuple[str, str]]:
    """The words of a text: each as it is compared, and with the blanks behind it."""
    return ((found[1], found[0]) for found in _WORD.finditer(text))


def _text(words: _Words) -> str:
    return "".join(whole for _, whole in words)


def _joined(old: Sequence[str], steps: Sequence[tuple[str, int, int, int, int]]) -> Iterator[tuple[slice, slice, bool]]:
    """Stretches of both texts, alike and not alike in turn; a small word alone between two others is one of them."""
    start: tuple[int, int] | None = None
    end = (0, 0)
    for number, (tag, old_start, old_end, new_start, new_end) in enumerate(steps):
        is_glue = (
            tag == "equal" and 0 < number < len(steps) - 1 and old_end - old_start == 1 and _is_small(old[old_start])
        )
        if tag != "equal" or is_glue:
            start, end = start or (old_start, new_start), (old_end, new_end)
            continue
        if start is not None:
            yield slice(start[0], end[0]), slice(start[1], end[1]), False
            start = None
        yield slice(old_start, old_end), slice(new_start, new_end), True
    if start is not None:
        yield slice(start[0], end[0]), slice(start[1], end[1]), False


def _is_small(word: str) -> bool:
    return len(word) <= _GLUE and not word[0].isdigit()


def _contradict(old: _Words, new: _Words) -> bool:
    """Whether both have numbers or dates, and other ones, in a few words: of more nobody knows what meets what."""
    before, after = _exact(old), _exact(new)
    return max(len(old), len(new)) <= _FEW and bool(before and after) and before != after


def _exact(words: _Words) -> list[str]:
    return [key.lower() for key, _ in words if key[0].isdigit() or key.lower() in _DATES]
