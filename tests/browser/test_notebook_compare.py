"""Notebook 02 on the embedded model, as a reader meets it: answers grow, Stop stops, what was answered stays."""

from __future__ import annotations

import os
import re
import shutil
import time
from pathlib import Path

import pytest
from browser.lab import Lab, NotebookPage

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "02_compare.ipynb"
PICTURES = os.environ.get("WORKBENCH_PICTURES")
STOP_LIMIT_S = 1.0


@pytest.fixture
def opened(lab: Lab) -> NotebookPage:
    """Notebook 02, open with a running kernel."""
    shutil.copy(NOTEBOOK, lab.server.root)
    return lab.open(NOTEBOOK.name)


def comparison_cell(lab: Lab) -> int:
    """The number of the first cell that compares."""
    cells = lab.read(NOTEBOOK.name).cells
    return next(number for number, cell in enumerate(cells) if "wb.compare(questions, [" in cell.source)


def run_until(lab: Lab, opened: NotebookPage, number: int) -> None:
    """Run the code cells before a cell, then start it."""
    for before, cell in enumerate(lab.read(NOTEBOOK.name).cells[:number]):
        if cell.cell_type == "code":
            opened.run_cell(before)
    opened.start_cell(number)


def test_answers_grow_and_stop_keeps_what_was_answered(lab: Lab, opened: NotebookPage) -> None:
    number = comparison_cell(lab)
    run_until(lab, opened, number)
    page = opened.page
    # Some answered, others growing: that is when someone has seen enough.
    page.get_by_text(re.compile(r"^[1-8] of 9 answered")).first.wait_for(timeout=120_000)
    assert opened.is_running(number)
    assert opened.cell(number).get_by_text("answering").count() > 0
    if PICTURES:
        opened.command("application:toggle-left-area")
        opened.cell(number).locator("[class*=jp-OutputArea]").first.scroll_into_view_if_needed()
        opened.screenshot(Path(PICTURES) / "compare.png")

    opened.cell(number).get_by_role("button", name="Stop", exact=True).click()
    pressed = time.monotonic()
    opened.wait_cell(number)
    assert time.monotonic() - pressed < STOP_LIMIT_S

    opened.run_cell(number + 1)
    said = opened.outputs(number + 1).inner_text()
    answered, rest = re.fullmatch(r"(\d) of 9 answered, (.+)", said.strip()).groups()  # type: ignore[union-attr]
    assert int(answered) >= 1
    assert "stopped" in rest
    view = opened.cell(number).locator(".wb-compare")
    assert view.get_by_text("answered").count() >= int(answered)


def test_all_cells_run(lab: Lab, opened: NotebookPage) -> None:
    opened.run_all(seconds=600)
    opened.save()
    table = next(
        output
        for output in lab.read(NOTEBOOK.name).cells[comparison_cell(lab)].outputs
        if "text/html" in output.get("data", {}) and "<table" in output["data"]["text/html"]
    )
    assert table["data"]["text/plain"].startswith("Comparison: 3 prompts, 3 models")
    assert not lab.strays
