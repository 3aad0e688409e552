"""The scorer of numbers, and how a number is found in an answer, in German and in English notation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from numbers import Real
from typing import Any, Literal

from workbench.comparison.scorers.reading._number_words import last_number_word
from workbench.comparison.scorers.reading._reference import as_text, reference
from workbench.comparison.scorers.reading._texts import folded, identity, visible
from workbench.comparison.scoring._scorer import Row, Score, Scorer
from workbench.errors import UsageError
from workbench.texts import quoted

Mark = Literal[".", ","]

_LONGEST = 100  # characters; a longer run of digits is not a number that anyone compares
_LONGEST_EXPONENT = 4
_NARROW = "\u00a0\u202f\u2009\u2007"  # spaces that only typesetting puts between digits
_FOUND = re.compile(
    # What begins with a letter is a name and no number, with all digits in it: "CO2", "v1.2", "GPT4.5".
    r"[^\W\d]\w*(?:(?<=[0-9])[.,:/'’][0-9]+)*"
    # A sign belongs to the number only where nothing stands before it that it could join: "10-12", "Covid-19".
    rf"|(?P<sign>(?<![\w)\]%])[-−–+](?:[€$£¥]\s?)?)?"
    rf"(?P<digits>(?:[0-9]{{1,9}} )?[0-9]{{1,4}}⁄[0-9]{{1,4}}"
    rf"|[0-9]{{1,9}} [0-9]/[0-9]{{1,2}}(?![0-9/])"
    rf"|(?:(?<![\w.])\.)?[0-9]+(?:[.,:/'’][0-9]+|[ {_NARROW}_][0-9]{{3}}(?![0-9]))*)"
    r"(?:[eE](?P<exponent>[-+−]?[0-9]+)(?!\w)"
    r"|\s?(?:[×·*x]|\\times|\\cdot)\s?10(?:\^|\*\*)\{?(?P<power>[-+−]?[0-9]+)\}?)?"
)
_SPACE = re.compile(f"[ {_NARROW}]")
_PLAIN = re.compile(r"[0-9]*(?:[.,][0-9]+)?")
_QUOTIENT = re.compile(r"(?:([0-9]+) )?([0-9]+)[/⁄]([0-9]+)")
_GROUPED = tuple(
    (re.compile(rf"[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+(?:{mark}[0-9]+)?"), re.compile(group))
    for group, mark in (
        (r"\.", ","), (",", r"\."), ("['’]", "[.,]"), ("_", "[.,]"), (f"[{_NARROW}]", "[.,]"), (" ", "[.,]")
    )
)  # fmt: skip
# What stands behind a number and multiplies it; "Billion" is a thousand times more in German than in English.
_SCALES = (
    (r"%|prozent\b|percent\b|v\.\s?h\.", ("0.01",)),
    (r"‰|promille\b", ("0.001",)),
    (r"tsd\b|tausend\b|thousand\b|t€|teur\b|k(?=€|eur\b|\b)", ("1e3",)),
    (r"mio\b|mill\b|million(?:en|s)?\b|mn\b|m(?=€|eur\b)|(?-i:(?<=[0-9])M\b)", ("1e6",)),
    (r"mrd\b|milliarden?\b|bn\b|billions\b", ("1e9",)),
    (r"billionen\b", ("1e12",)),
    (r"billion\b", ("1e9", "1e12")),
)
_SCALE = re.compile("|".join(f"({words})" for words, _ in _SCALES), re.IGNORECASE)
_BETWEEN = re.compile(rf"[ {_NARROW}]?")
_FRACTION = re.compile("(?<=[0-9])(?=[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒])")
_RAISED = re.compile("(?<=10)[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
# Where an answer says which of its numbers is the result.
_RESULT = re.compile(
    r"\\boxed\{|\b(?:antwort|ergebnis|endergebnis|lösung|answer|result)\b[*_ ]*(?:ist|lautet|is)?[*_ ]*[:=][*_ ]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A number in a text.

    Attributes:
        text: As it stands there.
        readings: What it may mean: two values for "1.234", which is 1234 in German and 1.234 in English.
        scaled: The same multiplied by the word behind it, such as "Mio." or "%"; empty where there is none.
        end: Where it ends in the text.
    """

    text: str
    readings: tuple[Decimal, ...]
    scaled: tuple[Decimal, ...] = ()
    end: int = 0


@dataclass(frozen=True, slots=True)
class Chosen:
    """The number of an answer that counts.

    Attributes:
        found: The number.
        rule: Why this one, "" where there is no other.
    """

    found: Found
    rule: str


