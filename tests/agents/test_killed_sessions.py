"""A process that is killed at any moment loses at most the turn under way."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from agents.teams import KINDS
from agents.test_kinds_of_teams import TASK, shown, stepped

from workbench import agents

CHILD = """
import asyncio, sys
from pathlib import Path
from agents.teams import KINDS, clients
from agents.test_kinds_of_teams import TASK
from workbench import agents

async def main(kind, path):
    team = KINDS[kind]()
    session = agents.load(path, team, approve="allow") if Path(path).exists() else None
    if session is None:
        session = agents.session(team, TASK, approve="allow", file=path)
    for client in clients(team):
        client.seconds = 0.03
    print("ready", flush=True)
    while not session.finished:
        await session.step()
        print(session.turns, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize(("kind", "kills"), [("graph_loop", 4), ("nested", 2)])
def test_a_killed_conversation_goes_on(kind: str, kills: int, tmp_path: Path) -> None:
    drawn, file = random.Random(7), tmp_path / "killed.session"
    wanted = asyncio.run(stepped(agents.session(KINDS[kind](), TASK, approve="allow")))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}
    reported = 0
    for _ in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, kind, str(file)], stdout=subprocess.PIPE, text=True, env=environment
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(drawn.randint(1, 2)):
            if line := process.stdout.readline():
                reported = int(line)
        time.sleep(drawn.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        left, _ = process.communicate()
        reported = max([reported, *(int(line) for line in left.split())])
        there = agents.load(shutil.copy(file, tmp_path / "copy.session"), KINDS[kind](), approve="allow")
        assert reported <= there.turns <= reported + 1
        assert shown(there) == shown(wanted)[: len(shown(there))]
    session = asyncio.run(stepped(agents.load(file, KINDS[kind](), approve="allow")))
    assert shown(session) == shown(wanted)
    assert session.stop_reason == wanted.stop_reason
