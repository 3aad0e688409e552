"""A run of two models and scores of it, to be exported."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pandas as pd
from scripted_model import echo, replied, scripted

from workbench.comparison import Comparison, Run, make_plan
from workbench.errors import ServerError
from workbench.messages import Piece, Reply, Request


def scores_of(*rows: tuple[int, str, int, float | None]) -> pd.DataFrame:
    """Scores as a run keeps them: prompt, model, repeat and value."""
    frame = pd.DataFrame(rows, columns=["prompt_id", "model", "repeat", "value"])
    frame["scorer"], frame["note"] = "right", "weil"
    return frame.astype({"value": "Float64", "note": "string", "scorer": "string", "model": "string"})


async def half(request: Request) -> AsyncGenerator[Piece, None]:
    """Answer in full, or break halfway."""
    if "bricht" in request.messages[-1].content:
        yield Piece("halb")
        raise ServerError("failed", where="y", advice="see its log", reply=Reply(text="halb", finish="unknown"))
    yield replied("nein")


async def run_of_two() -> Run:
    """One model that answers all, one that breaks at the second prompt."""
    models = [scripted("x/good", echo, label="good"), scripted("y/bad", half, label="bad")]
    return await Comparison(make_plan(["Grüße", "das bricht", "gleich"], models, system="Kurz.")).run()
