"""The terminal as it is: other encodings, readers that go, prompts that begin with a dash, tables from elsewhere."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from scripted_model import echo, replied, scripted

from workbench import cli
from workbench.cli import _ask, _compare
from workbench.comparison import make_plan
from workbench.messages import Piece, Request
from workbench.texts import replaced


@pytest.fixture(autouse=True)
def _models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every model repeats what it is asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_ask, "model", lambda name, **options: scripted("x/m", echo).using(**options))
    plan = lambda table, names, **options: make_plan(table, scripted("x/m", echo), **options)  # noqa: E731
    monkeypatch.setattr(_compare, "make_plan", plan)


def called(monkeypatch: pytest.MonkeyPatch, *arguments: str, encoding: str = "utf-8") -> tuple[object, str, str]:
    """Status, output and errors of a call, on a terminal of an encoding."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n") for _ in range(2))
    for name, value in (("stdout", out), ("stderr", err), ("argv", ["workbench", *arguments])):
        monkeypatch.setattr(sys, name, value)
    status: object = 0
    try:
        cli.main()
    except SystemExit as ended:
        status = ended.code
    told = []
    for stream in (out, err):
        stream.flush()
        told.append(stream.buffer.getvalue().decode(encoding))  # type: ignore[attr-defined]
    return status, *told  # type: ignore[return-value]


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1"])
def test_no_answer_is_lost_where_the_terminal_lacks_a_character(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    status, out, err = called(monkeypatch, "ask", "m", "Gut ✓ → 🙂 und mehr", encoding=encoding)
    assert (status, err) == (0, "")
    assert out == "Gut \\u2713 \\u2192 \\U0001f642 und mehr\n"
    status, _, err = called(monkeypatch, "compare", "Ämter→.csv", "--model", "m", "--out", "o.csv", encoding=encoding)
    assert status == 2
    assert "mter\\u2192.csv" in err


@pytest.mark.parametrize(
    "prompt",
    ["- Was ist ein Amt?", "-- Was ist ein Amt?", "-x ist was?", "--system ist was?", "-\tWas?", "-\nWas?",
     "-5 + 3 = ?", "- a=b", "--frage wo?"],
)  # fmt: skip
def test_a_prompt_may_begin_with_a_dash(monkeypatch: pytest.MonkeyPatch, prompt: str) -> None:
    status, out, _ = called(monkeypatch, "ask", "m", prompt, "--temperature", "0", "--system=- Sei kurz.")
    assert (status, out.strip()) == (0, prompt.strip())
    assert called(monkeypatch, "ask", "m", "--system", "- Sei kurz.", "--", prompt)[0] == 0


def test_options_of_a_dash_come_as_they_were_given(monkeypatch: pytest.MonkeyPatch) -> None:
    systems: list[Any] = []

    async def noted(request: Request) -> AsyncGenerator[Piece, None]:
        systems.append(request.messages[0].content)
        yield replied("gut")

    monkeypatch.setattr(_ask, "model", lambda name, **options: scripted("x/m", noted).using(**options))
    for given in (("--system", "- Sei kurz."), ("--system=- Sei kurz.",)):
        assert called(monkeypatch, "ask", "m", *given, "Wo?")[0] == 0
    assert systems == ["- Sei kurz."] * 2


@pytest.mark.parametrize("word", ["-5", "--verbose", "-Wort"])
def test_what_may_be_an_option_is_refused_with_the_way_to_ask_it(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    status, _, err = called(monkeypatch, "ask", "m", word)
    assert status == 2
    assert "behind -- " in err
    assert called(monkeypatch, "ask", "m", "--", word)[:2] == (0, f"{word}\n")


@pytest.mark.parametrize(
    "code",
    [0x200B, 0x200E, 0x200F, 0x61C, 0x2028, 0x2029, 0x202E, 0x2060, 0x2066, 0xFEFF, 0xE0041, 0x1B, 0x9B, 0xE0100],
)  # fmt: skip
def test_no_character_steers_or_deceives(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    status, out, _ = called(monkeypatch, "ask", "m", f"Bo{chr(code)}nn")
    assert (status, out) == (0, "Bo\ufffdnn\n")


def test_what_texts_need_stays() -> None:
    for text in ("Grüße\n\tzwei", "👩‍👩‍👧 ❤️", "نمی‌خواهم", "Bürger\u00adamt", "\u00a0"):
        assert replaced(text) == text


def test_how_a_table_was_read_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("prompt;plz\nGrüße?;01067\n".encode("cp1252"))
    status, _, err = called(monkeypatch, "compare", "t.csv", "--model", "m", "--out", "o.csv")
    assert status == 0
    assert err.splitlines()[0] == "workbench: t.csv was read separated by semicolons, in Windows-1252"
    (tmp_path / "t.csv").write_bytes("prompt,plz\nGrüße?,01067,\n".encode())
    assert "was read" not in called(monkeypatch, "compare", "t.csv", "--model", "m", "--out", "o.csv")[2]


@pytest.mark.parametrize(
    ("name", "text", "hint"),
    [
        ("t.jsonl", '{"prompt": "Wo?"}\n{"prompt": null}\n{"prompt": "Wer?"}\n', "in row 2"),
        ("t.csv", "prompt;n\nWo?;1\n;2\n", "in row 2"),
        ("t.csv", "prompt;n\nWo?;1;2\n", "line 2 has 3 fields"),
    ],
)
def test_a_table_that_cannot_be_asked_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, text: str, hint: str
) -> None:
    (tmp_path / name).write_text(text)
    status, _, err = called(monkeypatch, "compare", name, "--model", "m", "--out", "o.csv")
    assert status == 2
    assert hint in err.splitlines()[-1]


def test_a_warning_is_a_line_and_no_piece_of_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    call = ("compare", "t.csv", "--model", "m", "--out", "o.csv", "--template", "{{ a }} {b}")
    status, _, err = called(monkeypatch, *call)
    assert status == 0
    assert err.splitlines()[0].startswith("workbench: the template holds {b} as text")
    assert "warnings.warn" not in err


def test_a_reader_that_goes_ends_it_without_a_word(tmp_path: Path) -> None:
    code = """
import workbench.cli._ask as ask
from scripted_model import echo, scripted
from workbench.cli import main
ask.model = lambda name, **options: scripted("x/m", echo).using(**options)
main()
"""
    call = [sys.executable, "-c", code, "ask", "m", "x" * 100_000]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    pipe = subprocess.PIPE
    with subprocess.Popen(call, stdout=pipe, stderr=pipe, cwd=tmp_path, env=environment) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode in (1, 141)
