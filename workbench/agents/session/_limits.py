"""What a conversation may cost, and who changed that."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime

import pandas as pd

from workbench.agents._reasons import Reason, because
from workbench.agents.session._turn import Cost
from workbench.errors import UsageError

_REACHED = {
    "turns": "the limit of turns ({}) is reached",
    "calls": "the limit of calls ({}) is reached",
    "tokens": "the limit of tokens ({}) is reached",
    "seconds": "the limit of seconds ({}) is reached",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a conversation may cost in all; None for no limit.

    Attributes:
        turns: Turns of agents.
        calls: Questions to models; recorded answers cost nothing.
        tokens: Tokens of prompts and answers, as far as servers count them.
        seconds: Time in which turns are taken; what a person needs between turns does not count.
    """

    turns: int | None = None
    calls: int | None = None
    tokens: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or value <= 0):
                raise UsageError(f"the limit of {one.name} must be a number above 0, or None, not {value!r}")

    def reached(self, turns: int, spent: Cost) -> Reason | None:
        """Which limit so many turns at this cost have reached, or None."""
        used = {"turns": turns, "calls": spent.calls, "tokens": spent.tokens, "seconds": spent.seconds}
        for name, count in used.items():
            allowed = getattr(self, name)
            if allowed is not None and count >= allowed:
                return because(_REACHED[name], f"{allowed:g}")
        return None


@dataclass(slots=True)
class LimitLog:
    """The limits of a session, and each change of them."""

    now: Limits
    rows: list[tuple[datetime, str, float | None, float | None, str, str]] = field(default_factory=list)

    def change(self, values: dict[str, float | None], who: str, why: str) -> None:
        """Set limits anew. Raises UsageError for one that does not exist."""
        known = {one.name for one in fields(Limits)}
        if unknown := sorted(set(values) - known):
            raise UsageError(
                f"there is no limit of {', '.join(unknown)}", advice=f"limits are {', '.join(sorted(known))}"
            )
        before = self.now
        self.now = replace(before, **values)  # type: ignore[arg-type]
        for name, value in values.items():
            self.rows.append((datetime.now(UTC), name, getattr(before, name), value, who, why))

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each change: time (UTC), limit, before, after, who, why."""
        frame = pd.DataFrame(self.rows, columns=["time", "limit", "before", "after", "who", "why"])
        types = {"time": "datetime64[us, UTC]", "limit": "str", "before": "Float64", "after": "Float64"}
        return frame.astype({**types, "who": "str", "why": "str"})
