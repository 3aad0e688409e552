"""Ready-made tools of agents, each within limits: Python that a model wrote, questions in SQL over tables."""

from workbench.agents.tools._code import code, executor
from workbench.agents.tools._sql import sql

__all__ = ["code", "executor", "sql"]
