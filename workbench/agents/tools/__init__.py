"""Ready-made tools of agents, each within limits: Python, search in documents, and questions in SQL over tables."""

from workbench.agents.tools._code import code, executor
from workbench.agents.tools._sql import sql
from workbench.agents.tools.search import DocumentSearch, documents

__all__ = ["DocumentSearch", "code", "documents", "executor", "sql"]
