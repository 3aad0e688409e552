"""The panel in JupyterLab, on a real Ollama: what is loaded, and loading, unloading, deleting by the keyboard alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from browser.axe import violations
from browser.lab import Lab, NotebookPage
from conftest import Server
from playwright.sync_api import Locator, expect
from registry import drained, unlike_model

from workbench.connections import wait
from workbench.engines import OllamaModels, Place
from workbench.errors import ModelUnknownError

CONNECTED = 'import workbench as wb\nwb.connect("own", "{url}", kind="ollama")'
PANEL = ".jp-Notebook .jp-Cell:nth-child(2) .wb-panel"


@pytest.fixture
def spare(ollama: Server, tmp_path: Path) -> Iterator[str]:
    """A model that may be deleted, with weights of its own, as Ollama loads a file once for all its names."""
    models = OllamaModels(Place("ollama", ollama.url))
    wait(drained(models.create("smollm2-spare", file=unlike_model(tmp_path))))
    yield "smollm2-spare:latest"
    with suppress(ModelUnknownError):
        wait(models.delete("smollm2-spare"))


@pytest.fixture
def panel(lab: Lab, ollama: Server, spare: str) -> tuple[NotebookPage, Locator]:
    opened = lab.open(lab.write("panel.ipynb", [CONNECTED.format(url=ollama.url), "wb.panel()"]))
    opened.run_cell(0)
    opened.run_cell(1)
    seen = opened.page.locator(PANEL)
    expect(seen).to_be_visible()
    return opened, seen


def press(opened: NotebookPage, button: Locator) -> None:
    """Press a button by the keyboard."""
    button.focus()
    opened.page.keyboard.press("Enter")


def test_models_are_loaded_unloaded_and_deleted_by_keyboard(
    panel: tuple[NotebookPage, Locator], axe: str, spare: str, ollama: Server
) -> None:
    opened, seen = panel
    row = seen.get_by_role("row").filter(has_text=spare)
    said = seen.get_by_role("status")
    press(opened, row.get_by_role("button", name="Load"))
    expect(said).to_have_text(f"Load own/{spare}: done", timeout=60_000)
    unload = row.get_by_role("button", name="Unload")
    expect(unload).to_be_visible()
    expect(unload).to_be_focused()  # it took the place of the button that was pressed
    expect(row).to_contain_text("min")
    assert violations(opened.page, axe, PANEL) == []
    if folder := os.environ.get("WORKBENCH_PICTURES"):
        seen.screenshot(path=Path(folder) / "panel.png")
    press(opened, unload)
    expect(said).to_have_text(f"Unload own/{spare}: done", timeout=60_000)
    expect(row.get_by_role("button", name="Load")).to_be_focused()
    press(opened, row.get_by_role("button", name="Delete"))
    expect(row).to_contain_text(f"Really delete {spare}, 98.4 MB?")
    expect(row.get_by_role("button", name="Cancel")).to_be_focused()
    opened.page.keyboard.press("Enter")
    expect(row.get_by_role("button", name="Delete")).to_be_focused()
    opened.page.keyboard.press("Enter")
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Enter")
    expect(row).to_have_count(0)
    with pytest.raises(ModelUnknownError):
        wait(OllamaModels(Place("ollama", ollama.url)).show(spare))


def test_columns_stand_below_each_other_from_server_to_server(panel: tuple[NotebookPage, Locator]) -> None:
    _, seen = panel
    tables = seen.locator("thead").all()
    assert len(tables) > 1
    places = [[box["x"] for cell in table.locator("th").all() if (box := cell.bounding_box())] for table in tables]
    fewest = min(map(len, places))
    assert fewest > 4
    assert all(one[:fewest] == places[0][:fewest] for one in places)


def test_a_model_that_cannot_be_fetched_is_told_beside_its_name(panel: tuple[NotebookPage, Locator], axe: str) -> None:
    opened, seen = panel
    wanted = seen.get_by_role("textbox", name="Fetch a model")
    wanted.fill("127.0.0.1:9/library/no-such-model")
    wanted.press("Enter")
    problem = seen.get_by_role("alert")
    expect(problem).to_be_visible()
    expect(problem).to_contain_text("✗")
    assert violations(opened.page, axe, PANEL) == []


def test_a_saved_notebook_keeps_a_table(lab: Lab, panel: tuple[NotebookPage, Locator], spare: str) -> None:
    panel[0].save()
    kept = lab.open("panel.ipynb", kernel=False)
    expect(kept.outputs(1)).to_have_count(1)
    expect(kept.outputs(1)).to_contain_text("Connections and models, as they were")
    expect(kept.outputs(1)).to_contain_text(f"own/{spare}")


def test_a_panel_outlives_its_kernel_as_text(lab: Lab, panel: tuple[NotebookPage, Locator], spare: str) -> None:
    opened, seen = panel
    opened.save()
    opened.page.reload()
    opened.ready(kernel=True)
    expect(seen.get_by_role("button").first).to_be_visible()  # the same kernel draws it anew
    lab.kill_kernels()
    expect(seen.get_by_role("status")).to_have_text("Kernel gone; connections and models as they were")
    expect(seen.get_by_role("button")).to_have_count(0)
    expect(seen).to_contain_text(spare)
    opened.page.reload()
    opened.ready(kernel=True)  # a fresh one, which knows nothing of the panel
    expect(opened.outputs(1)).to_contain_text("Connections and models, as they were")
    expect(opened.outputs(1)).to_contain_text(f"own/{spare}")
    expect(opened.page.get_by_text("Error displaying widget")).to_have_count(0)


def test_nothing_is_lost_in_the_dark(lab: Lab, ollama: Server, axe: str) -> None:
    opened = lab.open(lab.write("dark.ipynb", [CONNECTED.format(url=ollama.url), "wb.panel()"]), dark=True)
    opened.run_cell(0)
    opened.run_cell(1)
    seen = opened.page.locator(PANEL)
    expect(seen).to_be_visible()
    assert violations(opened.page, axe, PANEL) == []
    if folder := os.environ.get("WORKBENCH_PICTURES"):
        seen.screenshot(path=Path(folder) / "panel-dark.png")
