"""A team's conversation, turn by turn: history, branches, approval, limits."""

from workbench.agents.session._approval import Approvals, Approve, approvals
from workbench.agents.session._branches import Branch
from workbench.agents.session._limits import LimitLog, Limits
from workbench.agents.session._play import Play, Shared
from workbench.agents.session._session import Session
from workbench.agents.session._turn import Turn, cost_of_turns
from workbench.agents.session._until import Until
from workbench.agents.session._watch import watch

__all__ = [
    "Approvals",
    "Approve",
    "Branch",
    "LimitLog",
    "Limits",
    "Play",
    "Session",
    "Shared",
    "Turn",
    "Until",
    "approvals",
    "cost_of_turns",
    "watch",
]
