"""Two models on the same prompts: how much their scores differ, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much one model's scores lie above another's.

    Attributes:
        mean: Difference of the means.
        low: Lower end of its interval; None where nothing can be said, as with a single prompt.
        high: Upper end.
        p: Probability of such a difference, or a larger one, if there were none; 1 where nothing differs.
        test: Name of the test.
    """

    mean: float
    low: float | None
    high: float | None
    p: float
    test: str


def difference(first: Numbers, second: Numbers, confidence: float) -> Difference:
    """Compare the scores of two models, paired by prompt.

    Where all scores are 0 or 1, only the prompts on which the models differ tell something: McNemar's exact test, and
    the interval of Bonett and Price for a difference of paired proportions. Other scores are compared by Wilcoxon's
    signed-rank test, with Pratt's way of counting zeros, and a t interval of the differences; where all differences
    are equal, it counts one more to either side.

    Args:
        first: Scores of the one, a number for each prompt.
        second: Scores of the other, in the same order.
        confidence: Of the interval, such as 0.95.

    Source: Q. McNemar, Note on the sampling error of the difference between correlated proportions, 1947.
    D. G. Bonett, R. M. Price, Adjusted Wald confidence interval for a difference of binomial proportions based on
    paired data, 2012. F. Wilcoxon, Individual comparisons by ranking methods, 1945. J. W. Pratt, Remarks on zeros and
    ties in the Wilcoxon signed rank procedures, 1959.

    >>> found = difference(np.array([1.0, 1, 1, 1, 1, 1, 0, 1]), np.array([0.0, 0, 0, 0, 0, 0, 0, 1]), 0.95)
    >>> found.test, round(found.p, 4), found.mean
    ('McNemar', 0.0312, 0.75)
    """
    if is_binary(first) and is_binary(second):
        return _of_proportions(first, second, confidence)
    return _of_numbers(first, second, confidence)


def is_binary(scores: Numbers) -> bool:
    """Whether all scores are 0 or 1."""
    return bool(np.isin(scores, (0.0, 1.0)).all())


def mean_interval(scores: Numbers, confidence: float) -> tuple[float | None, float | None]:
    """The interval of one model's mean: Wilson's for scores of 0 and 1, else a t interval; none for one score.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927.

    >>> [round(end, 3) for end in mean_interval(np.array([1.0] * 8 + [0.0] * 2), 0.95)]
    [0.49, 0.943]
    """
    from scipy.stats import binomtest

    if len(scores) < 2:
        return None, None
    if is_binary(scores):
        found = binomtest(int(scores.sum()), len(scores)).proportion_ci(confidence, method="wilson")
        return float(found.low), float(found.high)
    return _t_interval(_spread_out(scores, np.zeros(len(scores))), confidence)


def holm(p_values: list[float]) -> list[float]:
    """P values corrected for there being several, after which all may be judged by one level.

    Source: S. Holm, A simple sequentially rejective multiple test procedure, 1979.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = highest
    return corrected


def holm_levels(p_values: list[float], level: float) -> list[float]:
    """The level under which each p value itself must lie to be judged so by Holm's way.

    >>> holm_levels([0.01, 0.04, 0.03], 0.06)
    [0.02, 0.06, 0.03]
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    levels = [0.0] * len(p_values)
    for rank, index in enumerate(order):
        levels[index] = level / (len(p_values) - rank)
    return levels


def _of_proportions(first: Numbers, second: Numbers, confidence: float) -> Difference:
    from scipy.stats import binomtest

    count = len(first)
    wins, losses = int((first > second).sum()), int((first < second).sum())
    p = float(binomtest(wins, wins + losses).pvalue) if wins + losses else 1.0
    if count < 2:
        return Difference(float((first - second).mean()), None, None, p, "McNemar")
    low, high = proportions_interval(wins, losses, count, confidence)
    return Difference((wins - losses) / count, float(low), float(high), p, "McNemar")


def proportions_interval(wins: Any, losses: Any, count: int, confidence: float) -> tuple[Any, Any]:
    """The interval of Bonett and Price, of one comparison or of arrays of them.

    One win and one loss are added, so that small samples are not too sure.
    """
    from scipy.stats import norm

    better, worse = (wins + 1) / (count + 2), (losses + 1) / (count + 2)
    middle = better - worse
    reach = norm.ppf((1 + confidence) / 2) * np.sqrt((better + worse - middle**2) / (count + 2))
    return np.maximum(middle - reach, -1.0), np.minimum(middle + reach, 1.0)


def difference_deviation(first: Numbers, second: Numbers) -> float:
    """The standard deviation of the differences, in the same unit."""
    return float(_spread_out(first, second).std(ddof=1))


def _spread_out(first: Numbers, second: Numbers) -> Numbers:
    """The differences; where all are equal, two more, as far to both sides as scores differ among each other.

    Nothing is known of a spread that was not seen, and a few equal differences do not show that there is none. Adding
    one success and one failure is what the intervals of proportions do there.
    """
    differences = first - second
    if differences.std() > 0:
        return differences
    scores = np.concatenate([first, second])
    step = float(scores.std()) or float(np.abs(scores).max())
    return np.append(differences, differences.mean() + np.array([step, -step]))


def _of_numbers(first: Numbers, second: Numbers, confidence: float) -> Difference:
    from scipy.stats import wilcoxon

    differences = first - second
    p = float(wilcoxon(differences, zero_method="pratt").pvalue) if differences.any() else 1.0
    low, high = _t_interval(_spread_out(first, second), confidence) if len(differences) > 1 else (None, None)
    return Difference(float(differences.mean()), low, high, p, "Wilcoxon")


def _t_interval(values: Numbers, confidence: float) -> tuple[float, float]:
    """Source: Student (W. S. Gosset), The probable error of a mean, 1908."""
    from scipy.stats import t

    reach = t.ppf((1 + confidence) / 2, len(values) - 1) * float(values.std(ddof=1)) / sqrt(len(values))
    mean = float(values.mean())
    return float(mean - reach), float(mean + reach)
