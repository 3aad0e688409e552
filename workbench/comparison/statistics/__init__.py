"""What scores say: which model is better, by how much, and how sure that is."""

from workbench.comparison.statistics._agreement import Agreement, agreement
from workbench.comparison.statistics._verdict import Pair, Verdict, verdict
from workbench.comparison.statistics._votes import Strengths, bradley_terry

__all__ = ["Agreement", "Pair", "Strengths", "Verdict", "agreement", "bradley_terry", "verdict"]
