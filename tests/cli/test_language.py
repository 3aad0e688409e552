"""The command line in German: everything that its help says and that it prints has its German."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from workbench import cli
from workbench.cli import app
from workbench.cli.language import GERMAN, paragraphs

SOURCES = [ast.parse(file.read_text()) for file in Path(cli.__file__).parent.glob("*.py")]
OF_TYPER = {"Usage: ", "Options", "Arguments", "Commands", "[OPTIONS]", "COMMAND [ARGS]...", "required", "default"}


def commands(command: Any) -> Iterator[Any]:
    yield command
    for below in getattr(command, "commands", {}).values():
        yield from commands(below)


def helps() -> set[str]:
    """Every paragraph of every help text, in English."""
    found = {"Show this message and exit."}
    for command in commands(typer.main.get_command(app)):
        for text in (command.help, *(parameter.help for parameter in command.params)):
            found.update(paragraphs(text or ""))
    return found


def spoken() -> set[str]:
    """Every phrase that the sources hand to `said`."""
    calls = [node for source in SOURCES for node in ast.walk(source) if isinstance(node, ast.Call)]
    given = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "said"]
    return {
        node.value
        for one in given
        for node in ast.walk(one)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not isinstance(one, ast.JoinedStr)
        if node.value != "named"  # a row's field
    }


def constants() -> set[str]:
    nodes = [node for source in SOURCES for node in ast.walk(source) if isinstance(node, ast.Constant)]
    return {node.value for node in nodes if isinstance(node.value, str)}


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_all_has_its_german() -> None:
    assert len(helps()) > 50
    assert len(spoken()) > 20
    assert (helps() | spoken()) - set(GERMAN) == set()


def test_all_german_is_used() -> None:
    assert set(GERMAN) - helps() - constants() - OF_TYPER == set()


@pytest.mark.parametrize("english", GERMAN)
def test_the_same_is_put_in(english: str) -> None:
    assert fields(GERMAN[english]) == fields(english)


@pytest.mark.parametrize("names", [(), ("compare",), ("ask",), ("cassette",), ("cassette", "diff"), ("lab",)])
def test_help_is_german(
    names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORKBENCH_LANGUAGE", "de")
    monkeypatch.setattr("sys.argv", ["workbench", *names, "--help"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    shown = capsys.readouterr().out
    assert ended.value.code == 0
    assert shown.startswith("Aufruf: ")
    assert "Optionen:" in shown
    assert "Diese Hilfe zeigen." in shown
    said = " ".join(shown.split())
    assert [one for one in (*helps(), "Usage", "Options", "required]", "default:") if one in said] == []


def test_what_it_prints_is_german(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKBENCH_LANGUAGE", "de")
    Path("p.csv").write_text("prompt\nWas ist ein Amt?\nWer ist zuständig?\n")
    for call in (
        "compare p.csv --model embedded --max-tokens 3 --out o.csv --name Ämter",
        "runs",
        "models embedded",
    ):
        monkeypatch.setattr("sys.argv", ["workbench", *call.split()])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code in (0, None)
    shown = capsys.readouterr()
    assert "2 von 2 beantwortet, geschrieben nach o.csv" in shown.out
    assert "begonnen (UTC)" in shown.out
    assert "Kontext" in shown.out
    assert "2 Zellen: 2 Prompts × 1 Kandidat" in shown.err
    assert "2 zu fragen: etwa " in shown.err
    assert "2 von 2 fertig, 0 fehlgeschlagen" in shown.err
