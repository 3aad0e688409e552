"""Carrying scorers and referees out over the answers of a run."""

from workbench.comparison.scoring._score_run import watch_scoring

__all__ = ["watch_scoring"]
