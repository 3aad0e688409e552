"""The notebooks: nbval compares their outputs, every real engine runs them, and none passes with nothing to compare."""

import ipaddress
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
import pytest
from conftest import Server, require

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
SANITIZE = Path(__file__).with_name("sanitize.cfg")
UNCOMPARED = {"nbval-ignore-output", "nbval-skip"}
CELL_LIMIT_S = 600
# Now and then strace loses a process that ends while it is being stopped, and gives up tracing all of them.
TRACE_TRIES = 3


@pytest.fixture(params=NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def notebook(request: pytest.FixtureRequest) -> Path:
    """Each notebook."""
    path: Path = request.param
    return path


def code_cells(notebook: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]


def tags(cell: nbformat.NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def nbval(notebook: Path, *options: str, under: Sequence[str] = (), **environment: str) -> None:
    """Run a notebook with nbval in a process of its own, under another program if one is named; all cells must pass."""
    assert_passed(notebook, run(notebook, *options, under=under, **environment))


def assert_passed(notebook: Path, done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout[-4000:]
    assert f"{len(code_cells(notebook))} passed" in done.stdout, done.stdout[-4000:]


def run(
    notebook: Path, *options: str, under: Sequence[str] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a notebook with nbval, however that ends."""
    command = [
        *under,
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
        "--rootdir",
        ".",
    ]
    command += [*options, f"--nbval-cell-timeout={CELL_LIMIT_S}", notebook.name]
    return subprocess.run(
        command,
        cwd=notebook.parent,
        env={**os.environ, "WORKBENCH_LANGUAGE": "en", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_every_notebook_is_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "00_start",
        "01_connect",
        "02_compare",
        "03_first_agent",
        "04_servers",
        "05_compare_fairly",
        "06_score_and_judge",
        "07_benchmark_a_server",
    ]


def test_outputs_are_what_they_were_and_only_this_machine_is_reached(notebook: Path, tmp_path: Path) -> None:
    strace = require("strace", shutil.which("strace"), "install Debian's package strace")
    calls = tmp_path / "calls"
    under = [strace, "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(calls)]
    for _ in range(TRACE_TRIES):
        done = run(notebook, "--nbval", f"--nbval-sanitize-with={SANITIZE}", under=under)
        if "strace: ptrace(" not in done.stdout:
            break
    assert_passed(notebook, done)
    reached = set(re.findall(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"', calls.read_text()))
    hosts = {ipaddress.ip_address(v4 or v6) for v4, v6 in reached}
    assert hosts, "the kernel itself is reached over loopback, so something must have been seen"
    assert all(host.is_loopback for host in hosts), hosts


def test_a_notebook_runs_on_ollama(notebook: Path, ollama: Server) -> None:
    nbval(notebook, "--nbval-lax", OLLAMA_HOST=ollama.url, WORKBENCH_MODEL=f"ollama/{ollama.model}")


def test_a_notebook_runs_on_vllm(notebook: Path, vllm: Server) -> None:
    environment = {"OPENAI_BASE_URL": vllm.url, "OPENAI_API_KEY": vllm.key}
    nbval(notebook, "--nbval-lax", **environment, WORKBENCH_MODEL=f"openai/{vllm.model}")


def test_no_cell_passes_with_nothing_to_compare(notebook: Path) -> None:
    cells = code_cells(notebook)
    for cell in cells:
        assert cell.outputs or tags(cell) & UNCOMPARED, f"no output to compare: {cell.source[:60]}"
    uncompared = [cell for cell in cells if tags(cell) & UNCOMPARED]
    assert len(uncompared) <= len(cells) / 3


def test_cells_are_short_and_have_run_in_order(notebook: Path) -> None:
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert max(len(cell.source.splitlines()) for cell in cells) <= 12


def test_only_public_names_are_used(notebook: Path) -> None:
    for cell in code_cells(notebook):
        for line in cell.source.splitlines():
            assert not line.startswith("from workbench"), line
            assert not re.search(r"\._[a-z]", line), line


def test_no_state_of_widgets_is_kept(notebook: Path) -> None:
    assert "widgets" not in nbformat.read(notebook, as_version=4).metadata
