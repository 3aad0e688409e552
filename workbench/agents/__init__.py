"""The agents room: models as clients of AutoGen, and sessions that take a team's conversation turn by turn."""

from workbench.agents._client import ModelClient, client
from workbench.agents._session import Session, session

__all__ = ["ModelClient", "Session", "client", "session"]
