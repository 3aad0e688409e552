"""`workbench doctor`: findings come one by one, and an interrupt keeps them."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from silent_model import SilentModel, silent_model

DOCTOR = [sys.executable, "-c", "from workbench.cli import main; main()", "doctor"]


@pytest.fixture
def silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentModel]:
    """A connection to a server whose model never answers."""
    with silent_model() as server:
        config = tmp_path / "own.toml"
        config.write_text(f'[connections.silent]\nkind = "openai"\nurl = "{server.address}"\n')
        monkeypatch.setenv("WORKBENCH_CONFIG", str(config))
        yield server


def interrupted(server: SilentModel, command: list[str]) -> subprocess.CompletedProcess[str]:
    """A call that is interrupted while its server lets it wait."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not server.asked and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(command, process.returncode, said, err)


def test_an_interrupt_keeps_what_was_found(silent: SilentModel, monkeypatch: pytest.MonkeyPatch) -> None:
    done = interrupted(silent, [*DOCTOR, "silent", "--json"])
    assert done.returncode == 128 + signal.SIGINT, done.stderr
    found = json.loads(done.stdout)
    assert [step["name"] for step in found["steps"]] == ["policy", "name", "port", "path", "key", "models"]
    assert found["notes"] == ["interrupted; not all was tried"]
    silent.asked = 0
    monkeypatch.setenv("WORKBENCH_LANGUAGE", "de")
    lines = interrupted(silent, [*DOCTOR, "silent"]).stdout.splitlines()
    assert lines[0] == "Weg zum Server"
    assert lines[6].split() == ["✓", "ja", "Modelle", "1:", "m"]
    assert lines[-1] == "unterbrochen; nicht alles wurde versucht"


def test_each_finding_is_printed_before_the_next_is_known(silent: SilentModel) -> None:
    with subprocess.Popen([*DOCTOR, "silent"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(7)]  # while the model has not answered
        process.kill()
    assert "Models" in lines[-1]
