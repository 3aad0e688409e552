"""How many more prompts would decide between two models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log2, sqrt

import numpy as np

from workbench.comparison.statistics._paired import (
    Numbers,
    difference,
    difference_deviation,
    is_binary,
    proportions_interval,
)

_MOST_PROMPTS = 100_000
_POWER = 0.8
_DRAWS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What decides between two models.

    Attributes:
        confidence: Of the interval of their difference, such as 0.95.
        level: The p value under which a test decides; lower than 1 - confidence where several pairs are tested.
        margin: A difference up to this counts as none; 0 for no such margin.
    """

    confidence: float
    level: float
    margin: float = 0.0


def further_prompts(first: Numbers, second: Numbers, rule: Rule) -> int | None:
    """How many more prompts would decide, in four of five cases, if the scores go on as they were until now.

    What was seen stays, and more of the same kind comes to it. Scores of 0 and 1 are drawn by the shares of wins,
    losses and ties seen so far, and judged as they are judged. For other scores the test and the interval are taken
    to be those of a normal mean, whose effect is that seen so far.

    Args:
        first: Scores of the one model, a number for each prompt.
        second: Scores of the other, in the same order.
        rule: What decides.

    Returns:
        The number of prompts; None where no number up to 100,000 would decide it.

    Source of the way to count what was seen in: K. K. G. Lan, J. Wittes, The B-value: a tool for monitoring data,
    Biometrics 44, 1988.

    >>> wins, losses = np.array([1.0] * 5 + [0.0] * 6), np.zeros(11)
    >>> further_prompts(wins, losses, Rule(confidence=0.95, level=0.05))
    3
    """
    decides = (
        _by_draws(first, second, rule) if is_binary(first) and is_binary(second) else _by_effect(first, second, rule)
    )
    return _least(decides)


def _least(decides: Callable[[int], bool]) -> int | None:
    """The least number that decides, found by doubling and halving."""
    high = 1
    while not decides(high):
        high *= 2
        if high > _MOST_PROMPTS:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if decides(middle) else (middle, high)
    return high


def _by_draws(first: Numbers, second: Numbers, rule: Rule) -> Callable[[int], bool]:
    """Whether so many further passes and failures decide, by drawing them."""
    from scipy.stats import binom

    wins, losses, count = int((first > second).sum()), int((first < second).sum()), len(first)
    shares = np.array([wins, losses, count - wins - losses]) / count

    def decides(further: int) -> bool:
        # The same seed for each number, so that one more does not decide less often by mere chance.
        drawn = np.random.default_rng(0).multinomial(further, shares, size=_DRAWS)
        won, lost = wins + drawn[:, 0], losses + drawn[:, 1]
        p = np.minimum(2 * binom.cdf(np.minimum(won, lost), won + lost, 0.5), 1)
        low, high = proportions_interval(won, lost, count + further, rule.confidence)
        decided = (p < rule.level) & ((low > 0) | (high < 0))
        decided |= (low > -rule.margin) & (high < rule.margin)
        return bool(decided.mean() >= _POWER)

    return decides


def _by_effect(first: Numbers, second: Numbers, rule: Rule) -> Callable[[int], bool]:
    """Whether so many further numbers decide, by how far the mean and the test lie from nothing now."""
    from scipy.stats import norm

    count = len(first)
    deviation = difference_deviation(first, second)
    mean = abs(float((first - second).mean()))
    interval, test = norm.ppf((1 + rule.confidence) / 2), norm.ppf(1 - rule.level / 2)
    power, both = norm.ppf(_POWER), norm.ppf((1 + _POWER) / 2)
    # By its own normal approximation, so that what ties and outliers do to the test is counted in.
    of_test = float(norm.isf(difference(first, second, rule.confidence).p / 2)) / sqrt(count)
    of_mean = mean / deviation if deviation else 0.0
    differing = float((first != second).mean())
    # However clear it is, the exact test decides no sooner.
    least = (1 + log2(1 / rule.level)) / differing if differing else _MOST_PROMPTS

    def shows(effect: float, reach: float, further: int) -> bool:
        return bool(effect * (count + further) - power * sqrt(further) >= reach * sqrt(count + further))

    def is_better(further: int) -> bool:
        enough = count + further >= ceil(least)
        return enough and shows(of_mean, interval, further) and shows(of_test, test, further)

    def is_same(further: int) -> bool:
        reach = both * sqrt(further) / (count + further) + interval / sqrt(count + further)
        return bool(mean + deviation * reach < rule.margin)

    return lambda further: is_better(further) or is_same(further)
