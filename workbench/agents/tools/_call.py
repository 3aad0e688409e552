"""A tool called as an agent would, to see what the agent would read."""

from __future__ import annotations

from typing import Any

from autogen_core.tools import BaseTool, StaticWorkbench

from workbench.arguments import shown
from workbench.errors import UsageError


async def call(tool: BaseTool[Any, Any], **arguments: Any) -> str:
    """Call a tool as an agent would, and give the text that the agent would read: the result, or why there is none.

    You call it yourself, so that nobody is asked for approval.

    Args:
        tool: A tool of AutoGen's, such as those of `wb.agents.tools`.
        arguments: What it is called with.

    Returns:
        The text.

    Raises:
        UsageError: If it is not a tool.

    >>> import asyncio
    >>> import pandas as pd
    >>> from workbench.agents.tools import sql
    >>> tool = sql(pd.DataFrame({"city": ["Bonn", "Kiel"]}))
    >>> print(asyncio.run(call(tool, query="SELECT count(*) AS cities FROM data")))
    cities
    2
    (1 row)
    """
    if not isinstance(tool, BaseTool):
        raise UsageError(f"{shown(tool)} is not a tool", advice="give one of AutoGen's; a function is called by itself")
    return (await StaticWorkbench([tool]).call_tool(tool.name, arguments)).to_text()
