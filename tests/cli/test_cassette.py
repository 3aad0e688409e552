"""`workbench cassette`, and recorded answers on a terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from cassettes import HEADER, write_cassette
from standin import standing_in

from workbench import cli
from workbench.connections import connect

ASKED = {"messages": [{"role": "user", "content": "Wo ist das Amt?"}], "options": {}}
ENTRY = {"kind": "ask", "connection": "gpu", "model": "m", "request": ASKED, "at": "2026-11-26T11:19:16.144+00:00"}


def entry(text: str, **more: object) -> dict[str, object]:
    return ENTRY | {"value": {"text": text, "finish": "stop"}} | more


def call(*arguments: str) -> object:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "argv", ["workbench", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    return ended.value.code or 0


def test_show_lists_what_is_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = {"error": {"kind": "RateLimitError", "what": "too many requests"}}
    path = write_cassette(tmp_path / "a.cassette", entry("In Bonn.\u202e\x1b[31m", asked_in="In [3]"), ENTRY | broken)
    assert call("cassette", "show", str(path)) == 0
    one, two = capsys.readouterr().out.splitlines()[1:]
    assert "In [3]" in one
    assert "gpu/m" in one
    assert "Wo ist das Amt?" in one
    assert "In Bonn." in one
    assert "\u202e" not in one
    assert "\x1b" not in one
    assert "RateLimitError: too many requests" in two


def test_show_tells_on_which_machine_it_was_begun(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = {"machine": {"processor": "EPYC\n\x1b[31m", "cores": 2}, "folder": {"commit": "ab12", "dirty": False}}
    path = write_cassette(tmp_path / "a.cassette", header=HEADER | told | {"made": "2026-11-26T11:19:16.144+00:00"})
    assert call("cassette", "show", str(path)) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("begun 2026-11-26T11:19:16 with Workbench")
    assert lines[1].startswith("machine: processor EPYC ")
    assert lines[2:] == ["machine: cores 2", "folder: commit ab12", "folder: dirty false"]
    assert "\x1b" not in lines[1]


def test_diff_tells_what_changed_word_by_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    only = ENTRY | {"request": {"messages": [{"role": "user", "content": "Wie alt ist es?"}], "options": {}}}
    before = write_cassette(tmp_path / "a.cassette", entry("Das Amt ist in Bonn."), only)
    after = write_cassette(tmp_path / "b.cassette", entry("Das Amt ist in Köln."))
    assert call("cassette", "diff", str(before), str(after)) == 1
    told = capsys.readouterr().out.splitlines()
    assert told == [
        "changed: gpu/m (ask): Wo ist das Amt?",
        "  ist in [-Bonn.-] {+Köln.+}",
        "only here: gpu/m (ask): Wie alt ist es?",
    ]
    assert call("cassette", "diff", str(before), str(before)) == 0
    assert capsys.readouterr().out == ""


def test_check_says_what_it_holds_or_why_it_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_cassette(tmp_path / "a.cassette", entry("Ja"))
    assert call("cassette", "check", str(path)) == 0
    assert capsys.readouterr().out == "1 recorded, 0 of them errors, of gpu/m\n"
    path.write_bytes(path.read_bytes()[:20] + b"damaged" + path.read_bytes()[27:])
    assert call("cassette", "check", str(path)) == 1
    assert "refused" in capsys.readouterr().err


def test_a_terminal_says_that_what_it_shows_was_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKBENCH_CASSETTE", str(tmp_path / "lesson"))
    prompts = tmp_path / "prompts.csv"
    prompts.write_text("prompt\nBonn?\n", encoding="utf-8")
    with standing_in() as server:
        connect("gpu", f"{server.address}/v1", kind="openai")
        for mode in ("record", "replay"):
            monkeypatch.setenv("WORKBENCH_MODE", mode)
            assert call("ask", "gpu/small", "Wo?") == 0
            told = capsys.readouterr()
            assert told.out == "Bonn\n"
            assert ("recorded 20" in told.err) is (mode == "replay")
            assert call("compare", str(prompts), "--model", "gpu/small", "--out", "out.csv") == 0
            assert ("1 of the answers were recorded earlier" in capsys.readouterr().err) is (mode == "replay")
        seen = len(server.seen)
    assert seen
