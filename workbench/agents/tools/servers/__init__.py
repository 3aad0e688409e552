"""Servers of tools by the Model Context Protocol: started or reached, listed, called, and ended.

The protocol's own SDK runs in this process, in a thread with a loop of its own. Servers that are programs are processes
anyway, and what they say is read as data; AutoGen's extension, which no current SDK can stand beside, is not installed.
"""

from workbench.agents.tools.servers._http import http_transport
from workbench.agents.tools.servers._process import process_transport
from workbench.agents.tools.servers._session import Connected
from workbench.agents.tools.servers._thread import there

__all__ = ["Connected", "http_transport", "process_transport", "there"]
