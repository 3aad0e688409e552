"""Two live views in one page: each is whole, and neither reaches into the other."""

from __future__ import annotations

from browser.lab import Lab
from browser.scripted import IMPORTS
from playwright.sync_api import expect

STRANGER = """node => {
    const made = document.createElement("progress");
    made.className = "wb-progress";
    node.append(made);
    const { minWidth, fontWeight } = getComputedStyle(made);
    made.remove();
    return [minWidth, fontWeight];
}"""


def test_a_panel_beside_a_comparison_looks_as_it_does_alone(lab: Lab) -> None:
    cells = [IMPORTS, "import workbench as wb\nwb.panel()", "CompareView(['p'], ['a'], stop=lambda: None)"]
    notebook = lab.open(lab.write("both.ipynb", cells))
    notebook.run_all()
    panel, view = notebook.page.locator(".wb-panel"), notebook.page.locator(".wb-compare")
    expect(view.locator(".wb-word")).to_have_text("waiting")
    expect(panel.locator(".wb-title")).to_be_visible()
    assert panel.evaluate(STRANGER) == ["0px", "400"]
    assert view.locator(".wb-progress").evaluate("node => getComputedStyle(node).fontWeight") == "600"
    inks = [one.evaluate("node => getComputedStyle(node).backgroundColor") for one in (panel, view)]
    # Whichever theme JupyterLab has at the moment.
    assert len(set(inks)) == 1
    assert "rgba(0, 0, 0, 0)" not in inks
