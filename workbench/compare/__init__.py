"""Comparisons: a plan is made, carried out, and read as tables."""

from workbench.compare._chosen import Asked
from workbench.compare._copy import unfinished
from workbench.compare._dialogue import Dialogue, Question, dialogue
from workbench.compare._estimate import estimate
from workbench.compare._export_inspect import inspect_log
from workbench.compare._export_pairs import preference_pairs
from workbench.compare._files import check_writable, read_table, write_frame, write_jsonl, write_whole
from workbench.compare._kept import open_run, runs
from workbench.compare._outcome import Run
from workbench.compare._plan import Cell, Plan, make_plan
from workbench.compare._result import Result, Status
from workbench.compare._run import Comparison
from workbench.compare._score import Row, Score, Scorer
from workbench.compare._unnamed import Kept, are_kept
from workbench.compare._watching import Watcher

__all__ = [
    "Asked",
    "Cell",
    "Comparison",
    "Dialogue",
    "Kept",
    "Plan",
    "Question",
    "Result",
    "Row",
    "Run",
    "Score",
    "Scorer",
    "Status",
    "Watcher",
    "are_kept",
    "check_writable",
    "dialogue",
    "estimate",
    "inspect_log",
    "make_plan",
    "open_run",
    "preference_pairs",
    "read_table",
    "runs",
    "unfinished",
    "write_frame",
    "write_jsonl",
    "write_whole",
]
