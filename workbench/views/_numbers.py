"""Numbers as people read them: as many decimals as a column needs, a decimal comma in German, a real minus sign."""

from __future__ import annotations

from collections.abc import Iterable
from math import floor, isfinite, log10

from workbench.language import Language, localized

_MOST_DECIMALS = 8
_TOO_LONG = 1e7  # from here on in powers of ten


def decimals(values: Iterable[float], digits: int = 3) -> int:
    """How many decimals show the largest of these values with so many digits.

    The same number for a whole column keeps its points below each other; shares of one keep those of a whole.

    >>> decimals([0.5, 1.0]), decimals([0.5]), decimals([17.25]), decimals([0.02]), decimals([1234.5])
    (2, 2, 1, 4, 0)
    """
    largest = max((abs(value) for value in values if isfinite(value)), default=0.0)
    magnitude = floor(log10(largest)) if largest else 0
    return min(max(digits - 1 - (0 if magnitude == -1 else magnitude), 0), _MOST_DECIMALS)


def seconds(count: float, language: Language) -> str:
    """A duration with one decimal.

    >>> seconds(1.25, "de")
    '1,2 s'
    """
    return localized(f"{count:.1f} s", language)


def rounded(value: float, places: int, language: Language) -> str:
    """A number with this many decimals.

    Args:
        value: The number.
        places: How many decimals; a number of more than seven digits is told in powers of ten.
        language: "en" or "de".

    >>> rounded(-0.5, 2, "de"), rounded(2.0, 2, "en"), rounded(-0.001, 2, "en")
    ('−0,50', '2.00', '0.00')
    """
    # Adding zero makes a zero of what was rounded to minus zero.
    text = f"{value:.2e}" if abs(value) >= _TOO_LONG else f"{round(value, places) + 0.0:.{places}f}"
    return localized(text, language)
