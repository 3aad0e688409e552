"""A file that is damaged, or that somebody made to do harm, is refused with the reason; nothing of it is run or set."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agents.teams import agent
from agents.test_kinds_of_teams import TASK, Counting
from autogen_agentchat.teams import RoundRobinGroupChat

from workbench import agents
from workbench.agents.file import _lines, _reader
from workbench.errors import SessionFileError

Op = list[Any]


def make() -> RoundRobinGroupChat:
    return RoundRobinGroupChat([Counting("counts"), agent("a")], max_turns=3)


@pytest.fixture
async def lines(tmp_path: Path) -> list[Any]:
    """The lines of an honest file, as what they say."""
    session = agents.session(make(), TASK, file=tmp_path / "honest.session")
    await session.step()
    await session.step()
    return [json.loads(line) for line in (tmp_path / "honest.session").read_text("utf-8").splitlines()]


def first(lines: list[Any], kind: str) -> Op:
    return next(op for op in lines[1] if op[0] == kind)


def state(lines: list[Any], path: str, values: Any) -> None:
    changes = first(lines, "rest")[2]
    next(one for one in changes if one[0] == path)[1] = ["=", values]


def header(**values: Any) -> Callable[[list[Any]], None]:
    return lambda lines: lines[0].update(values)


def added(*ops: Op) -> Callable[[list[Any]], None]:
    return lambda lines: lines[2].extend(ops)


def of_state(path: str, values: Any) -> Callable[[list[Any]], None]:
    return lambda lines: state(lines, path, values)


def with_attribute(path: str, name: str, value: Any) -> Callable[[list[Any]], None]:
    def change(lines: list[Any]) -> None:
        changes = first(lines, "rest")[2]
        next(one for one in changes if one[0] == path)[1][1].append([name, value])

    return change


def field_of_play(name: str, value: Any) -> Callable[[list[Any]], None]:
    return lambda lines: first(lines, "play")[2].update({name: value})


def renamed(kind: str, name: str) -> Callable[[list[Any]], None]:
    return lambda lines: first(lines, kind).__setitem__(1, name)


MANAGER, COUNTS = "#manager/", "counts/"
FAR = 10**9
HOSTILE: dict[str, tuple[Callable[[list[Any]], None], str]] = {
    "another format": (header(format="workbench cassette"), "first line"),
    "another version": (header(version=2), "version 2"),
    "version True": (header(version=True), "version True"),
    "a team that is none": (header(team=[["a"]]), "first line"),
    "a foreign team": (header(team=[["a/", "os.system"]]), "of another team"),
    "a message of a kind to import": (renamed("message", "os.system"), "'os.system' is not a kind"),
    "a message of a class nearby": (renamed("message", "ModelClient"), "'ModelClient' is not a kind"),
    "a message that is none": (lambda lines: first(lines, "message").__setitem__(2, {"content": 7}), "not a valid one"),
    "a message without fields": (added(["message", "TextMessage", None]), "has no fields"),
    "a number of nothing": (added(["said", "a", FAR, None]), f"number {FAR} refers to nothing"),
    "a number below": (added(["said", "a", -1, None]), "number -1 refers to nothing"),
    "a number that is a truth": (added(["said", "a", True, None]), "number True refers to nothing"),
    "a number of something else": (added(["rest", 0, [], [], [0], None]), "is not there"),
    "a kind that is none": (added(["pickle", "gASVAAAA"]), "not a line of a known kind"),
    "a line that is no list": (lambda lines: lines.append({"eval": "1"}), "it is not a list"),
    "an attribute that is no state": (with_attribute(MANAGER, "_max_turns", 10**6), "'_max_turns' of the manager"),
    "a method": (with_attribute(MANAGER, "publish_message", "x"), "is not part of"),
    "a class": (with_attribute(COUNTS, "__class__", "os"), "'__class__' of counts is not part"),
    "an attribute of AutoGen's in another's class": (with_attribute(COUNTS, "_name", "x"), "is not part of"),
    "an attribute that is not there": (with_attribute(COUNTS, "command", "rm"), "is not part of"),
    "an attribute of another kind": (of_state(MANAGER, ["dict", ["_current_turn", "x"]]), "of another kind"),
    "a list that cannot grow": (of_state(MANAGER, ["dict", ["_message_thread", ["list"]]]), "of another kind"),
    "a value of an unknown kind": (of_state(COUNTS, ["dict", ["count", ["object", "os.system"]]]), "a kind of value"),
    "a function as factory": (of_state(COUNTS, ["dict", ["heard", ["defaultdict", "eval"]]]), "a kind of value"),
    "a trace that is none": (field_of_play("trace", "x" * 32), "the id of a trace is not valid"),
    "an attempt that is none": (field_of_play("attempts", [0, 0, [1, "a", 0, 0, "", "", [], {}]]), "that was tried"),
    "a time beyond all": (field_of_play("attempts", [0, 0, [1, "a", 1e300, 0, "", "", [], []]]), "a time is not valid"),
    "a failure that is none": (
        field_of_play("attempts", [0, 0, [1, "a", 0, 0, "", "", [], [["os", "a/", "x", 0, 0, ""]]]]),
        "a question without an answer is not valid",
    ),
    "a question at no time": (
        added(["asked", "person", "a/", "id", "root", False, True, True, 0]),
        "the time of a question is not valid",
    ),
    "a part that is not there": (lambda lines: first(lines, "rest")[2].append(["b/", ["=", ["dict"]]]), "no part 'b/'"),
    "a part that is missing": (lambda lines: first(lines, "rest")[2].pop(), "hold nothing"),
    "a member that is not there": (lambda lines: first(lines, "rest").__setitem__(3, ["root"]), "does not have"),
    "more of a list than there is": (of_state(MANAGER, ["dict", ["_message_thread", ["grown", 0, FAR]]]), "not a kind"),
    "a change of nothing": (added(["tree", FAR, 0]), "a change does not fit"),
    "a field that a conversation lacks": (field_of_play("approve", "allow"), "has no 'approve'"),
    "a limit that is none": (field_of_play("limits", [-1, None, None, None]), "the limit of turns"),
    "an approval that is none": (field_of_play("given", [0, 0, ["a"]]), "an approval is not valid"),
    "a time that is none": (field_of_play("log", [0, 0, ["now", 1, *["x"] * 6]]), "no conversation does"),
    "a branch of itself": (lambda lines: first(lines, "tree").__setitem__(3, ["0", 0, 0, 0, ""]), "is not valid"),
    "an answer of nobody": (added(["asked", "shell", "a/", "id", "root", False, True, True]), "not a kind of question"),
    "an answer of another kind": (added(["asked", "model", "a/", 0, "yes", False, True, True]), "gives no such answer"),
    "a prompt out of nothing": (added(["request", None, 5, [], 0]), "goes on from what is not there"),
    "a text out of nothing": (added(["like", 0, FAR, 0, "TextMessage", {"content": ""}]), "goes on from"),
    "no branches": (lambda lines: lines[1].remove(first(lines, "tree")), "nothing happened"),
    "an unheard reason\n\x1b[31m": (header(version="2\n\x1b[31m"), "version"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "why"), HOSTILE.values(), ids=HOSTILE)
async def test_such_a_file_is_refused_with_the_reason(
    change: Callable[[list[Any]], None], why: str, lines: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[Any] = []
    monkeypatch.setattr(os, "system", ran.append)
    change(lines)
    file = tmp_path / "hostile.session"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    raw, team = file.read_bytes(), make()
    before = {id(one): dict(vars(one)) for one in team._participants}
    with pytest.raises(SessionFileError) as raised:
        agents.load(file, team)
    assert why in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "\x1b" not in str(raised.value)
    assert ran == []
    assert {id(one): dict(vars(one)) for one in team._participants} == before
    assert file.read_bytes() == raw


RAW = {
    "nothing": (b"", "first line"),
    "no lines": (b"workbench session", "first line"),
    "a pickle": (b"\x80\x04\x95\x1e\x00cposix\nsystem\n\x8c\x02id\x85R.\n", "first line"),
    "no JSON": (b"{'format': 'workbench session'}\n", "first line"),
    "nested deeply": (b"%s[" + b"[" * 100_000 + b"]" * 100_001 + b"\n", "nested too deeply"),
    "a name twice": (b'%s[{"a": 1, "a": 2}]\n', "names 'a' twice"),
    "a number that is none": (b"%s[NaN]\n", "line 2"),
    "a number of many digits": (b"%s[" + b"9" * 5000 + b"]\n", "line 2"),
    "no text": (b"%s\xff\xfe\n", "line 2"),
    "an empty line": (b"%s\n", "line 2"),
}


@pytest.mark.parametrize(("raw", "why"), RAW.values(), ids=RAW)
async def test_what_is_no_such_file_is_refused(raw: bytes, why: str, lines: list[Any], tmp_path: Path) -> None:
    file = tmp_path / "hostile.session"
    file.write_bytes(raw.replace(b"%s", json.dumps(lines[0]).encode() + b"\n"))
    with pytest.raises(SessionFileError) as raised:
        agents.load(file, make())
    assert why in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("bound", "count"), [("_MOST_BYTES", 3000), ("_LONGEST_LINE", 1500)])
async def test_a_file_that_is_too_large_is_refused(
    bound: str, count: int, lines: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_lines, bound, count)
    with pytest.raises(SessionFileError, match=r"larger than|longer than"):
        agents.load(tmp_path / "honest.session", make())


async def test_a_small_file_that_unfolds_to_a_large_conversation_is_refused(
    lines: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_reader, "_MOST_PARTS", 10_000)
    numbers = [number for number, op in enumerate(nodes(lines)) if op[0] == "message" and op[1] == "UserMessage"]
    settings = next(number for number, op in enumerate(nodes(lines)) if op[0] == "settings")
    count = len(nodes(lines))
    lines[2].append(["request", None, 0, numbers[:1] * 5000, settings])
    lines[2] += [["request", count + number, 5000, [], settings] for number in range(3)]
    file = tmp_path / "hostile.session"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    with pytest.raises(SessionFileError, match="repeats more than 10,000 parts"):
        agents.load(file, make())


def nodes(lines: list[Any]) -> list[Op]:
    """What has a number in a file."""
    return [op for line in lines[1:] for op in line if op[0] not in ("grow", "turn", "play", "tree")]


async def test_a_forged_approval_does_not_run_a_tool(tmp_path: Path) -> None:
    ran: list[str] = []

    def team() -> RoundRobinGroupChat:
        def delete(path: str) -> str:
            """Delete a file."""
            ran.append(path)
            return "deleted"

        return RoundRobinGroupChat([agent("a", lambda *_: [("delete", '{"path": "/"}')], tools=[delete])], max_turns=1)

    file = tmp_path / "forged.session"
    session = agents.session(team(), TASK, file=file)
    await session.step()
    session.approve(always=True)
    loaded = agents.load(file, team())
    await loaded.run()
    assert ran == []
    assert loaded.waiting
