"""The fixtures themselves: other browser tests rest on them."""

from __future__ import annotations

import sys

import pytest
from browser.lab import Lab
from playwright.sync_api import expect


def test_cells_run_in_the_projects_own_python(lab: Lab) -> None:
    cells = ["import sys, workbench\nsys.prefix, workbench.__version__", "1 / 2"]
    notebook = lab.open(lab.write("own.ipynb", cells))
    notebook.run_all()
    expect(notebook.outputs(0)).to_contain_text(sys.prefix)
    expect(notebook.outputs(1)).to_have_text("0.5")


def test_a_cell_that_raises_fails_the_run(lab: Lab) -> None:
    notebook = lab.open(lab.write("raises.ipynb", ["1 / 0", "2"]))
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        notebook.run_all()


def test_a_cell_that_runs_has_a_star(lab: Lab) -> None:
    notebook = lab.open(lab.write("star.ipynb", ["import asyncio\nawait asyncio.sleep(1)"]))
    assert not notebook.is_running(0)
    notebook.start_cell(0)
    expect(notebook.prompt(0)).to_have_text("[*]:")
    assert notebook.is_running(0)
    notebook.wait_cell(0)
    assert not notebook.is_running(0)


def test_pages_ask_nothing_of_the_world_outside(lab: Lab) -> None:
    notebook = lab.open(lab.write("quiet.ipynb", ["1"]))
    notebook.run_all()
    notebook.save()
    assert lab.strays == []
    assert lab.read("quiet.ipynb").cells[0].execution_count == 1


def test_a_page_that_asks_the_world_outside_is_seen(lab: Lab) -> None:
    notebook = lab.open(lab.write("stray.ipynb", ["1"]))
    notebook.page.evaluate("() => { new Image().src = 'http://evil.invalid/a.png'; }")
    notebook.page.wait_for_timeout(300)
    assert lab.strays == ["http://evil.invalid/a.png"]
