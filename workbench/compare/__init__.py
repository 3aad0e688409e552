"""Comparisons: a plan is made, carried out, and read as tables."""

from workbench.compare._files import check_writable, read_table, write_frame
from workbench.compare._kept import changes, open_run, runs
from workbench.compare._plan import Cell, Plan, make_plan
from workbench.compare._result import Result, Run, Status
from workbench.compare._run import Comparison, Watcher

__all__ = [
    "Cell",
    "Comparison",
    "Plan",
    "Result",
    "Run",
    "Status",
    "Watcher",
    "changes",
    "check_writable",
    "make_plan",
    "open_run",
    "read_table",
    "runs",
    "write_frame",
]
