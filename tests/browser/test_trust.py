"""A folder's file in a notebook: what it asks for is shown, and only a person's press of a button trusts it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
from browser.axe import violations
from browser.lab import Lab
from playwright.sync_api import expect

FILE = '[connections.gateway]\nurl = "https://gateway.example.org/v1"\nkey = "env:HOME"\n'
OWN = "import os, workbench as wb\nos.environ.pop('WORKBENCH_CONFIG', None)\nos.environ['XDG_CONFIG_HOME'] = {config!r}"
USE = "print(wb.model('gateway/small').name)"


def test_a_press_of_the_button_trusts_what_was_shown(lab: Lab, axe: str, tmp_path: Path) -> None:
    folder = lab.server.root / "downloaded"
    folder.mkdir()
    (folder / "workbench.toml").write_text(FILE)
    (folder / "workbench.toml").chmod(0o644)
    press = (
        "from ipywidgets.widgets.widget import _instances\nfor one in list(_instances.values()):\n"
        "    getattr(one, 'click', lambda: None)()\n"
    )
    refused = "try:\n    wb.model('gateway/small')\nexcept wb.WorkbenchError as error:\n    print(error)"
    cells = [OWN.format(config=str(tmp_path)), refused, "wb.trust()", press + refused, USE]
    opened = lab.open(lab.write("downloaded/first.ipynb", cells))
    for number in range(4):
        opened.run_cell(number)
    expect(opened.outputs(1).last).to_contain_text("wb.trust()")
    shown = opened.cell(2)
    for asked in ("send prompts to https://gateway.example.org/v1", "read env:HOME and send it there as the key"):
        expect(shown.get_by_text(asked)).to_be_visible()
    expect(opened.cell(3)).to_contain_text("not trusted yet")  # code cannot press
    assert violations(opened.page, axe, ".jp-Notebook .jp-Cell:nth-child(3) .jp-OutputArea") == []
    shown.get_by_role("button", name="Trust this file").focus()
    opened.page.keyboard.press("Enter")
    expect(shown.get_by_text("is trusted from now on")).to_be_visible()
    opened.run_cell(4)
    expect(opened.outputs(4).last).to_contain_text("gateway/small")
    opened.save()
    kept = lab.read("downloaded/first.ipynb").cells[2].outputs
    assert [list(output.data) for output in kept] == [["text/html", "text/plain"]]
    assert "is trusted from now on" in kept[0].data["text/html"]


def test_where_no_page_is_a_notebook_goes_on_and_nothing_is_trusted(tmp_path: Path) -> None:
    (tmp_path / "workbench.toml").write_text(FILE)
    (tmp_path / "workbench.toml").chmod(0o644)
    cells = [OWN.format(config=str(tmp_path / "config")), "wb.trust()", USE]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, tmp_path / "run.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--execute", "--allow-errors", "--to", "notebook", "--inplace"]
    subprocess.run([*command, "run.ipynb"], cwd=tmp_path, check=True, capture_output=True)
    asked, used = (cell.outputs[-1] for cell in nbformat.read(tmp_path / "run.ipynb", as_version=4).cells[1:])
    assert "nobody can be asked here" in asked.evalue
    assert "workbench trust" in asked.evalue
    assert used.ename == "UntrustedError"
    assert not (tmp_path / "config").exists()
