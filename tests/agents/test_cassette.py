"""A team of agents plays again from a recording, message by message, with no server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from agents.conftest import MakeTeam
from agents.teams import Said, agent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from cassettes import no_network, tape

from workbench import agents
from workbench.connections import Model

TASK = "Schreibe der Bürgerin, dass ihr Ausweis abgeholt werden kann."


async def test_a_team_says_the_same_again(
    each: Model, make_team: MakeTeam, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def said() -> list[tuple[str, str]]:
        session = await agents.session(make_team(each, MaxMessageTermination(4)), TASK).run()
        return list(zip(session.events["source"], session.events["content"], strict=True))

    with tape(tmp_path / "a", "record"):
        told = await said()
    with tape(tmp_path / "a", "replay") as playing, no_network(monkeypatch):
        assert await said() == told
        assert not [one for one in playing.unused if one.kind in ("ask", "stream")]


async def test_a_tool_that_is_played_does_nothing(tmp_path: Path) -> None:
    done: list[str] = []

    def file_away(what: str) -> dict[str, int]:
        """File something away."""
        done.append(what)
        return {what: len(done)}

    def call(prompt: str, number: int, tools: list[str]) -> Said:
        return [("file_away", json.dumps({"what": "Akte"}))]

    async def results() -> list[str]:
        team = RoundRobinGroupChat([agent("clerk", call, tools=[file_away])], max_turns=2)
        return list((await agents.session(team, TASK, approve="allow").run()).tools["result"])

    with tape(tmp_path / "a", "record"):
        told = await results()
    assert (told, done) == (["{'Akte': 1}", "{'Akte': 2}"], ["Akte", "Akte"])
    with tape(tmp_path / "a", "replay"):
        assert await results() == told
    assert len(done) == 2
