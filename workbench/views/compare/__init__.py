"""The view of a comparison, while it runs and afterwards."""

from workbench.views.compare._answer_words import answer_words
from workbench.views.compare._details import Details
from workbench.views.compare._figures import Figures
from workbench.views.compare._widget import CompareView

__all__ = ["CompareView", "Details", "Figures", "answer_words"]
