"""The scorer of numbers, and how a number is found in an answer, in German and in English notation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from numbers import Real
from typing import Any, Literal

from workbench.compare._score import Row, Score, Scorer
from workbench.compare.scorers._reference import as_text, reference
from workbench.compare.scorers._texts import identity, quoted
from workbench.errors import UsageError

Mark = Literal[".", ","]

_LONGEST = 100  # characters; a longer run of digits is no number that anyone compares
_LONGEST_EXPONENT = 4
_NARROW = "\u00a0\u202f\u2009"  # spaces that only typesetting puts between digits
_FOUND = re.compile(
    # What begins with a letter is a name and no number, with all digits in it: "CO2", "v1.2", "GPT4.5".
    r"[^\W\d]\w*(?:(?<=[0-9])[.,:/'’][0-9]+)*"
    # A sign belongs to the number only where nothing stands before it that it could join: "10-12", "Covid-19".
    rf"|(?P<sign>(?<![\w)\]%])[-−–+](?:[€$£¥]\s?)?)?"
    rf"(?P<digits>(?:(?<![\w.])\.)?[0-9]+(?:[.,:/'’][0-9]+|[ {_NARROW}][0-9]{{3}}(?![0-9]))*)"
    r"(?:[eE](?P<exponent>[-+−]?[0-9]+)(?!\w)"
    r"|\s?(?:[×·*x]|\\times|\\cdot)\s?10(?:\^|\*\*)\{?(?P<power>[-+−]?[0-9]+)\}?)?"
)
_SPACE = re.compile(f"[ {_NARROW}]")
_PLAIN = re.compile(r"[0-9]*(?:[.,][0-9]+)?")
_QUOTIENT = re.compile(r"([0-9]+)/([0-9]+)")
_GROUPED = tuple(
    (re.compile(rf"[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+(?:{mark}[0-9]+)?"), re.compile(group))
    for group, mark in ((r"\.", ","), (",", r"\."), ("['’]", "[.,]"), (f"[{_NARROW}]", "[.,]"), (" ", "[.,]"))
)


@dataclass(frozen=True, slots=True)
class Found:
    """A number in a text.

    Attributes:
        text: As it stands there.
        readings: What it may mean: two values for "1.234", which is 1234 in German and 1.234 in English.
    """

    text: str
    readings: tuple[Decimal, ...]


def number(
    expected: Any = "expected",
    *,
    tolerance: float = 0.0,
    relative: float = 0.0,
    decimal: Mark | None = None,
    name: str = "number",
) -> Scorer:
    """Whether the answer's number is the expected one. Of several numbers, the last one counts.

    German and English notation are read: "1.234,56", "1,234.56", "1 234,56", "1'234.56", "−3", "-€5", "2·10^3", "1e6",
    and "3/4" as a quotient. Digits inside names ("CO2"), dates (12.3.2024), times (14:30) and version numbers are no
    numbers. What stands behind a number is not calculated with: "12 %" is 12, and "1,5 Mio." is 1.5.

    "1.234" and "1,234" mean 1234 in one notation and 1.234 in the other, and "5 100" may be one number or two: either
    reading counts, and the score's note tells which was taken.

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

    >>> from workbench.compare._score import Row
    >>> from workbench.messages import Reply
    >>> number(1234.5)(Row(0, "Wie viel?", "m", 0, Reply(text="Das kostet 1.234,50 €.", finish="stop")))
    Score(value=True, note='')
    """
    right = reference(expected)
    if not all(isinstance(value, Real) and isfinite(value) and value >= 0 for value in (tolerance, relative)):
        raise UsageError(
            f"tolerance={tolerance!r} and relative={relative!r} cannot be", advice="give numbers of 0 or more"
        )
    if decimal not in (None, ".", ","):
        raise UsageError(f"decimal={decimal!r} is no decimal mark", advice='give "." or ","')
    settings = {"tolerance": tolerance, "relative": relative, "decimal": decimal}

    def is_near(reading: Decimal, wanted: Decimal) -> bool:
        allowed = max(Decimal(str(tolerance)), Decimal(str(relative)) * abs(wanted))
        return reading == wanted or abs(reading - wanted) <= allowed

    def score(row: Row) -> Score:
        values = right.accepted(row)
        if not values:
            return right.lacking
        wanted = [reading for value in values for reading in _expected(value, decimal)]
        shown = " or ".join(quoted(as_text(value)) for value in values)
        if not wanted:
            return Score(None, f"the reference {shown} holds no number")
        found = last_number(row.answer, decimal)
        if found is None:
            return Score(False, f"expected {shown}, and the answer holds no number")
        for reading in found.readings:
            if any(is_near(reading, one) for one in wanted):
                is_open = len(found.readings) > 1
                return Score(True, f"{found.text!r} was read as {reading:f}" if is_open else "")
        return Score(False, f"expected {shown}, got {found.text!r}")

    return Scorer(name, score, identity("number", 1, expected=right.identity, **settings), columns=right.columns)


def last_number(text: str, decimal: Mark | None = None) -> Found | None:
    """The last number in a text, None where there is none.

    >>> last_number("Erst 3, dann 1.234 Stück.").readings
    (Decimal('1.234'), Decimal('1234'))
    >>> last_number("am 12.3.2024 um 14:30 Uhr, Zimmer B12") is None
    True
    """
    last = None
    for found in numbers(text, decimal):
        last = found
    return last


def numbers(text: str, decimal: Mark | None = None) -> Iterator[Found]:
    """The numbers in a text, in their order.

    >>> [found.text for found in numbers("−3 bis 1.234,50 €, also 12 %")]
    ['−3', '1.234,50', '12']
    """
    for match in _FOUND.finditer(text):
        digits = match["digits"]
        exponent = (match["exponent"] or match["power"] or "0").replace("−", "-")
        if not digits or len(digits) > _LONGEST or len(exponent) > _LONGEST_EXPONENT:
            continue
        sign = -1 if match["sign"] and match["sign"][0] in "-−–" else 1
        factor = sign * Decimal(f"1e{exponent}")
        if readings := _readings(digits, decimal):
            yield Found(match[0], tuple(reading * factor for reading in readings))


def _expected(value: Any, decimal: Mark | None) -> tuple[Decimal, ...]:
    """What a reference may mean; nothing where it is no number."""
    if isinstance(value, str):
        found = last_number(value, decimal)
        return found.readings if found else ()
    if isinstance(value, bool) or not isinstance(value, Real | Decimal) or not isfinite(value):
        return ()
    return (Decimal(str(value)),)


def _readings(digits: str, decimal: Mark | None) -> tuple[Decimal, ...]:
    """What a run of digits and marks may mean; nothing where it is no number but a date, a time or the like."""
    if quotient := _QUOTIENT.fullmatch(digits):
        above, below = map(Decimal, quotient.groups())
        return (above / below,) if below else ()
    plain = [Decimal(digits.replace(",", "."))] if _PLAIN.fullmatch(digits) else []
    grouped = [Decimal(group.sub("", digits).replace(",", ".")) for whole, group in _GROUPED if whole.fullmatch(digits)]
    if plain and grouped and decimal:
        return tuple(plain if decimal in digits else grouped)
    parts = _SPACE.split(digits)
    # A space between two numbers looks like one inside a number, unless it is of the narrow kind.
    if len(parts) > 1 and (" " in digits or not grouped):
        return (*grouped, *_readings(parts[-1], decimal))
    return (*plain, *grouped)
