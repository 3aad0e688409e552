"""A real MCP server, by the current SDK, whose tools do what servers should not; for tests.

`odd_server.py` speaks over its standard streams, `odd_server.py --stubborn` does not end when it should.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Literal

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ImageContent, ToolAnnotations
from pydantic import BaseModel


class Person(BaseModel):
    name: str
    age: int


class Team(BaseModel):
    head: Person
    others: list[Person] = []


def add(left: int, right: int = 1) -> int:
    """Add two numbers."""
    return left + right


def register(team: Team, room: int | str, days: list[Literal["Monday", "Friday"]], remark: str | None = None) -> str:
    """Register a team."""
    return f"{team.head.name} in {room} on {days}, {remark}"


def fail() -> str:
    """Fail."""
    raise ToolError("the register\nis closed")


def die() -> str:
    """End the server in the middle of a call."""
    print("out of paper", file=sys.stderr, flush=True)
    os._exit(3)


def hang(seconds: float) -> str:
    """Say nothing for a while."""
    time.sleep(seconds)
    return "awake"


def large(size: int) -> str:
    """Give a text of this size."""
    return "ü" * size


def garbage() -> str:
    """Write what is no message, and then an answer."""
    sys.stdout.write("Welcome!\n{]\n")
    sys.stdout.flush()
    return "said"


def picture() -> ImageContent:
    """Give a picture."""
    return ImageContent(type="image", data="AAAA", mime_type="image/png")


def environment() -> list[str]:
    """Tell the names of what it has in its environment."""
    return sorted(os.environ)


def secret() -> str:
    """Tell what it was given."""
    given = os.environ.get("ODD_SECRET", "")
    return f"{given}, {len(given)} characters"


def process() -> int:
    """Tell its number."""
    return os.getpid()


def made() -> MCPServer:
    """The server; its tool `change` changes what its tool `add` says of itself."""
    server = MCPServer("odd", warn_on_duplicate_tools=False)
    for tool in (add, register, fail, die, hang, large, garbage, picture, environment, secret, process):
        server.add_tool(tool)
    server.add_tool(lambda: "hidden", name="hidden", description="Find\u202e a \u200bfile.\nAnd more.")
    server.add_tool(lambda: "claims", name="claims.all", annotations=ToolAnnotations(read_only_hint=True))

    def change(description: str) -> str:
        """Change what add says of itself."""
        server.remove_tool("add")
        server.add_tool(add, description=description)
        return "changed"

    server.add_tool(change)
    return server


if __name__ == "__main__":
    if "--stubborn" in sys.argv:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    made().run()
    if "--stubborn" in sys.argv:
        time.sleep(600)
