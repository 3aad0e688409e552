"""Comparisons: a plan is made, carried out, and read as tables."""

from workbench.comparison.asking._watcher import Watcher
from workbench.comparison.export._inspect_log import inspect_log
from workbench.comparison.export._preference_pairs import preference_pairs
from workbench.comparison.journal._copy import unfinished
from workbench.comparison.journal._unnamed import Kept, are_kept
from workbench.comparison.plan._candidates import Asked
from workbench.comparison.plan._dialogue import Dialogue, Question, dialogue
from workbench.comparison.plan._make_plan import make_plan
from workbench.comparison.plan._plan import Cell, Plan
from workbench.comparison.results._result import LeftOut, Result, Status
from workbench.comparison.run._again import plan_again
from workbench.comparison.run._asked_again import asked_again, cells_of
from workbench.comparison.run._comparison import Comparison
from workbench.comparison.run._estimate import estimate
from workbench.comparison.run._rerun import Rerun, what_changed
from workbench.comparison.run._run import Run
from workbench.comparison.run._saved_runs import open_run, runs
from workbench.comparison.scoring._scorer import Row, Score, Scorer
from workbench.files._tables import check_writable, read_table, write_frame, write_jsonl
from workbench.files._whole import write_whole

__all__ = [
    "Asked",
    "Cell",
    "Comparison",
    "Dialogue",
    "Kept",
    "LeftOut",
    "Plan",
    "Question",
    "Rerun",
    "Result",
    "Row",
    "Run",
    "Score",
    "Scorer",
    "Status",
    "Watcher",
    "are_kept",
    "asked_again",
    "cells_of",
    "check_writable",
    "dialogue",
    "estimate",
    "inspect_log",
    "make_plan",
    "open_run",
    "plan_again",
    "preference_pairs",
    "read_table",
    "runs",
    "unfinished",
    "what_changed",
    "write_frame",
    "write_jsonl",
    "write_whole",
]
