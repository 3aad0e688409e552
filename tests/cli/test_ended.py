"""`workbench compare` that is ended: whatever ends it, nothing answered is lost and nothing is asked twice."""

import os
import pty
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from slow_server import SlowServer, slow_server

WORKBENCH = [sys.executable, "-c", "from workbench.cli import main; main()"]
FLYING = 2


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_JOURNAL")


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowServer]:
    with slow_server(0.02) as server:
        config = tmp_path / "own.toml"
        config.write_text(f'[connections.slow]\nkind = "openai"\nurl = "{server.address}/v1"\n')
        monkeypatch.setenv("WORKBENCH_CONFIG", str(config))
        yield server


def asked(server: SlowServer) -> list[str]:
    """The prompts that came, without those that warm the model up."""
    return [text for text in server.texts if text.startswith("Amt ")]


def prompts(count: int) -> list[str]:
    """A table of prompts, and the call that compares it."""
    pd.DataFrame({"prompt": [f"Amt {number}" for number in range(count)]}).to_csv("p.csv", index=False)
    return [*WORKBENCH, "compare", "p.csv", "--model", "slow/m", "--concurrency", str(FLYING)]


def started(command: list[str], **options: int) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def until(server: SlowServer, count: int, process: subprocess.Popen[str]) -> None:
    """Wait until a server was asked so much."""
    while len(asked(server)) < count and process.poll() is None:
        time.sleep(0.002)


@pytest.mark.parametrize("out", [["--out", "o.csv"], []])
def test_ten_endings_at_random_moments_lose_nothing_and_ask_nothing_twice(slow: SlowServer, out: list[str]) -> None:
    cells, drawn = 80, random.Random(7)
    command = [*prompts(cells), *out]
    # Without a file only two, as each start takes its time.
    for number in range(10 if out else 2):
        process = started(command)
        until(slow, len(asked(slow)) + drawn.randint(1, 7), process)
        process.send_signal(signal.SIGKILL if number % 2 else signal.SIGTERM)
        _, err = process.communicate(timeout=60)
        assert process.returncode == (-signal.SIGKILL if number % 2 else 128 + signal.SIGTERM), err
    last = started(command)
    said, err = last.communicate(timeout=60)
    assert last.returncode == 0, err
    assert said.startswith(f"{cells} of {cells} answered, ")
    known = re.search(r"to ask, (\d+) answered", err)
    assert known is not None, err
    assert int(known[1]) >= (10 if out else 1)
    if not out:
        found = re.search(r"workbench save '(.*)' FILE", said)
        assert found is not None, said
        subprocess.run([*WORKBENCH, "save", found[1], "o.csv"], check=True, stdout=subprocess.DEVNULL)
    frame = pd.read_csv("o.csv")
    assert frame["answer"].tolist() == frame["prompt"].tolist() == [f"Amt {number}" for number in range(cells)]
    # What was in flight when it was killed is asked again, as its answer was not there.
    assert len(asked(slow)) <= cells + FLYING * 10


def test_an_interrupt_writes_what_is_there_and_the_same_call_goes_on_unless_it_is_to_be_fresh(slow: SlowServer) -> None:
    command = [*prompts(40), "--out", "o.csv"]
    process = started(command)
    until(slow, 12, process)
    process.send_signal(signal.SIGINT)
    said, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    assert "ended by SIGINT; the same call goes on from here" in err
    assert "written to o.csv" in said
    frame = pd.read_csv("o.csv")
    assert len(frame) == 40
    assert 9 <= frame["finish"].eq("stop").sum() < 40
    again = subprocess.run([*command, "--fresh"], capture_output=True, text=True, check=True)
    assert "goes on with" not in again.stderr
    assert asked(slow).count("Amt 0") == 2
    # That of before is still not finished; a call after it goes on there.
    assert "goes on with" in subprocess.run(command, capture_output=True, text=True, check=True).stderr


def test_a_finished_one_is_asked_anew(slow: SlowServer) -> None:
    command = [*prompts(2), "--out", "o.csv"]
    for _ in range(2):
        err = subprocess.run(command, capture_output=True, text=True, check=True).stderr
        assert "goes on" not in err.replace("the same call goes on there if this one is ended", "")
    assert asked(slow).count("Amt 0") == 2


def test_a_closed_terminal_writes_what_is_there(slow: SlowServer) -> None:
    command = [*prompts(60), "--out", "o.csv"]
    master, terminal = pty.openpty()
    # A session of its own, whose controlling terminal it is, as under a window that someone closes.
    script = "fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
    owning = [sys.executable, "-c", f"import fcntl, os, sys, termios; {script}", *command]
    process = subprocess.Popen(owning, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True)
    os.close(terminal)
    while len(asked(slow)) < 10 and process.poll() is None:
        if not os.read(master, 65536):
            break
    os.close(master)
    assert process.wait(60) == 128 + signal.SIGHUP
    frame = pd.read_csv("o.csv")
    assert 7 <= frame["finish"].eq("stop").sum() < 60


def test_a_hangup_that_is_ignored_ends_nothing(slow: SlowServer) -> None:
    script = "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    process = started([sys.executable, "-c", script, *prompts(30), "--out", "o.csv"])
    until(slow, 5, process)
    process.send_signal(signal.SIGHUP)
    said, err = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "30 of 30 answered, written to o.csv\n"), err


def test_how_much_it_is_comes_first_and_then_how_it_gets_on(slow: SlowServer) -> None:
    slow.seconds = 0.2
    err = subprocess.run([*prompts(20), "--out", "o.csv"], capture_output=True, text=True, check=True).stderr
    lines = err.splitlines()
    assert lines[0] == "20 cells: 20 prompts × 1 candidate"
    assert re.fullmatch(r"  slow/m: 20 to ask: about \d+ tokens in prompts, .*", lines[1])
    assert re.fullmatch(r"kept as '.* p' in .*unnamed; the same call goes on there .*", lines[2])
    assert re.match(r"2 of 20 done, 0 failed, .*18 left", lines[3])
    assert lines[-1] == "20 of 20 done, 0 failed"
    assert re.fullmatch(r"16 of 20 done, 0 failed, [\d.]+ tokens/s, 4 left, about \d s", lines[-3])


def test_answers_that_would_go_nowhere_are_not_asked_for(slow: SlowServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_JOURNAL", "off")
    done = subprocess.run(prompts(2), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "workbench: the answers would go nowhere: give --out a file, or --name a name\n"
    assert asked(slow) == []
