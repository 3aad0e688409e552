"""The commands that a reader types first, on a copy of the tracked files or on this checkout."""

import json
import os
import re
import shutil
import subprocess
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
UP_S = 120


def environment(**more: str) -> dict[str, str]:
    """The environment without what a make around these tests hands down."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))} | more


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The files that `make env` reads, and no environment."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address that `make lab` prints for readers without a browser here."""
    said = tmp_path / "lab.log"
    with said.open("wb") as log:
        lab = subprocess.Popen(
            ["make", "lab", "LAB_ARGS=--no-browser --port=0 --ServerApp.port_retries=0"],
            cwd=ROOT,
            env=environment(JUPYTER_CONFIG_DIR=str(tmp_path / "config"), JUPYTER_RUNTIME_DIR=str(tmp_path / "runtime")),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        end = time.monotonic() + UP_S
        while not (found := re.findall(r"http://127\.0\.0\.1:\d+/\S+", said.read_text())):
            assert lab.poll() is None, said.read_text()[-2000:]
            assert time.monotonic() < end, said.read_text()[-2000:]
            time.sleep(0.2)
        yield found[0]
    finally:
        os.killpg(lab.pid, 15)
        lab.wait(timeout=30)


def test_make_alone_lists_every_command(bare: Path) -> None:
    listed = {line.split()[0] for line in make(bare).stdout.splitlines()}
    assert {"env", "lab", "test", "lint", "bench", "servers"} <= listed
    phony = next(line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".PHONY:"))
    assert listed == set(phony.split()[1:])


@pytest.mark.parametrize(
    ("python", "advice"),
    [
        ("#!/bin/sh\nexit 1\n", "older than 3.11"),
        ('#!/bin/sh\ncase "$*" in *version_info*) exit 0;; *) exit 1;; esac\n', "install its venv package"),
    ],
    ids=["too old", "no venv"],
)
def test_a_python_that_will_not_do_gets_one_line(bare: Path, python: str, advice: str) -> None:
    stand_in = bare / "python"
    stand_in.write_text(python)
    stand_in.chmod(0o755)
    done = make(bare, "env", f"PYTHON={stand_in}")
    assert done.returncode != 0
    said, end = done.stderr.splitlines()
    assert advice in said
    assert end.startswith("make: ***")
    assert not (bare / ".venv").exists()


def test_a_kept_environment_is_not_installed_anew_for_a_new_clone(bare: Path) -> None:
    stamp = re.search(r"touch (\S+)", make(bare, "-n", "env").stdout)
    assert stamp
    (bare / ".venv").mkdir()
    (bare / stamp[1]).touch()
    os.utime(bare / stamp[1], (0, 0))
    assert "Nothing to be done" in make(bare, "env").stdout
    with (bare / "pyproject.toml").open("a") as file:
        file.write("\n# changed\n")
    assert "installing into .venv" in make(bare, "-n", "env").stdout


def test_the_lock_has_hashes_and_no_addresses_and_fits_the_project() -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    blocks = re.findall(r"^[A-Za-z0-9][^\n]*(?:\n +[^\n]*)*", text, re.MULTILINE)
    assert all("--hash=sha256:" in block for block in blocks)
    locked = re.findall(r"^([A-Za-z0-9][^=\s]*)==(\S+)", text, re.MULTILINE)  # some twice, for older and newer Pythons
    assert len(locked) == len(blocks)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [entry for group in project["dependency-groups"].values() for entry in group if isinstance(entry, str)]
    for requirement in map(
        Requirement, project["project"]["dependencies"] + groups + project["build-system"]["requires"]
    ):
        versions = [version for name, version in locked if name == canonicalize_name(requirement.name)]
        assert versions, f"not locked: {requirement}"
        assert all(version in requirement.specifier for version in versions), f"{requirement} is locked at {versions}"


def test_make_lab_serves_the_first_notebook(address: str) -> None:
    parts = re.fullmatch(r"(http://\S+)/lab/tree/notebooks/00_start\.ipynb\?token=(\w+)", address)
    assert parts, address
    request = urllib.request.Request(
        f"{parts[1]}/api/contents/notebooks/00_start.ipynb", headers={"Authorization": f"token {parts[2]}"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        served = nbformat.from_dict(json.load(response)["content"])
    kept = nbformat.read(ROOT / "notebooks" / "00_start.ipynb", as_version=4)
    assert [cell.source for cell in served.cells] == [cell.source for cell in kept.cells]
