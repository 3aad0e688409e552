"""The notebooks: each plays its recording alike each time, nbval sees to that, and every real engine runs them."""

import getpass
import ipaddress
import os
import platform
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import nbformat
import pytest
from conftest import Server, require

from workbench.engines.cassette import read_cassette

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
UNCOMPARED = {"nbval-ignore-output", "nbval-skip"}
CELL_LIMIT_S = 600
MOST_BYTES = 100_000  # of a recording
# Now and then strace loses a process that ends while it is being stopped, and gives up tracing all of them.
TRACE_TRIES = 3
WIDGET = "application/vnd.jupyter.widget-view+json"
PLACE = re.compile(r"(?<=wb-place-)[0-9a-f]+")  # of a view that is drawn in an output
# A network of its own that reaches nobody but itself, over which the kernel is spoken to.
CUT_OFF = ("unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient

path = sys.argv[1]
notebook = nbformat.read(path, as_version=4)
NotebookClient(notebook, store_widget_state=False).execute()
nbformat.write(notebook, path)
"""
# The one thing that a recording shows otherwise than what it was made of: that it is one.
EARLIER = r"\d+ answers were recorded earlier \(column recorded_at\)"
LABEL = re.compile(rf", ⏺ recorded [\d-]+ [\d:]+|\n{EARLIER}|<div [^<>]*>{EARLIER}</div>")


@pytest.fixture(params=NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def notebook(request: pytest.FixtureRequest) -> Path:
    """Each notebook."""
    path: Path = request.param
    return path


@pytest.fixture
def copy(notebook: Path, tmp_path: Path) -> Path:
    """Each notebook in a folder of its own with all that lies beside it, so that nothing is left in the checkout."""
    folder = tmp_path / "notebooks"
    shutil.copytree(notebook.parent, folder, ignore=shutil.ignore_patterns(".*"))
    return folder / notebook.name


def code_cells(notebook: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]


def tags(cell: nbformat.NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def nbval(notebook: Path, *options: str, **environment: str) -> None:
    """Run a notebook with nbval in a process of its own; all cells must pass."""
    assert_passed(notebook, run(notebook, *nbval_command(notebook, *options), **environment))


def nbval_command(notebook: Path, *options: str) -> list[str]:
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", "."]
    return [*command, *options, f"--nbval-cell-timeout={CELL_LIMIT_S}", notebook.name]


def assert_passed(notebook: Path, done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout[-4000:]
    assert f"{len(code_cells(notebook))} passed" in done.stdout, done.stdout[-4000:]


def run(
    notebook: Path, *command: str, under: Sequence[str] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run Python beside a notebook, under another program if one is named, however that ends."""
    return subprocess.run(
        [*under, sys.executable, *command],
        cwd=notebook.parent,
        env={**os.environ, "WORKBENCH_LANGUAGE": "en", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def played(notebook: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python beside a notebook while its recording is played, with no network but the kernel's own."""
    if can_be_cut_off():
        return run(notebook, *command, under=CUT_OFF, **of_playing(notebook))
    return traced(notebook, *command, **of_playing(notebook))


def of_playing(notebook: Path) -> dict[str, str]:
    """The environment in which a notebook's recording is played, and no engine of this process can start."""
    without_engine = notebook.parent.parent / "without"
    without_engine.mkdir(exist_ok=True)
    (without_engine / "xllamacpp.py").write_text('raise AssertionError("an engine was started")')
    return {
        "WORKBENCH_MODE": "replay",
        "WORKBENCH_CASSETTE": f"{notebook.stem}.cassette",
        "WORKBENCH_SPEED": "instant",
        "WORKBENCH_JOURNAL": "",  # kept as for its readers, whom the table tells where
        "PYTHONPATH": os.pathsep.join(filter(None, (str(without_engine), os.environ.get("PYTHONPATH")))),
    }


@cache
def can_be_cut_off() -> bool:
    """Whether this machine lets its users have networks of their own."""
    if not (shutil.which("unshare") and shutil.which("ip")):
        return False
    return subprocess.run([*CUT_OFF, "true"], capture_output=True, check=False).returncode == 0


def traced(notebook: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python beside a notebook, and see that nobody but this machine is reached."""
    strace = require("strace", shutil.which("strace"), "install Debian's package strace")
    calls = notebook.parent.parent / "calls"
    under = [strace, "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(calls)]
    for _ in range(TRACE_TRIES):
        done = run(notebook, *command, under=under, **environment)
        if "strace: ptrace(" not in done.stdout:
            break
    reached = set(re.findall(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"', calls.read_text()))
    hosts = {ipaddress.ip_address(v4 or v6) for v4, v6 in reached}
    assert hosts, "the kernel itself is reached over loopback, so something must have been seen"
    assert all(host.is_loopback for host in hosts), hosts
    return done


def outputs(notebook: Path) -> list[list[dict[str, str]]]:
    """What the cells that are compared show, by kind, but for ids of widgets and places; a stream as a whole."""
    found: list[list[dict[str, str]]] = []
    for cell in code_cells(notebook):
        if tags(cell) & UNCOMPARED:
            continue
        told: list[dict[str, str]] = []
        for output in cell.outputs:
            if output.output_type != "stream":
                told.append({kind: PLACE.sub("", str(text)) for kind, text in output.data.items() if kind != WIDGET})
            elif told and output.name in told[-1]:
                told[-1][output.name] += output.text
            else:
                told.append({output.name: output.text})
        found.append(told)
    return found


def unlabelled(found: list[list[dict[str, str]]]) -> list[list[dict[str, str]]]:
    """The same without the words that tell of a recording that it is one."""
    return [[{kind: LABEL.sub("", text) for kind, text in output.items()} for output in cell] for cell in found]


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
        "08_tools_on_any_model",
        "09_team_step_by_step",
        "10_rewind_and_fork",
        "11_human_approval",
        "12_documents",
        "13_graph_of_agents",
    ]


def test_a_recording_shows_what_it_was_made_of_and_the_same_each_time(notebook: Path, copy: Path) -> None:
    """By our own comparison, as nbval sees no output that is replaced, such as a live view by its table."""
    play(copy)
    first = outputs(copy)
    assert unlabelled(first) == unlabelled(outputs(notebook))
    shutil.rmtree(copy.parent / ".workbench", ignore_errors=True)
    play(copy)
    assert outputs(copy) == first


def play(copy: Path) -> None:
    """Execute a notebook in place while its recording is played."""
    done = played(copy, "-c", EXECUTE, copy.name)
    assert done.returncode == 0, done.stdout[-4000:]


def test_a_recording_is_small_whole_and_holds_nothing_of_the_machine_that_made_it(notebook: Path) -> None:
    cassette = notebook.with_suffix(".cassette")
    assert cassette.stat().st_size < MOST_BYTES
    header, entries = read_cassette(cassette)
    assert header.workbench
    assert entries
    held = zlib.decompressobj(31).decompress(cassette.read_bytes()).decode()
    assert not re.search(r"/(home|root|work|tmp|Users|usr|var)/|[A-Z]:\\\\", held)
    of_machine = {platform.node(), getpass.getuser()} - {"", "vm", "root", "localhost"}
    assert not [word for word in of_machine if re.search(rf"\b{re.escape(word)}\b", held)]


def test_a_notebook_runs_on_the_embedded_model_and_reaches_only_this_machine(copy: Path) -> None:
    assert_passed(copy, traced(copy, *nbval_command(copy, "--nbval-lax")))


def test_a_notebook_runs_on_ollama(copy: Path, ollama: Server) -> None:
    nbval(copy, "--nbval-lax", OLLAMA_HOST=ollama.url, WORKBENCH_MODEL=f"ollama/{ollama.model}")


def test_a_notebook_runs_on_vllm(copy: Path, vllm: Server) -> None:
    environment = {"OPENAI_BASE_URL": vllm.url, "OPENAI_API_KEY": vllm.key}
    nbval(copy, "--nbval-lax", **environment, WORKBENCH_MODEL=f"openai/{vllm.model}")


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
