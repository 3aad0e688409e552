"""A line about a long work, with a bar and a button that ends it."""

from workbench.views.work._widget import WorkView

__all__ = ["WorkView"]
