"""What scores say: which model is better, by how much, and how sure that is."""

from workbench.compare.statistics._agreement import Agreement, agreement
from workbench.compare.statistics._verdict import Pair, Verdict, verdict
from workbench.compare.statistics._votes import Strengths, bradley_terry

__all__ = ["Agreement", "Pair", "Strengths", "Verdict", "agreement", "bradley_terry", "verdict"]
