"""Comparisons: a plan is made, carried out, and read as tables."""

from workbench.compare._plan import Cell, Plan, make_plan
from workbench.compare._result import Result, Run, Status, check_suffix, write_frame
from workbench.compare._run import Comparison, Watcher

__all__ = [
    "Cell",
    "Comparison",
    "Plan",
    "Result",
    "Run",
    "Status",
    "Watcher",
    "check_suffix",
    "make_plan",
    "write_frame",
]
