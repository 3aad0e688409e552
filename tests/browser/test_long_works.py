"""What takes its time in JupyterLab, scorings and benches: how far it is, and a Stop that keeps what there is."""

from __future__ import annotations

from browser.axe import violations
from browser.lab import START_SECONDS, Lab
from playwright.sync_api import expect

RUN = """
import asyncio, workbench as wb
async def answer(prompt):
    return "Bonn"
run = await wb.compare([f"Frage {number}" for number in range(30)], {"a": answer})
async def patient(row):
    await asyncio.sleep(0.5)
    return True
"""


def test_a_scoring_tells_how_far_it_is_and_stops(lab: Lab, axe: str) -> None:
    opened = lab.open(
        lab.write("score.ipynb", [RUN, "len((await run.score(patient, concurrency=2)).dropna(subset='value'))"])
    )
    opened.run_cell(0)
    opened.start_cell(1)
    bar = opened.cell(1).locator(".wb-work")
    expect(bar).to_contain_text("of 30")
    expect(bar).to_contain_text("s left")
    assert violations(opened.page, axe, ".wb-work") == []
    bar.get_by_role("button", name="Stop").click()
    opened.wait_cell(1)
    expect(bar).to_have_count(0)
    expect(opened.outputs(1).first).to_contain_text("stopped · ")
    assert 0 < int(opened.outputs(1).last.inner_text()) < 30


def test_a_bench_tells_how_far_it_is_and_stops(lab: Lab) -> None:
    cell = (
        "import workbench as wb\nbench = await wb.benchmark('embedded', concurrency=1, requests=900)\nlen(bench.frame)"
    )
    opened = lab.open(lab.write("bench.ipynb", [cell]))
    opened.start_cell(0)
    bar = opened.cell(0).locator(".wb-work")
    expect(bar).to_contain_text("load 1 · ", timeout=START_SECONDS * 1000)  # the model is loaded first
    bar.get_by_role("button", name="Stop").click()
    opened.wait_cell(0)
    expect(opened.outputs(0).first).to_contain_text("stopped · load 1 · ")
    assert 0 < int(opened.outputs(0).last.inner_text()) < 900
