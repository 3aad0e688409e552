"""What took how long, as a picture: a row for each, in place and length, with words for those who do not see it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from agents.teams import agent, clients
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from cassettes import tape
from views.agents.scenes import at_work

import workbench as wb
from workbench import agents
from workbench.agents.traces import spans_to
from workbench.notebook.agents._times import bars_of
from workbench.views.agents import Bar, Drawing, waterfall

SVG = "{http://www.w3.org/2000/svg}"
BARS = (
    Bar("step", "1", 0, 0.0, 2.0, waits=True),
    Bar("step", "1", 0, 2.0, 4.0),
    Bar("agent", "clerk", 1, 2.0, 4.0),
    Bar("model", "qwen3:4b", 2, 2.5, 3.5),
    Bar("tool", "find_rule", 2, 3.5, 4.0, "tool_error"),
)


def texts(drawing: Drawing) -> list[str]:
    return [str(node.text) for node in ElementTree.fromstring(drawing.svg).iter(f"{SVG}text")]


def boxes(drawing: Drawing) -> list[tuple[float, float]]:
    """Where each bar begins and how long it is, as shares of the longest."""
    found = ElementTree.fromstring(drawing.svg).iter(f"{SVG}rect")
    return [(float(node.attrib["x"]), float(node.attrib["width"])) for node in found]


def test_bars_stand_in_place_and_length() -> None:
    rows = boxes(waterfall(BARS))[: len(BARS)]
    begin, whole = rows[0][0], 2 * rows[0][1]
    shares = [(round((x - begin) / whole, 2), round(width / whole, 2)) for x, width in rows]
    assert shares == [(0, 0.5), (0.5, 0.5), (0.5, 0.5), (0.62, 0.25), (0.88, 0.12)]


def test_rows_are_named_and_say_what_failed_and_what_waits() -> None:
    drawing = waterfall(BARS)
    written = set(texts(drawing))
    assert {"‖ Turn 1", "Turn 1", "clerk", "qwen3:4b", "✗ find_rule", "0.50 s tool_error", "tool called"} <= written
    assert drawing.text == "What took how long: ‖ Turn 1 2.00 s; Turn 1 2.00 s (pauses between turns are left out)."
    german = waterfall(BARS, "de")
    assert {"Zug 1", "0,50 s tool_error", "Werkzeug aufgerufen"} <= set(texts(german))
    assert ElementTree.fromstring(german.svg).findtext(f"{SVG}title") == german.text


def test_of_very_many_rows_the_rest_is_counted() -> None:
    drawing = waterfall([Bar("step", str(number), 0, number, number + 1) for number in range(1000)])
    assert "… and 850 more" in texts(drawing)
    assert waterfall([]).svg.startswith("<svg")


def test_names_of_others_are_text() -> None:
    drawing = waterfall([Bar("tool", "<script>alert(1)</script>" * 20, 0, 0, 1)])
    assert "<script" not in drawing.svg
    assert max(map(len, texts(drawing))) < 60


async def test_a_session_is_drawn_without_its_pauses() -> None:
    session = await at_work()
    for client in clients(session.team):
        client.seconds = 0.05
    session.approve()
    await session.run()
    bars = bars_of(spans_to(session._branch))
    steps = [one for one in bars if one.kind == "step"]
    assert [one.name for one in steps if one.waits] == ["3", "6"]
    assert steps[0].begin == 0
    for one, following in pairwise(steps):
        assert following.begin == pytest.approx(one.end, abs=1e-6)
    drawing = wb.waterfall(session)
    assert "✗ find_rule" in texts(drawing)
    assert "Turn 1" in drawing.text
    branch = session.fork(at=1)
    await branch.run()
    assert "Turn 2" in wb.waterfall(branch).text
    assert "clerk" in texts(wb.waterfall(branch))


async def test_of_what_is_played_the_order_is_shown_and_no_times(tmp_path: Path) -> None:
    async def drawn() -> str:
        client = agents.client("embedded", temperature=0, max_tokens=2, seed=1)
        team = RoundRobinGroupChat([agent("a"), AssistantAgent("b", client)], max_turns=2)
        return wb.waterfall(await agents.session(team, "Los.").run()).svg

    with tape(tmp_path / "a", "record"):
        recorded = await drawn()
    with tape(tmp_path / "a", "replay"):
        assert await drawn() == recorded
    assert "the order, and no times" in recorded
    assert " s</text>" not in recorded
