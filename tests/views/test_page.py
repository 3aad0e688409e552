"""What the live views share in the page, and that their rules do not reach into one another."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from workbench.views import CompareView, PanelView
from workbench.views.page import script, styles

VIEWS = {"compare": CompareView, "panel": PanelView}
SHARED = "view"


def selectors(css: str) -> list[str]:
    """Every selector of a style sheet, those inside of media rules too."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"@keyframes [\w-]+ \{.*?\n\}", "", css, flags=re.DOTALL)
    heads = re.findall(r"([^{}]+)\{", re.sub(r"@media [^{]+\{", "", css))
    return [one.strip() for head in heads for one in head.rsplit("}", 1)[-1].split(",\n")]


@pytest.mark.parametrize("view", VIEWS)
def test_every_rule_holds_for_one_view_or_for_all(view: str) -> None:
    found = selectors(styles(view))
    assert len(found) > 40
    assert [one for one in found if not re.match(rf"\.wb-({view}|{SHARED})\b(?!-)", one)] == []


@pytest.mark.parametrize("view", VIEWS)
def test_the_outermost_element_has_both_classes(view: str) -> None:
    assert f'"wb-view wb-{view}"' in script(view)


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
