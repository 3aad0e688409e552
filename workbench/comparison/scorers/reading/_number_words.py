"""Numbers that are written as words, in German and English."""

from __future__ import annotations

import re

_SMALL = {
    "null": 0, "eins": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9,
    "zehn": 10, "elf": 11, "zwölf": 12, "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "zwo": 2,
    "ein": 1, "eine": 1, "einen": 1, "einem": 1, "einer": 1,
    "dreizehn": 13, "vierzehn": 14, "fünfzehn": 15, "sechzehn": 16, "siebzehn": 17, "achtzehn": 18, "neunzehn": 19,
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "zwanzig": 20, "dreissig": 30, "vierzig": 40, "fünfzig": 50, "sechzig": 60, "siebzig": 70,
    "achtzig": 80, "neunzig": 90,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_HUNDRED, _THOUSAND = ("hundert", "hundred"), ("tausend", "thousand")
# Articles and a pronoun, which count nothing where they stand in a sentence.
_ARTICLES = frozenset(("ein", "eine", "einen", "einem", "einer", "one"))
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def last_number_word(text: str) -> tuple[str, int] | None:
    """The last word of a folded text that is a number, and the number; None where there is none.

    An article counts only where the text is nothing else.

    >>> last_number_word("das sind einundzwanzig."), last_number_word("ein amt"), last_number_word("forty-two")
    (('einundzwanzig', 21), None, ('forty-two', 42))
    """
    words = _WORD.findall(text)
    for word in reversed(words):
        value = word_value(word)
        if value is not None and (len(words) == 1 or word not in _ARTICLES):
            return word, value
    return None


def word_value(word: str) -> int | None:
    """The number that a folded word is, below a million; None where it is not a number.

    >>> word_value("zweitausenddreihundertvierundfünfzig"), word_value("haus")
    (2354, None)
    """
    return _scaled(word.replace("-", ""))


def _scaled(word: str) -> int | None:
    for names, factor in ((_THOUSAND, 1000), (_HUNDRED, 100)):
        for name in names:
            before, found, after = word.partition(name)
            if found:
                times = _scaled(before) if before else 1
                rest = _scaled(after.removeprefix("und").removeprefix("and")) if after else 0
                return None if times is None or rest is None or times >= 1000 else times * factor + rest
    return _below_hundred(word)


def _below_hundred(word: str) -> int | None:
    if word in _SMALL or word in _TENS:
        return _SMALL.get(word, _TENS.get(word))
    for name, tens in _TENS.items():
        if word.endswith(f"und{name}"):  # vierundfünfzig
            ones = _SMALL.get(word.removesuffix(f"und{name}"))
        elif word.startswith(name):  # fiftyfour
            ones = _SMALL.get(word.removeprefix(name))
        else:
            continue
        return tens + ones if ones is not None and 0 < ones < 10 else None
    return None
