"""A turn as a test: it plays the recorded answer, asks anew where that is wanted, and no text in it can break it."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agents.calling import once, session_of
from agents.teams import agent
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat

from workbench import agents
from workbench.agents.session._turn import Turn
from workbench.errors import UsageError

HOSTILE = "'''\n\"\"\" \\ \\' {x} \u202e \x00 \u2028 \ud800 \U0001d400 p\u0430ypal\r\nimport os"


def polite(text: str) -> bool:
    import re

    return re.search("Guten", text) is not None


async def spoken(text: str, task: str = "Los.", name: str = "clerk") -> Turn:
    team = RoundRobinGroupChat([agent(name, lambda *_: text)], max_turns=1)
    return (await agents.session(team, task).run()).turn(1)


async def called(*calls: tuple[str, Any]) -> Turn:
    session = session_of(once(*calls), agents.read_only(_find), approve="allow")
    return (await session.run()).turn(1)


def _find(city: str = "", note: str = "") -> str:
    """Find an office."""
    return f"Amt von {city}"


def find_office(city: str) -> str:
    """Find the office of a city."""
    return f"Amt von {city}"


def carried_out(text: str, name: str) -> Callable[[], None]:
    """What pytest would run, from the text of a test."""
    scope: dict[str, Any] = {}
    exec(compile(text, "written.py", "exec"), scope)
    return scope[name]  # type: ignore[no-any-return]


async def test_the_written_tests_run_by_themselves(tmp_path: Path) -> None:
    """In an empty folder, by plain pytest: green on what was recorded, red once the answer is another."""
    right = await called(("_find", {"city": "Bonn"}))
    text = right.as_test(tmp_path / "test_tool.py")
    assert (tmp_path / "test_tool.py").read_text(encoding="utf-8") == text
    (tmp_path / "test_other_tool.py").write_text(text.replace('"city": "Bonn"', '"city": "Köln"', 1), encoding="utf-8")
    said = await spoken("Guten Tag, der Antrag ist vollständig.")
    said.as_test(tmp_path / "test_said.py")
    text = said.as_test(tmp_path / "test_checked.py", check=polite)
    (tmp_path / "test_checked_other.py").write_text(text.replace("Guten Tag, ", "Tag, "), encoding="utf-8")
    (await spoken(HOSTILE, task=HOSTILE)).as_test(tmp_path / "test_hostile.py")
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("WORKBENCH_")}
    ran = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-rA", "."],
        cwd=tmp_path,
        env=surroundings | {"PYTHONPATH": str(Path(agents.__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    outcomes = dict(reversed(line.split(" ")[:2]) for line in ran.stdout.splitlines() if "::" in line and "ED " in line)
    assert {name.split("::")[0]: outcome for name, outcome in outcomes.items()} == {
        "test_tool.py": "PASSED",
        "test_other_tool.py": "FAILED",
        "test_said.py": "PASSED",
        "test_checked.py": "PASSED",
        "test_checked_other.py": "FAILED",
        "test_hostile.py": "PASSED",
    }, ran.stdout


@pytest.mark.parametrize("text", [HOSTILE, "'" * 7, "\\", "\\\\'", '"""', "ü" * 3])
async def test_no_text_can_break_what_is_written(text: str) -> None:
    turn = await spoken(text or "x", task=f"Los {text}")
    written = turn.as_test(check=text)
    written.encode()
    assert all(sign.isprintable() or sign == "\n" for sign in written)
    carried_out(written, "test_turn_1_of_clerk")()
    tree = ast.parse(written)
    assert [type(one).__name__ for one in tree.body[1:]] == [
        "ImportFrom", "Import", "Import", "Assign", "FunctionDef",
    ]  # fmt: skip
    turn = await called(("_find", {"city": text, "note": text}))
    carried_out(turn.as_test(), "test_turn_1_of_clerk")()


async def test_no_name_can_break_what_is_written() -> None:
    turn = await spoken("Ja.")
    turn.agent = "x\"\"\"\n\nimport os\n''' \u202e"
    carried_out(turn.as_test(call=0), "test_turn_1_of_x_import_os")()
    turn.agent = "\u0444"
    carried_out(turn.as_test(call=0), "test_turn_1")()


async def test_a_check_is_true_of_the_recorded_answer_or_not_written() -> None:
    turn = await spoken("Guten Tag.")
    for check in ("Antrag", ["Guten", "Antrag"], lambda text: False):
        with pytest.raises(UsageError, match=r"check does not hold|cannot be written"):
            turn.as_test(check=check)
    outside = "Guten"

    def closed(text: str) -> bool:
        return outside in text

    def given(text: str, wanted: str = "Guten") -> bool:
        return wanted in text

    for check in (closed, given, lambda text: True, str.istitle):
        with pytest.raises(UsageError, match="this check cannot be written into a test"):
            turn.as_test(check=check)
    with pytest.raises(UsageError, match="says nothing"):
        turn.as_test(check=[])


async def test_live_the_very_call_is_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same model says the same again; asked otherwise, it does not, and the test tells."""
    told = "Rufe find_office auf."
    members = [
        AssistantAgent(
            name, agents.client("embedded", temperature=0, seed=1, max_tokens=tokens), tools=tools, system_message=told
        )
        for name, tokens, tools in [("clerk", 60, [agents.read_only(find_office)]), ("b", 6, None)]
    ]
    session = await agents.session(RoundRobinGroupChat(list(members), max_turns=2), "Wo ist das Amt in Bonn?").run()
    assert list(session.tools["tool"]) == ["find_office"]
    texts = [session.turn(number).as_test() for number in (1, 2)]
    monkeypatch.setenv("WORKBENCH_MODE", "live")
    for text, name in zip(texts, ("clerk", "b"), strict=True):
        carried_out(text, f"test_turn_{1 if name == 'clerk' else 2}_of_{name}")()
    other = texts[1].replace('"max_tokens": 6', '"max_tokens": 2')
    assert other != texts[1]
    with pytest.raises(AssertionError):
        carried_out(other, "test_turn_2_of_b")()


async def test_what_cannot_be_asked_anew_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (await spoken("Ja.")).as_test()
    monkeypatch.setenv("WORKBENCH_MODE", "live")
    with pytest.raises(UsageError, match="nothing tells how this model was asked"):
        carried_out(text, "test_turn_1_of_clerk")()
    with pytest.raises(UsageError, match="not a recorded call"):
        agents.ask_again({"client": {"model": "embedded", "options": {}}, "messages": [{}], "settings": {}})
    monkeypatch.delenv("WORKBENCH_MODE")
    with pytest.raises(UsageError, match="not a recorded call"):
        agents.ask_again(json.loads("{}"))
