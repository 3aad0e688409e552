"""A team of agents plays again from a recording, message by message, with no server."""

from __future__ import annotations

from pathlib import Path

import pytest
from agents.conftest import MakeTeam
from autogen_agentchat.conditions import MaxMessageTermination
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
