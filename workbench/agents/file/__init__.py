"""A conversation in one file that holds data only: each turn is added as it is complete, and loaded to go on."""

from workbench.agents.file._book import Book, begun
from workbench.agents.file._loading import tree_of

__all__ = ["Book", "begun", "tree_of"]
