"""Carrying scorers and referees out over the answers of a run."""

from workbench.comparison.scoring._score_run import tell_of_scores, watch_scoring

__all__ = ["tell_of_scores", "watch_scoring"]
