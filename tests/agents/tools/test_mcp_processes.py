"""Programs that serve tools: what they get, and that none of them outlives whoever has started it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from agents.tools.odd import COMMAND, START_S, called, odd

from workbench import errors
from workbench.agents.tools import _mcp

ENDS_WITHIN_S = 60.0

# A process that starts the server, tells its number, and ends as it is told.
STARTS = f"""
import asyncio, os, sys
from autogen_core import CancellationToken
from workbench.agents import tools

async def main():
    server = tools.mcp({COMMAND!r} + sys.argv[2:], name="odd", only=["process"], start_s={START_S})
    (tool,) = await server
    print(await tool.run_json({{}}, CancellationToken()), flush=True)
    if sys.argv[1] == "wait":
        await asyncio.sleep(600)

asyncio.run(main())
"""


def is_gone(number: int) -> bool:
    """Whether a process ends in time."""
    until = time.monotonic() + ENDS_WITHIN_S
    while time.monotonic() < until:
        try:
            if psutil.Process(number).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def started(*arguments: str) -> tuple[subprocess.Popen[str], int]:
    """A process that has a server, and the server's number."""
    process = subprocess.Popen([sys.executable, "-c", STARTS, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


async def test_a_program_gets_what_is_named_and_nothing_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-geheim")
    monkeypatch.setenv("ODD_KEY", "geheim-4711")
    server = odd(env={"ODD_SECRET": "env:ODD_KEY"}, only=["environment", "secret", "process"])
    await server
    names = (await called(server, "environment")).split()
    assert "OPENAI_API_KEY" not in names
    assert set(names) - {*_mcp._INHERITED, "LC_CTYPE"} == {"ODD_SECRET"}  # Python itself sets the other one
    assert await called(server, "secret") == "[key], 11 characters"
    assert "geheim-4711" not in repr(server.at)
    number = int(await called(server, "process"))
    await server.close()
    assert is_gone(number)
    with pytest.raises(errors.UsageError, match="the server was closed"):
        await called(server, "secret")


def test_a_server_ends_with_its_interpreter() -> None:
    process, number = started("end")
    assert process.wait(ENDS_WITHIN_S) == 0
    assert process.stdout is not None
    process.stdout.close()
    assert is_gone(number)


def test_a_stubborn_server_does_not_outlive_a_killed_process() -> None:
    process, number = started("wait", "--stubborn")
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
    assert is_gone(number)


async def test_a_server_works_where_it_is_told_to(tmp_path: Path) -> None:
    server = odd(folder=tmp_path, only="process")
    await server
    number = int(await called(server, "process"))
    assert Path(f"/proc/{number}/cwd").readlink() == tmp_path
    await server.close()
