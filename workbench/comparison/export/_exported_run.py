"""What an export reads of a run."""

from __future__ import annotations

from typing import Protocol

import pandas as pd

from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._result import Result


class ExportedRun(Protocol):
    """A run, as far as other tools are told of it; `Run` is one."""

    @property
    def plan(self) -> Plan:
        """What was to be asked."""
        ...

    @property
    def stopped(self) -> bool:
        """Whether it was stopped before its end."""
        ...

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each cell that was asked."""
        ...

    def result(self, prompt: int, candidate: int, repeat: int) -> Result | None:
        """What came of a cell; None if it was not asked."""
        ...
