"""The pictures for papers: who speaks to whom, and the tree of branches."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from workbench.views.agents import Branch, Drawing, Link, branch_tree, speakers

SVG = "{http://www.w3.org/2000/svg}"
AGENTS = ("user", "clerk", "reviewer")
LINKS = (
    Link("user", "clerk", "speaks", 1),
    Link("clerk", "reviewer", "speaks", 12),
    Link("clerk", "reviewer", "hands", 3),
    Link("reviewer", "clerk", "delegates", 4),
    Link("clerk", "clerk", "speaks", 5),
)
ROOT = Branch(name="0", parent="", at=None, change="", turns=6, differs_at=None, state="ended", shown=True)
BRANCHES = (
    ROOT,
    Branch(name="0.1", parent="0", at=2, change="turn 2 edited", turns=5, differs_at=3, state="goes on"),
    Branch(name="0.2", parent="0", at=4, change="another task", turns=7, differs_at=None, state="halted"),
    Branch(name="0.1.1", parent="0.1", at=4, change="", turns=4, differs_at=None, state="goes on"),
)


def texts(drawing: Drawing) -> list[str]:
    return [str(node.text) for node in ElementTree.fromstring(drawing.svg).iter(f"{SVG}text")]


def places(drawing: Drawing, *wanted: str) -> list[tuple[float, float]]:
    found = {node.text: node for node in ElementTree.fromstring(drawing.svg).iter(f"{SVG}text")}
    return [(float(found[text].attrib["x"]), float(found[text].attrib["y"])) for text in wanted]


def test_agents_stand_in_their_order_with_a_shape_each() -> None:
    drawing = speakers(AGENTS, LINKS)
    stand = places(drawing, "● user", "■ clerk", "▲ reviewer")
    assert all(one[0] < other[0] for one, other in pairwise(stand))


def test_every_link_has_its_count_and_its_dash() -> None:
    drawing = speakers(AGENTS, LINKS)
    assert {"1", "12", "3", "4", "5"} <= set(texts(drawing))
    dashes = [node.get("stroke-dasharray") for node in ElementTree.fromstring(drawing.svg).iter(f"{SVG}path")]
    assert dashes == [None, None, "7 4", "2 4", None]
    assert {"heard, and answered next", "hands over", "gives a task"} <= set(texts(drawing))


def test_who_was_handed_over_to_and_has_not_spoken_stands_there_too() -> None:
    drawing = speakers(("clerk",), [Link("clerk", "mayor", "hands", 1)])
    assert "■ mayor" in texts(drawing)


def test_links_back_run_below() -> None:
    forth, back = places(speakers(AGENTS, LINKS), "12", "4")
    assert forth[1] < 0 < back[1]


def test_what_is_drawn_is_said_in_words() -> None:
    drawing = speakers(AGENTS, LINKS)
    assert "clerk → reviewer (hands over, 3×)" in drawing.text
    assert ElementTree.fromstring(drawing.svg).findtext(f"{SVG}title") == drawing.text
    assert "gibt eine Aufgabe" in speakers(AGENTS, LINKS, "de").text


def test_a_branch_says_what_it_changed_where_it_differs_and_how_it_stands() -> None:
    drawing = branch_tree(BRANCHES)
    assert "0.1: leaves 0 after turn 2, turn 2 edited, differs at turn 3, goes on" in drawing.text
    assert "turn 2 edited · ◆ differs at turn 3" in texts(drawing)
    assert "shown above" in texts(drawing)
    assert "verlässt 0 nach Zug 2" in branch_tree(BRANCHES, "de").text


def test_what_leaves_later_stands_higher_so_that_no_line_crosses_a_text() -> None:
    rows = [y for _, y in places(branch_tree(BRANCHES), "0.2", "0.1", "0.1.1")]
    assert rows == sorted(rows)


@pytest.mark.parametrize("turns", [0, 1, 500])
def test_a_tree_keeps_its_width_whatever_the_turns(turns: int) -> None:
    branch = Branch(name="0", parent="", at=None, change="", turns=turns, differs_at=None, state="x" * 500)
    assert float(ElementTree.fromstring(branch_tree([branch]).svg).attrib["width"]) < 1000


def test_a_picture_is_saved_and_shown_by_a_notebook(tmp_path: Path) -> None:
    drawing = speakers(AGENTS, LINKS)
    drawing.save(tmp_path / "graph.svg")
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8") == drawing.svg == drawing._repr_svg_()
    assert repr(drawing) == drawing.text
