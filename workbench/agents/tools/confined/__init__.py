"""Processes of their own for work that others steer: confined where the system can, and ended if they take too much."""

from workbench.agents.tools.confined._child import ADVICE, MEGABYTE, Allowance, Ended, run, why_not_confined
from workbench.agents.tools.confined._folder import seen_in

__all__ = ["ADVICE", "MEGABYTE", "Allowance", "Ended", "run", "seen_in", "why_not_confined"]
