"""Tools for agents, beside Python functions: ready-made ones, each within limits, those of MCP servers, and skills."""

from workbench.agents.tools._call import call
from workbench.agents.tools._code import code, executor
from workbench.agents.tools._mcp import McpServer, mcp
from workbench.agents.tools._skills import skills
from workbench.agents.tools._sql import sql
from workbench.agents.tools.search import DocumentSearch, documents

__all__ = ["DocumentSearch", "McpServer", "call", "code", "documents", "executor", "mcp", "skills", "sql"]
