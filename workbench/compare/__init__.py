"""Comparisons: a plan is made, carried out, and read as tables."""

from workbench.compare._export_inspect import inspect_log
from workbench.compare._export_pairs import preference_pairs
from workbench.compare._export_sheets import write_jsonl
from workbench.compare._files import check_writable, read_table, write_frame
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
    "check_writable",
    "inspect_log",
    "make_plan",
    "preference_pairs",
    "read_table",
    "write_frame",
    "write_jsonl",
]
