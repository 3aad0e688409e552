"""The agents room: models as clients of AutoGen, and sessions that take a team's conversation turn by turn."""

from workbench.agents import tools
from workbench.agents._begin import load, session
from workbench.agents._client import ModelClient, client
from workbench.agents._desk import Call, Verdict
from workbench.agents.autogen import read_only
from workbench.agents.session import Limits, Session, Until
from workbench.agents.variants import variants

__all__ = [
    "Call",
    "Limits",
    "ModelClient",
    "Session",
    "Until",
    "Verdict",
    "client",
    "load",
    "read_only",
    "session",
    "tools",
    "variants",
]
