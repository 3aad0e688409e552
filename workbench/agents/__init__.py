"""The agents room: models as clients of AutoGen, and sessions that take a team's conversation turn by turn."""

from workbench.agents import tools
from workbench.agents._begin import load, session
from workbench.agents._client import ModelClient, client
from workbench.agents._desk import Call, Verdict
from workbench.agents._scoring import score_branches
from workbench.agents.autogen import read_only
from workbench.agents.calls import ask_again
from workbench.agents.session import Limits, Session, Until
from workbench.agents.traces import export_traces, spans
from workbench.agents.variants import variants
from workbench.connections import Receiver

__all__ = [
    "Call",
    "Limits",
    "ModelClient",
    "Receiver",
    "Session",
    "Until",
    "Verdict",
    "ask_again",
    "client",
    "export_traces",
    "load",
    "read_only",
    "score_branches",
    "session",
    "spans",
    "tools",
    "variants",
]
