"""What a conversation asked, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from workbench.agents._desk import Asked
from workbench.agents._visible import visible
from workbench.agents.session._turn import Turn
from workbench.texts import as_unicode


def tools_of(turns: Sequence[Turn]) -> pd.DataFrame:
    """One row for each call: `turn`, `agent`, `tool`, `arguments` (JSON), `result`, `failed`, `recorded`."""
    rows = [
        (
            turn.number,
            one.where.strip("/"),
            visible(one.request[0], latin=True),
            one.request[1],
            *_result(one),
            one.recorded,
        )
        for turn, one in _asked(turns, "tool")
    ]
    frame = pd.DataFrame(rows, columns=["turn", "agent", "tool", "arguments", "result", "failed", "recorded"])
    texts = dict.fromkeys(("agent", "tool", "arguments", "result"), "str")
    return frame.astype({"turn": "int64", **texts, "failed": "bool", "recorded": "bool"})


def usage_of(turns: Sequence[Turn]) -> pd.DataFrame:
    """One row for each part of a team: `agent`, `calls`, `recorded`, `prompt_tokens`, `completion_tokens`."""
    rows = [(one.where.strip("/"), not one.recorded, one.recorded, *_tokens(one)) for _, one in _asked(turns, "model")]
    columns = ["agent", "calls", "recorded", "prompt_tokens", "completion_tokens"]
    frame = pd.DataFrame(rows, columns=columns).astype({"agent": "str", **dict.fromkeys(columns[1:], "int64")})
    return frame.groupby("agent", sort=False).sum().reset_index()


def _asked(turns: Sequence[Turn], kind: str) -> Iterator[tuple[Turn, Asked]]:
    return ((turn, one) for turn in turns for one in turn.asked if one.kind == kind)


def _tokens(one: Asked) -> tuple[int, int]:
    """The tokens of an answer that was asked anew; a recorded one costs none."""
    usage = one.answer.usage
    return (0, 0) if one.recorded else (usage.prompt_tokens, usage.completion_tokens)


def _result(one: Asked) -> tuple[str, bool]:
    answer = one.answer
    if hasattr(answer, "exit_code"):
        return as_unicode(answer.output), answer.exit_code != 0
    return as_unicode(answer.to_text()), answer.is_error
