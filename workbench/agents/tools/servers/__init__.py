"""Servers of tools by the Model Context Protocol: started or reached, listed, called, and ended."""

from workbench.agents.tools.servers._http import http_transport
from workbench.agents.tools.servers._process import process_transport
from workbench.agents.tools.servers._session import Connected
from workbench.agents.tools.servers._thread import there

__all__ = ["Connected", "http_transport", "process_transport", "there"]
