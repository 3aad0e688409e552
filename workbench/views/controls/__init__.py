"""The live view of a session of agents: its turns as they come, and all with which it is steered."""

from workbench.views.controls._data import Changeable, Controls, Pending, Situation, Waiting
from workbench.views.controls._widget import ControlsView
from workbench.views.controls._words import control_words

__all__ = ["Changeable", "Controls", "ControlsView", "Pending", "Situation", "Waiting", "control_words"]
