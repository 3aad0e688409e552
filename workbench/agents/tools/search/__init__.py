"""Search in documents: which files there are, what stands in them, passages of it, and which of them fit a question."""

from workbench.agents.tools.search._tool import DocumentSearch, documents

__all__ = ["DocumentSearch", "documents"]
