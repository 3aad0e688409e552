"""Dates in answers, as people write them in German and English, and as tables hold them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, NamedTuple

_MONTHS = (
    ("januar", "january", "jänner", "jan"),
    ("februar", "february", "feber", "feb"),
    ("märz", "march", "maerz", "mrz", "mär", "mar"),
    ("april", "apr"),
    ("mai", "may"),
    ("juni", "june", "jun"),
    ("juli", "july", "jul"),
    ("august", "aug"),
    ("september", "sept", "sep"),
    ("oktober", "october", "okt", "oct"),
    ("november", "nov"),
    ("dezember", "december", "dez", "dec"),
)
_NUMBER_OF = {word: number for number, words in enumerate(_MONTHS, 1) for word in words}
_MONTH = "|".join(sorted(_NUMBER_OF, key=len, reverse=True))
_DATE = re.compile(
    r"(?<![\w.,/-])(?:"
    r"(?P<y1>[0-9]{4})-(?P<m1>[0-9]{1,2})-(?P<d1>[0-9]{1,2})"
    r"|(?P<d2>[0-9]{1,2})\.\s?(?P<m2>[0-9]{1,2})\.\s?(?P<y2>[0-9]{4}|[0-9]{2})"
    r"|(?P<a3>[0-9]{1,2})/(?P<b3>[0-9]{1,2})/(?P<y3>[0-9]{4})"
    rf"|(?P<d4>[0-9]{{1,2}})(?:\.|st|nd|rd|th)?\s?(?:of\s)?(?P<m4>{_MONTH})\b\.?,?\s?(?P<y4>[0-9]{{4}})"
    rf"|(?P<m5>{_MONTH})\b\.?\s(?P<d5>[0-9]{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y5>[0-9]{{4}})"
    r")(?!\w|[./-][0-9])",
)
_TIME = re.compile(
    r"(?<![\w:.])(?P<h>[0-9]{1,2})(?:[:.](?P<m>[0-9]{2})(?::(?P<s>[0-9]{2}))?)?\s?(?P<u>uhr|h\b|am\b|pm\b)?"
)


class FoundDate(NamedTuple):
    """A date in a text.

    Attributes:
        text: As it stands there.
        readings: What it may mean: two for "3/4/2026", which is in March in one country and in April in others.
    """

    text: str
    readings: tuple[date, ...]


def dates(text: str) -> Iterator[FoundDate]:
    """The dates in a folded text, in their order.

    >>> [found.readings[0].isoformat() for found in dates("am 1.3.2026 oder 2. märz 2026, nicht march 4, 2026")]
    ['2026-03-01', '2026-03-02', '2026-03-04']
    """
    for match in _DATE.finditer(text):
        if readings := tuple(dict.fromkeys(_readings(match))):
            yield FoundDate(match[0], readings)


def as_date(value: Any) -> date | None:
    """A date or a moment as a date; None for anything else.

    >>> as_date(datetime(2026, 3, 1)), as_date("2026-03-01")
    (datetime.date(2026, 3, 1), None)
    """
    return value.date() if isinstance(value, datetime) else value if isinstance(value, date) else None


def time_of(value: Any) -> time | None:
    """The time of a moment; None where it has none, or is midnight, which tables put where nobody gave a time."""
    if not isinstance(value, datetime) or value.time().replace(second=0, microsecond=0) == time():
        return None
    return value.time().replace(second=0, microsecond=0)


def has_time(text: str, wanted: time) -> bool:
    """Whether a folded text names this time, to the minute.

    >>> has_time("um 14:30 uhr", time(14, 30)), has_time("um 14 uhr", time(14, 0)), has_time("2026", time(20, 26))
    (True, True, False)
    """
    for match in _TIME.finditer(text):
        if match["m"] is None and match["u"] is None:
            continue
        hour = int(match["h"]) % 12 + 12 if match["u"] == "pm" else int(match["h"])
        if (hour, int(match["m"] or 0)) == (wanted.hour, wanted.minute):
            return True
    return False


def _readings(match: re.Match[str]) -> Iterator[date]:
    part = match.groupdict()
    if part["a3"]:
        orders = [(part["y3"], part["b3"], part["a3"]), (part["y3"], part["a3"], part["b3"])]
    else:
        kind = next(kind for kind in "1245" if part[f"d{kind}"])
        orders = [(part[f"y{kind}"], part[f"m{kind}"], part[f"d{kind}"])]
    for year, month, day in orders:
        number = _NUMBER_OF.get(month) or int(month)
        century = 2000 if len(year) == 2 else 0
        try:
            yield date(century + int(year), number, int(day))
        except ValueError:
            continue
