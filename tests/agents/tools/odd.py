"""The server that misbehaves, as tests name it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autogen_core import CancellationToken

from workbench.agents import tools

COMMAND = [sys.executable, str(Path(__file__).with_name("odd_server.py"))]
START_S = 120.0  # it imports much, and other tests are at work


def odd(*arguments: str, **more: Any) -> tools.McpServer:
    return tools.mcp([*COMMAND, *arguments], **{"name": "odd", "start_s": START_S, **more})


async def called(server: tools.McpServer, name: str, /, **arguments: Any) -> str:
    """What a tool gives, called by itself."""
    return await called_with(server, name, arguments)


async def called_with(server: tools.McpServer, name: str, arguments: Mapping[str, Any]) -> str:
    tool = next(one for one in server.tools if one.name == name)
    return str(await tool.run_json(arguments, CancellationToken()))
