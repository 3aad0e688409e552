"""Which scores are shown: those of one scorer, and of cells that count."""

from __future__ import annotations

import pandas as pd

from workbench.arguments import chosen_score


def chosen_scorer(scores: pd.DataFrame | None, wanted: str | None) -> str | None:
    """The scorer that is wanted, or the first; None where there is none and none is wanted.

    Raises:
        UsageError: If there is no such scorer.

    >>> chosen_scorer(pd.DataFrame({"scorer": ["exact", "short"]}), None)
    'exact'
    """
    there = scorers_in(scores)
    if wanted is None and not there:
        return None
    return chosen_score(there, there[0] if wanted is None else wanted)


def scorers_in(scores: pd.DataFrame | None) -> list[str]:
    """The names of scores, in the order of the table; of none, none.

    >>> scorers_in(pd.DataFrame({"scorer": ["short", "exact", "short"]}))
    ['short', 'exact']
    """
    return [] if scores is None else [str(name) for name in scores["scorer"].dropna().unique()]


def counted(scores: pd.DataFrame | None, scorer: str | None) -> pd.DataFrame | None:
    """The scores of one scorer, with no value where `left_out` says that the cell does not count; None of none.

    >>> scores = pd.DataFrame({"scorer": "exact", "value": [1, 0], "left_out": [None, "empty"]})
    >>> counted(scores, "exact")["value"].tolist()
    [1.0, <NA>]
    """
    if scores is None or scorer is None:
        return None
    own = scores[scores["scorer"] == scorer].astype({"value": "Float64"})
    left_out = own["left_out"] if "left_out" in own else pd.Series(None, index=own.index, dtype="string")
    return own.assign(left_out=left_out, value=own["value"].mask(left_out.notna()))
