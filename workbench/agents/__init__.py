"""The agents room: models as clients of AutoGen, and sessions that take a team's conversation turn by turn."""

from workbench.agents._begin import load, session
from workbench.agents._client import ModelClient, client
from workbench.agents._desk import Call, Verdict
from workbench.agents.autogen import read_only
from workbench.agents.calls import ask_again
from workbench.agents.session import Limits, Session, Until

__all__ = [
    "Call",
    "Limits",
    "ModelClient",
    "Session",
    "Until",
    "Verdict",
    "ask_again",
    "client",
    "load",
    "read_only",
    "session",
]
