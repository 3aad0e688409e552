"""The live view of a running comparison."""

from workbench.views.compare._widget import CompareView

__all__ = ["CompareView"]
