"""Which scores are shown: those of one scorer, and of cells that count."""

from __future__ import annotations

import pandas as pd

from workbench.errors import UsageError


def chosen_scorer(scores: pd.DataFrame | None, wanted: str | None) -> str | None:
    """The scorer that is wanted, or the first; None where there is none and none is wanted.

    Raises:
        UsageError: If there is no such scorer.

    >>> chosen_scorer(pd.DataFrame({"scorer": ["exact", "short"]}), None)
    'exact'
    """
    there = [] if scores is None else [str(name) for name in scores["scorer"].drop_duplicates()]
    if wanted is None:
        return there[0] if there else None
    if wanted not in there:
        offer = (
            f"there are {', '.join(map(repr, there))}" if there else "there are no scores at all: score the run first"
        )
        raise UsageError(f"no score is called {wanted!r}", advice=offer)
    return wanted


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
