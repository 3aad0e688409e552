"""The numbers of a verdict as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.language import Language, localized
from workbench.views._numbers import decimals, rounded
from workbench.views.report._parts import Figures
from workbench.views.report._words import WORDS

if TYPE_CHECKING:
    from workbench.comparison.statistics import Verdict

DIGITS = 4  # a score of a table has them; in a picture three are enough
_SMALL, _LARGE = 0.001, 0.1  # a smaller p tells no more, a larger one needs fewer digits


def differences(verdict: Verdict, language: Language) -> list[Figures | None]:
    """The difference of each pair with its interval; None where no prompt has a score of both."""
    # One decimal more than the means have is enough, however little they differ.
    most = decimals(known(verdict.means, "mean"), DIGITS) + 1
    places = min(decimals(known(verdict.frame, "difference", "low", "high"), DIGITS), most)
    told = []
    for pair in verdict.pairs:
        interval = span(pair.low, pair.high, places, language)
        difference = rounded(pair.difference, places, language) + (f" ({interval})" if interval else "")
        told.append(Figures(difference) if pair.prompts else None)
    return told


def p_value(p: float, language: Language) -> Figures:
    """A p value with so many digits that it is not rounded to the bounds at which people look.

    >>> p_value(0.0004, "en"), p_value(0.0495, "de"), p_value(0.5, "en")
    ('< 0.001', '0,0495', '0.500')
    """
    text = f"< {_SMALL}" if p < _SMALL else f"{p:.3f}" if p >= _LARGE else f"{p:.4f}"
    return Figures(localized(text, language))


def known(data: pd.DataFrame, *columns: str) -> list[float]:
    """The numbers of some columns that are there."""
    return [float(value) for name in columns for value in data[name].dropna()]


def span(low: Any, high: Any, places: int, language: Language) -> Figures | None:
    """An interval with this many decimals; None where it is not known."""
    if pd.isna(low) or pd.isna(high):
        return None
    ends = {"low": rounded(float(low), places, language), "high": rounded(float(high), places, language)}
    return Figures(WORDS[language].span.format(**ends))
