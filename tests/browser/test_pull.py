"""A pull in a notebook, as a reader sees it: a bar, a Cancel button that works at once, a line that stays."""

from __future__ import annotations

import time
from pathlib import Path

from browser.axe import violations
from browser.lab import Lab
from conftest import Server
from playwright.sync_api import expect
from registry import Registry, pushed

from workbench.connections import wait
from workbench.engines import OllamaModels, Place

CANCEL_LIMIT_S = 2.0
SLOW_KB_S = 10_000


def test_a_pull_is_cancelled_by_keyboard_and_goes_on(
    lab: Lab, axe: str, ollama: Server, registry: Registry, tmp_path: Path
) -> None:
    models = OllamaModels(Place("ollama", ollama.url))
    name, digest = wait(pushed(models, registry, tmp_path, "seen"))
    connected = f'import workbench as wb\nwb.connect("own", "{ollama.url}", kind="ollama")'
    pull = f'await wb.pull("own/{name}", insecure=True)'
    opened = lab.open(lab.write("pull.ipynb", [connected, pull, pull]))
    opened.run_cell(0)
    registry.files.toxic("bandwidth", rate=SLOW_KB_S)
    try:
        opened.start_cell(1)
        cell = opened.cell(1)
        expect(cell.get_by_text("s left")).to_be_visible()
        opened.save()
        (begun,) = lab.read("pull.ipynb").cells[1].outputs
        assert "not over when this was saved" in begun.data["text/html"]
        assert violations(opened.page, axe, ".jp-Notebook .jp-Cell:nth-child(2) .jp-OutputArea") == []
        cell.get_by_role("button", name="Cancel").focus()
        opened.page.keyboard.press("Enter")
        pressed = time.monotonic()
        opened.wait_cell(1)
        assert time.monotonic() - pressed < CANCEL_LIMIT_S
    finally:
        registry.files.heal()
    expect(opened.outputs(1).last).to_contain_text("cancelled; the same call goes on from here")
    opened.run_cell(2)
    expect(opened.outputs(2).last).to_contain_text(f"own/{name} done · 98.4 MB")
    assert registry.first_bytes(digest)[1] > 0
    opened.save()
    kept = lab.open("pull.ipynb", kernel=False)
    expect(kept.outputs(2)).to_have_count(1)  # and no widget that a fresh kernel knows nothing of
    expect(kept.outputs(2)).to_contain_text("done · 98.4 MB")
    wait(models.delete(name))
