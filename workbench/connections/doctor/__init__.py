"""The doctor: reaches a server step by step, and finds out what a model really does by asking it."""

from workbench.connections.doctor._diagnosis import Diagnosis, Finding, Step
from workbench.connections.doctor._examine import doctor, examine
from workbench.connections.doctor._growing import Progress, interrupted

__all__ = ["Diagnosis", "Finding", "Progress", "Step", "doctor", "examine", "interrupted"]