def number(
    expected: Any = "expected",
    *,
    tolerance: float = 0.0,
    relative: float = 0.0,
    decimal: Mark | None = None,
    name: str = "number",
) -> Scorer:
    """Whether the answer's number is the expected one.

    Of several numbers, the one counts that is marked as the result ("Antwort: 42", a box of LaTeX), or else the last
    one; the score's note says which rule decided. Where there is no digit, the last word that is a number counts.

    German and English notation are read: "1.234,56", "1,234.56", "1 234,56", "1'234.56", "−3", "-€5", "2·10^3", "1e6",
    "3/4" as a quotient, "2½" and digits of other scripts. Digits inside names ("CO2"), dates (12.3.2024), times
    (14:30) and version numbers are not numbers.

    "1.234" and "1,234" mean 1234 in one notation and 1.234 in the other, and "5 100" may be one number or two;
    "3,5 Mio." is 3500000, or 3.5 where the table counts in millions, and "12 %" is 12 or 0.12: either reading counts,
    and the score's note tells which was taken.

    Args:
        expected: A text names the column of the table that holds it, as a number or as a text with one; a number or a
            list of them is accepted whatever the row.
        tolerance: How far the number may be off.
        relative: The same as a part of the expected number: 0.01 is one per cent. The larger of the two counts.
        decimal: "," or "." settles what "1.234" and "1,234" mean: it is the mark before the decimals.
        name: What tables call it.

    Returns:
        The scorer: True or False, False where the answer holds no number; None where the reference holds none.

    Raises:
        UsageError: If `expected` is empty, a tolerance is negative or no number, or `decimal` is another mark.

    >>> from workbench.comparison.scoring._scorer import Row
    >>> from workbench.messages import Reply
    >>> number(1234.5)(Row(0, "Wie viel?", "m", 0, Reply(text="Das kostet 1.234,50 €.", finish="stop")))
    Score(value=True, note='')
    """
    right = reference(expected)
    if not all(isinstance(value, Real) and isfinite(value) and value >= 0 for value in (tolerance, relative)):
        raise UsageError(f"tolerance= and relative= must be numbers from 0, not {tolerance!r} and {relative!r}")
    if decimal not in (None, ".", ","):
        raise UsageError(f'decimal= must be "." or ",", not {decimal!r}')
    settings = {"tolerance": tolerance, "relative": relative, "decimal": decimal}

    def is_near(reading: Decimal, wanted: Decimal) -> bool:
        allowed = max(Decimal(str(tolerance)), Decimal(str(relative)) * abs(wanted))
        return reading == wanted or abs(reading - wanted) <= allowed

    def score(row: Row) -> Score:
        values = right.accepted(row)
        if not values:
            return right.lacking
        wanted = [found for value in values if (found := _expected(value, decimal))]
        shown = " or ".join(quoted(as_text(value)) for value in values)
        if not wanted:
            return Score(None, f"the reference {shown} holds no number")
        chosen = chosen_number(row.answer, decimal)
        if chosen is None:
            return Score(False, f"expected {shown}, and the answer holds no number")
        note = _fitting(chosen, wanted, is_near)
        if note is not None:
            return Score(True, note)
        return Score(False, "; ".join(filter(None, (f"expected {shown}, got {chosen.found.text!r}", chosen.rule))))

    return Scorer(name, score, identity("number", 2, expected=right.identity, **settings), columns=right.columns)


def _fitting(chosen: Chosen, wanted: list[Found], is_near: Callable[[Decimal, Decimal], bool]) -> str | None:
    """By which rule a number is one of those that are expected; "" where it needs none, None where it is not."""
    for one in wanted:
        for reading, other, is_open in _meanings(chosen.found, one):
            if is_near(reading, other):
                taken = f"{chosen.found.text!r} was read as {reading:f}" if is_open else ""
                return "; ".join(filter(None, (taken, chosen.rule)))
    return None


def _meanings(found: Found, wanted: Found) -> Iterator[tuple[Decimal, Decimal, bool]]:
    """What a number and the expected one may both mean, and whether another meaning was left aside.

    Multipliers are overlooked only where just one of both has one: "3,5 Mio." and "3,5 Mrd." are not the same.
    """
    if found.scaled and wanted.scaled:
        pairs = [(found.scaled, wanted.scaled, len(found.scaled) > 1)]
    elif found.scaled:
        is_percent = abs(found.scaled[0]) <= abs(found.readings[0])
        plain = (found.readings, wanted.readings, len(found.readings) > 1 or not is_percent)
        scaled = (found.scaled, wanted.readings, True)
        pairs = [plain, scaled] if is_percent else [scaled, plain]
    elif wanted.scaled:
        pairs = [(found.readings, wanted.scaled, len(found.readings) > 1), (found.readings, wanted.readings, True)]
    else:
        pairs = [(found.readings, wanted.readings, len(found.readings) > 1)]
    for mine, others, is_open in pairs:
        yield from ((reading, other, is_open) for reading in mine for other in others)


