"""A team's conversation, turn by turn: history, branches, approval, limits."""

from workbench.agents.session._begin import session
from workbench.agents.session._limits import Limits
from workbench.agents.session._session import Session
from workbench.agents.session._until import Until

__all__ = ["Limits", "Session", "Until", "session"]
