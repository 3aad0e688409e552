"""How far a judge agrees with people."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from workbench.errors import UsageError

Level = Literal["nominal", "ordinal", "interval"]
_DRAWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far two who labelled the same agree.

    Attributes:
        count: How many both have labelled.
        observed: Share of equal labels.
        kappa: Cohen's kappa: agreement beyond chance, 1 at best; None where both always gave one label, as nothing
            can be told from that.
        low: Lower end of its 95% interval, from drawing labels anew; None where it is not known.
        high: Upper end.
        alpha: Krippendorff's alpha at the level asked for; None where all labels are equal.
    """

    count: int
    observed: float
    kappa: float | None
    low: float | None
    high: float | None
    alpha: float | None


def agreement(
    first: Sequence[Hashable], second: Sequence[Hashable], *, level: Level = "nominal", seed: int = 0
) -> Agreement:
    """Measure how far the labels of two agree, such as those of a judge and of a person.

    Args:
        first: Labels or grades of the one; None or NaN where there is none.
        second: Those of the other, in the same order.
        level: What the labels are for Krippendorff's alpha: "nominal", "ordinal" (grades) or "interval" (numbers).
        seed: Of the drawing for the interval.

    Raises:
        UsageError: If they differ in length, nothing was labelled by both, there is no such level, or its labels are
            not numbers.

    Source: J. Cohen, A coefficient of agreement for nominal scales, 1960; K. Krippendorff, Content Analysis, 1980.

    >>> agreement(["good", "bad", "good", "bad"], ["good", "bad", "bad", "bad"]).kappa
    0.5
    """
    if level not in get_args(Level):
        raise UsageError(f"level= must be one of {', '.join(get_args(Level))}, not {level!r}")
    if len(first) != len(second):
        raise UsageError(f"there are {len(first)} and {len(second)} labels", advice="give both for the same answers")
    both = [(one, other) for one, other in zip(first, second, strict=True) if _is_there(one) and _is_there(other)]
    if not both:
        raise UsageError("no answer was labelled by both", advice="have some labelled by both")
    labels = {label: number for number, label in enumerate(dict.fromkeys(label for pair in both for label in pair))}
    coded = np.array([[labels[one], labels[other]] for one, other in both])
    low, high = _interval(coded, len(labels), seed)
    return Agreement(
        count=len(both),
        observed=float((coded[:, 0] == coded[:, 1]).mean()),
        kappa=_kappa(coded, len(labels)),
        low=low,
        high=high,
        alpha=_alpha(both, coded, level),
    )


def _is_there(label: Any) -> bool:
    return not (pd.api.types.is_scalar(label) and pd.isna(label))


def _kappa(coded: Any, labels: int) -> float | None:
    observed = float((coded[:, 0] == coded[:, 1]).mean())
    shares = [np.bincount(coded[:, side], minlength=labels) / len(coded) for side in (0, 1)]
    by_chance = float(shares[0] @ shares[1])
    return None if by_chance >= 1 else (observed - by_chance) / (1 - by_chance)


def _interval(coded: Any, labels: int, seed: int) -> tuple[float | None, float | None]:
    generator = np.random.default_rng(seed)
    drawn = [_kappa(coded[generator.integers(0, len(coded), len(coded))], labels) for _ in range(_DRAWS)]
    known = [kappa for kappa in drawn if kappa is not None]
    if len(known) < _DRAWS / 2:
        return None, None
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def _alpha(both: list[tuple[Any, Any]], coded: Any, level: Level) -> float | None:
    import krippendorff

    if len(np.unique(coded)) < 2:
        return None
    if level == "nominal":
        data = coded.T.astype(float)
    else:
        try:
            data = np.array(both, dtype=float).T
        except (TypeError, ValueError):
            raise UsageError(
                f'level="{level}" needs numbers', advice='give grades as numbers, or level="nominal"'
            ) from None
    return float(krippendorff.alpha(reliability_data=data, level_of_measurement=level))
