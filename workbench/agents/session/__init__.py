"""A team's conversation, turn by turn: history, branches, approval, limits."""

from workbench.agents.session._blame import Scorer, interval, score_all
from workbench.agents.session._branches import Branch, Models, clients_of
from workbench.agents.session._limits import LimitLog, Limits
from workbench.agents.session._loops import loops_in, repeated
from workbench.agents.session._play import Play
from workbench.agents.session._session import Session
from workbench.agents.session._shared import Shared
from workbench.agents.session._turn import Attempt, Turn, cost_of_turns
from workbench.agents.session._until import Until
from workbench.agents.session._watch import watch
from workbench.agents.session.approval import Approvals, Approve, approvals

__all__ = [
    "Approvals",
    "Approve",
    "Attempt",
    "Branch",
    "LimitLog",
    "Limits",
    "Models",
    "Play",
    "Scorer",
    "Session",
    "Shared",
    "Turn",
    "Until",
    "approvals",
    "clients_of",
    "cost_of_turns",
    "interval",
    "loops_in",
    "repeated",
    "score_all",
    "watch",
]
