"""Ready-made tools of agents, each within limits: questions in SQL over tables."""

from workbench.agents.tools._sql import sql

__all__ = ["sql"]