def chosen_number(text: str, decimal: Mark | None = None) -> Chosen | None:
    """The number of an answer that counts, and by which rule; None where there is none.

    >>> chosen_number("Antwort: 42, denn 40 + 2 = 42 von 100").rule
    "of 5 numbers that after 'Antwort:' counts"
    >>> chosen_number("Es sind zwölf.").found.readings
    (Decimal('12'),)
    """
    text = _readable(text)
    there = list(numbers(text, decimal))
    if not there:
        word = last_number_word(folded(text))
        return None if word is None else Chosen(Found(word[0], (Decimal(word[1]),)), f"the word {word[0]!r} counts")
    if len(there) == 1:
        return Chosen(there[0], "")
    marks = list(_RESULT.finditer(text))
    for mark in reversed(marks):
        behind = next((one for one in there if one.end > mark.end()), None)
        if behind is not None and behind.end - len(behind.text) <= mark.end() + 2:
            said = mark[0].strip("*_ ")
            return Chosen(behind, f"of {len(there)} numbers that after {said!r} counts")
    return Chosen(there[-1], f"the last of {len(there)} numbers counts")


def numbers(text: str, decimal: Mark | None = None) -> Iterator[Found]:
    """The numbers in a text, in their order.

    >>> [found.text for found in numbers("−3 bis 1.234,50 €, also 12 %")]
    ['−3', '1.234,50', '12 %']
    """
    for match in _FOUND.finditer(text):
        digits = match["digits"]
        exponent = (match["exponent"] or match["power"] or "0").replace("−", "-")
        if not digits or len(digits) > _LONGEST or len(exponent) > _LONGEST_EXPONENT:
            continue
        sign = -1 if match["sign"] and match["sign"][0] in "-−–" else 1
        factor = sign * Decimal(f"1e{exponent}")
        if readings := tuple(reading * factor for reading in _readings(digits, decimal)):
            scale = _SCALE.match(text, _BETWEEN.match(text, match.end()).end())  # type: ignore[union-attr]
            factors = () if scale is None else _SCALES[(scale.lastindex or 1) - 1][1]
            scaled = tuple(reading * Decimal(times) for times in factors for reading in readings)
            end = match.end() if scale is None else scale.end()
            yield Found(text[match.start() : end] if scaled else match[0], readings, scaled, end)


def _readable(text: str) -> str:
    """A text with the digits and signs of other scripts as those of this one, and without unseen characters."""
    text = visible(text)
    if text.isascii():
        return text
    text = _RAISED.sub(lambda raised: f"^{unicodedata.normalize('NFKC', raised[0])}", _FRACTION.sub(" ", text))
    return "".join(map(_plain_sign, text))


def _plain_sign(sign: str) -> str:
    if sign.isascii():
        return sign
    if (digit := unicodedata.decimal(sign, None)) is not None:
        return str(digit)
    is_wide = "\uff01" <= sign <= "\uff5e"
    return unicodedata.normalize("NFKC", sign) if is_wide or sign in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒" else sign


def _expected(value: Any, decimal: Mark | None) -> Found | None:
    """What a reference may mean; nothing where it is not a number."""
    if isinstance(value, str):
        chosen = chosen_number(value, decimal)
        return chosen.found if chosen else None
    if isinstance(value, bool) or not isinstance(value, Real | Decimal) or not isfinite(value):
        return None
    return Found(str(value), (Decimal(str(value)),))


def _readings(digits: str, decimal: Mark | None) -> tuple[Decimal, ...]:
    """What a run of digits and marks may mean; nothing where it is not a number but a date, a time or the like."""
    if quotient := _QUOTIENT.fullmatch(digits):
        whole, above, below = (Decimal(part or 0) for part in quotient.groups())
        if not below:
            return ()
        # "2 1/2" may be two numbers; "2½" is one.
        return (whole + above / below,) if "⁄" in digits or not whole else (whole + above / below, above / below)
    plain = [Decimal(digits.replace(",", "."))] if _PLAIN.fullmatch(digits) else []
    grouped = [Decimal(group.sub("", digits).replace(",", ".")) for whole, group in _GROUPED if whole.fullmatch(digits)]
    if plain and grouped and decimal:
        return tuple(plain if decimal in digits else grouped)
    parts = _SPACE.split(digits)
    # A space between two numbers looks like one inside a number, unless it is of the narrow kind.
    if len(parts) > 1 and (" " in digits or not grouped):
        return (*grouped, *_readings(parts[-1], decimal))
    return (*plain, *grouped)
