"""An answer's words in a number, so that a page which does not have the texts knows how much they differ."""

from __future__ import annotations

import re

import numpy as np

_WORD = re.compile(r"\w+")
_BYTES = 6  # 48 bits, which a number in JavaScript holds exactly


def sketch(text: str) -> int:
    """The words of a text in 48 bits (a simhash), which differ in about as many places as the words of two texts do.

    It holds for this process only. Order and number of the words do not count.

    >>> bits = sketch("Die Gemeinde ist zuständig") ^ sketch("die Gemeinde ist ZUSTÄNDIG.")
    >>> bits.bit_count()
    0
    >>> sketch("")
    0
    """
    words = set(_WORD.findall(text.lower()))
    if not words:
        return 0
    hashes = np.fromiter(map(hash, words), np.int64, len(words)).view(np.uint8).reshape(-1, 8)[:, :_BYTES]
    bits = 2 * np.unpackbits(hashes, axis=1).sum(axis=0, dtype=np.int64) > len(words)
    return int.from_bytes(np.packbits(bits).tobytes(), "big")
