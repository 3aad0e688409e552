"""Tools for agents, beside Python functions: those of MCP servers, and skills that lie in folders."""

from workbench.agents.tools._mcp import McpServer, mcp
from workbench.agents.tools._skills import skills

__all__ = ["McpServer", "mcp", "skills"]
