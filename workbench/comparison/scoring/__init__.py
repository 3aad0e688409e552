"""Carrying scorers and referees out over the answers of a run."""
