"""Tables of scores as `run.scores` gives them."""

from __future__ import annotations

import pandas as pd


def scores(**models: list[float | None]) -> pd.DataFrame:
    """Scores by model, one for each prompt."""
    return pd.concat(
        pd.DataFrame({"prompt_id": range(len(values)), "model": name, "repeat": 0, "scorer": "exact", "value": values})
        for name, values in models.items()
    ).astype({"value": "Float64"})
