"""Search by words, which needs no model: passages that hold the rarer words of a question more often come first."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

_WORD = re.compile(r"\w+")
_SATURATION, _LENGTH = 1.2, 0.75  # the usual values of both constants


class WordIndex:
    """Texts that are found by the words in them.

    Source: S. Robertson and H. Zaragoza (2009), The Probabilistic Relevance Framework: BM25 and Beyond.

    >>> WordIndex(["Die Gebühr beträgt 12 Euro.", "Das Amt ist montags zu."]).nearest("Welche Gebühr?", 5)
    [0]
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._holding: dict[str, list[tuple[int, float]]] = defaultdict(list)
        counts = [Counter(_words(text)) for text in texts]
        lengths = [sum(one.values()) for one in counts]
        usual = sum(lengths) / max(1, len(lengths)) or 1.0
        for number, (count, length) in enumerate(zip(counts, lengths, strict=True)):
            dampened = _SATURATION * (1 - _LENGTH + _LENGTH * length / usual)
            for word, times in count.items():
                self._holding[word].append((number, times * (_SATURATION + 1) / (times + dampened)))
        self._size = len(texts)

    def nearest(self, question: str, count: int) -> list[int]:
        """The numbers of the texts that fit best, the best first; none that has no word of the question."""
        scores: dict[int, float] = defaultdict(float)
        for word in set(_words(question)):
            holding = self._holding.get(word, ())
            rarity = math.log(1 + (self._size - len(holding) + 0.5) / (len(holding) + 0.5))
            for number, weight in holding:
                scores[number] += rarity * weight
        return sorted(scores, key=lambda number: (-scores[number], number))[:count]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
