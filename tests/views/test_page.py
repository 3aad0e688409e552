"""What the live views share in the page, and that their rules do not reach into one another."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from pathlib import Path

import pytest

import workbench.views
from workbench.views import ChatView, CompareView, PanelView, VoteView, WorkView
from workbench.views.controls import ControlsView
from workbench.views.page import script, styles

VIEWS = {
    "chat": ChatView,
    "compare": CompareView,
    "controls": ControlsView,
    "panel": PanelView,
    "vote": VoteView,
    "work": WorkView,
}
SHARED = "view"

TOY = {
    "__init__.py": """
import anywidget
import traitlets
from workbench.views.page import script, styles

class ToyView(anywidget.AnyWidget):
    _esm = script("toy")
    _css = styles("toy")
    label = traitlets.Unicode("").tag(sync=True)
    language = traitlets.Unicode("en").tag(sync=True)
""",
    "apart.js": """
function shownIn(model) { return model.get("label"); }
""",
    "toy.js": """
export default {
  render({ model, el }) {
    const root = outermost("div", "wb-view wb-toy", model, {}, shownIn(model));
    el.append(root);
  },
};
""",
    "toy.css": ".wb-toy .wb-label { color: var(--wb-ink); }",
}


def selectors(css: str) -> list[str]:
    """Every selector of a style sheet, those inside of media rules too."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"@keyframes [\w-]+ \{.*?\n\}", "", css, flags=re.DOTALL)
    heads = re.findall(r"([^{}]+)\{", re.sub(r"@(?:media|container) [^{]+\{", "", css))
    return [one.strip() for head in heads for one in head.rsplit("}", 1)[-1].split(",\n")]


@pytest.mark.parametrize("view", VIEWS)
def test_every_rule_holds_for_one_view_or_for_all(view: str) -> None:
    found = selectors(styles(view))
    assert {one[: len(f".wb-{view}")] for one in found} >= {f".wb-{view}"}
    assert [one for one in found if not re.match(rf"\.wb-({view}|{SHARED})\b(?!-)", one)] == []


@pytest.mark.parametrize("view", VIEWS)
def test_the_outermost_element_has_both_classes(view: str) -> None:
    assert script(view).count(f'"wb-view wb-{view}"') == 1


@pytest.mark.parametrize("view", VIEWS)
def test_keys_pressed_in_a_view_are_the_views_own(view: str) -> None:
    assert re.search(rf'= outermost\(\s*"\w+", "wb-view wb-{view}", model', script(view))


@pytest.mark.parametrize("view", VIEWS)
def test_a_script_declares_each_name_once(view: str) -> None:
    """It is one module, in which a second declaration stops the whole view."""
    names = Counter(re.findall(r"^(?:function|const|let|class) (\w+)", script(view), flags=re.MULTILINE))
    assert names["element"] == 1
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(("view", "widget"), VIEWS.items())
def test_the_widget_gives_the_page_both_parts(view: str, widget: type) -> None:
    assert widget._esm == script(view)
    assert widget._css == styles(view)
    assert script(view).count("export default") == 1


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_is_loaded_from_elsewhere(view: str) -> None:
    assert re.findall(r"^import\b|\bimport\(|@import|url\(", script(view) + styles(view), flags=re.MULTILINE) == []


@pytest.mark.parametrize("view", VIEWS)
def test_colours_stand_once(view: str) -> None:
    palette = re.findall(r"--wb-\w+: var\(--jp-", styles(view))
    assert len(palette) == len(set(palette)) == 8


def test_every_view_with_a_script_is_tried_here() -> None:
    folders = {file.parent.name for file in Path(str(workbench.views.__file__)).parent.rglob("*.js")}
    assert folders - {"page"} == set(VIEWS)


def test_a_view_is_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As CONTRIBUTING says: its Python, JavaScript and CSS beside each other, the shared parts in front of them."""
    (tmp_path / "toy").mkdir()
    for name, text in TOY.items():
        (tmp_path / "toy" / name).write_text(text)
    monkeypatch.setattr(workbench.views, "__path__", [*workbench.views.__path__, str(tmp_path)])
    widget = importlib.import_module("workbench.views.toy").ToyView
    test_every_rule_holds_for_one_view_or_for_all("toy")
    test_the_outermost_element_has_both_classes("toy")
    test_keys_pressed_in_a_view_are_the_views_own("toy")
    test_a_script_declares_each_name_once("toy")
    test_the_widget_gives_the_page_both_parts("toy", widget)
    test_nothing_is_loaded_from_elsewhere("toy")
    test_colours_stand_once("toy")
    parts = [script("toy").index(part) for part in ("function element", "function shownIn", "export default")]
    assert parts == sorted(parts)
    assert widget(label="<b>Amt</b>").get_state()["label"] == "<b>Amt</b>"
