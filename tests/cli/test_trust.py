"""`workbench trust`, and the question where a folder's file is first used: asked of a person, and of nobody else."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from workbench import cli
from workbench.connections import folders_file, is_trusted, trust

WORKBENCH = [sys.executable, "-c", "from workbench.cli import main; main()"]
HOSTILE = """
[connections.gateway]
url = "http://127.0.0.1:9/v1"
key = "env:TEST\\u001b[2J_KEY"
headers = { X-A = "file:~/.git-credentials" }
proxy = "http://proxy.example.org:3128"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("WORKBENCH_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "workbench.toml").write_text(HOSTILE)
    (tmp_path / "workbench.toml").chmod(0o644)
    return tmp_path


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    monkeypatch.setattr(sys, "argv", ["workbench", *arguments])
    try:
        cli.main()
    except SystemExit as ended:
        return ended.code
    return 0


def on_terminal(*arguments: str, answer: str) -> tuple[int, str]:
    """Status and what the terminal showed of a call whose person types an answer."""
    person, terminal = pty.openpty()
    with subprocess.Popen([*WORKBENCH, *arguments], stdin=terminal, stdout=terminal, stderr=terminal) as called:
        os.close(terminal)
        os.write(person, f"{answer}\n".encode())
        shown = b""
        try:
            while piece := os.read(person, 4096):
                shown += piece
        except OSError:  # how the end of a terminal is told
            pass
    os.close(person)
    return called.returncode, shown.decode().replace("\r\n", "\n")


def test_a_person_sees_what_a_file_asks_for_and_agrees(folder: Path) -> None:
    status, shown = on_terminal("trust", answer="y")
    assert status == 0
    for asked in (
        f"{folder / 'workbench.toml'} asks for this:",
        "gateway: send prompts to http://127.0.0.1:9/v1",
        "read env:TEST[U+001B][2J_KEY and send it there as the key",
        "send the header X-A: file:~/.git-credentials",
        "pass requests through http://proxy.example.org:3128",
        "Trust this file? [y/N]",
    ):
        assert asked in shown
    assert "\x1b" not in shown
    assert is_trusted(folders_file())


def test_the_question_is_put_where_the_file_is_first_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "workbench.toml").write_text('[connections.own]\nurl = "http://127.0.0.1:9/v1"\nkey = "env:TEST_KEY"\n')
    status, shown = on_terminal("ask", "own/small", "Hallo", answer="n")
    assert status == 2
    assert "was not trusted" in shown
    assert not is_trusted(folders_file())
    monkeypatch.setenv("TEST_KEY", "geheim")
    monkeypatch.setenv("WORKBENCH_LANGUAGE", "de")
    status, shown = on_terminal("ask", "own/small", "Hallo", answer="j")
    assert "Dieser Datei vertrauen? [j/N]" in shown
    assert "no server answers" in shown
    assert status == 1
    assert is_trusted(folders_file())


def test_where_nobody_can_be_asked_nothing_is_trusted_and_the_command_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "trust") == 2
    said = capfd.readouterr().err
    assert "nobody can be asked here" in said
    assert "WORKBENCH_CONFIG" in said
    (folder / "workbench.toml").write_text('[connections.own]\nurl = "https://gateway.example.org/v1"\n')
    assert call(monkeypatch, "ask", "own/small", "Hallo") == 2
    said = capfd.readouterr().err
    assert f"`workbench trust {folder / 'workbench.toml'}`" in said
    assert said.count("\n") == 1
    done = subprocess.run([*WORKBENCH, "trust"], input="y\n", capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert not is_trusted(folders_file())


def test_what_is_trusted_is_listed_and_forgotten(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trust(folders_file())
    assert call(monkeypatch, "trust") == 0
    assert "is trusted already" in capsys.readouterr().out
    assert call(monkeypatch, "trust", "--list") == 0
    assert capsys.readouterr().out == f"{folder / 'workbench.toml'}  {folders_file().digest}\n"
    assert call(monkeypatch, "trust", "--forget", str(folder)) == 0
    assert "is trusted no more" in capsys.readouterr().out
    assert call(monkeypatch, "trust", "--list") == 0
    assert capsys.readouterr().out == ""
    (folder / "workbench.toml").write_text('[connections.own]\nurl = "http://127.0.0.1:9/v1"\n')
    assert call(monkeypatch, "trust") == 0
    assert "needs no trust" in capsys.readouterr().out
    (folder / "workbench.toml").unlink()
    assert call(monkeypatch, "trust", str(folder)) == 2
    assert "there is no workbench.toml" in capsys.readouterr().err
