"""No secret in any file that a run writes: results, logs, caches, notebooks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
from servers.run import Server

CELLS = [
    'import workbench as wb\nwb.connect("gpu", "{url}", key="env:TEST_VLLM_KEY")',
    'reply = await wb.model("gpu/smollm2").ask("Hallo", max_tokens=2)\nreply',
    'await wb.compare(["Hallo"], "gpu/smollm2", max_tokens=2)',
    "wb.panel()",
    'try:\n    await wb.model("gpu/none").ask("Hallo")\nexcept wb.WorkbenchError as error:\n    print(repr(error))',
    "%xmode Verbose",
    'wb.connect("gone", "http://127.0.0.1:9/v1", key="env:TEST_VLLM_KEY")',
    'await wb.model("gone/none").ask("Hallo")',
]


def test_no_file_that_a_run_writes_holds_the_key(vllm: Server, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "workbench.toml").write_text(f'[connections.gpu]\nurl = "{vllm.url}"\nkey = "env:TEST_VLLM_KEY"\n')
    (home / "questions.csv").write_text("prompt\nHallo\nWer ist zuständig?\n")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("XDG_")},
        "HOME": str(home),
        "WORKBENCH_CONFIG": str(home / "workbench.toml"),
        "WORKBENCH_AUDIT": str(home / "audit.jsonl"),
        "WORKBENCH_AUDIT_TEXT": "1",
        "IPYTHONDIR": str(home / "ipython"),
        "TMPDIR": str(home),
    }

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    cli = [str(Path(sys.executable).with_name("workbench"))]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.format(url=vllm.url)) for cell in CELLS])
    nbformat.write(notebook, home / "run.ipynb")
    said = run(*cli, "ask", "gpu", "Hallo", "--max-tokens", "2")
    said += run(*cli, "compare", "questions.csv", "--model", "gpu", "--out", "out.parquet", "--max-tokens", "2")
    said += run(*cli, "compare", "questions.csv", "--model", "gpu/none", "--out", "out.csv", "--max-tokens", "2")
    said += run(*cli, "doctor", "gpu", "--json")
    said += run(sys.executable, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute", "--allow-errors",
                "--inplace", "run.ipynb")  # fmt: skip
    files = [file for file in home.rglob("*") if file.is_file()]
    names = {file.name for file in files}
    assert {"out.parquet", "out.csv", "audit.jsonl", "run.ipynb"} <= names
    assert any("doctor" in file.parts for file in files)
    assert "UnreachableError" in (home / "run.ipynb").read_text()
    assert vllm.key not in said
    assert [file for file in files if vllm.key.encode() in file.read_bytes()] == []
