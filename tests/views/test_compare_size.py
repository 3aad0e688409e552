"""What the kernel tells a page of a comparison of many cells: bounded messages, and no text that was not wanted."""

from __future__ import annotations

import json
import zlib
from time import perf_counter
from typing import Any

import pytest
from views.test_compare_view import Recorded, make, settle

from workbench.views import Figures
from workbench.views.compare._sketch import sketch


class Kernel(Recorded):
    """A view that keeps what it would send to the page, packed parts too."""

    def send(self, content: dict[str, Any], buffers: Any = None) -> None:
        super().send(content | {"columns": json.loads(zlib.decompress(buffers[0]))} if buffers else content)


def kernel(prompts: int, candidates: int = 2) -> Kernel:
    return Kernel([f"Frage {n}" for n in range(prompts)], [f"m{n}" for n in range(candidates)], stop=lambda: None)


def answered(view: Kernel, text: str = "Antwort {}") -> None:
    for index in range(len(view._statuses)):
        view.add(index, text.replace("{}", str(index)))
        view.ended(index, "answered", "1 s", figures=Figures(0.1, index / 1000, index, 9.0))
    settle(view)


def asked(view: Kernel, message: dict[str, Any]) -> list[dict[str, Any]]:
    """What a page gets that asks so."""
    before = len(view.sent)
    view._handle_custom_msg(message | {"page": "p"}, [])
    return view.sent[before:]


def test_a_page_gets_some_cells_whole_and_of_all_others_how_they_stand() -> None:
    view = kernel(4000)
    answered(view, "Antwort {} " * 40)
    view.finish("done")
    view.rated(7001, True, "gut")
    view.scored({"exact": {7000: 1.0, 7001: 0.0}})
    first, *others = asked(view, {"have": 0})
    assert list(first["cells"]) == list(range(len(first["cells"])))
    assert first["cells"][0]["text"].startswith("Antwort 0 ")
    assert sum(len(cell["text"]) for cell in first["cells"].values()) < 520_000
    columns = others[0]["columns"]
    assert len(first["cells"]) + sum(len(one["columns"]["index"]) for one in others) == 8000
    place = columns["index"].index(7001)
    assert columns["total_s"][place] == 7.001
    assert columns["tokens"][place] == 7001
    assert columns["scores"]["exact"][place - 1 : place + 2] == [1.0, 0.0, None]
    assert columns["rated"] == {"7001": [True, "gut"]}
    assert [(one["after"], one["number"], one["page"]) for one in others] == [(first["number"], first["number"], "p")]
    assert len(json.dumps(first)) < 1_000_000


def test_a_flood_of_answers_is_told_in_bounded_messages() -> None:
    view = kernel(3000)
    answered(view, "x" * 1000)
    assert max(len(json.dumps(one.get("cells", {}))) for one in view.sent) < 1_500_000
    told = {
        int(index) for one in view.sent for index in (*one.get("cells", ()), *one.get("columns", {}).get("index", ()))
    }
    assert told == set(range(6000))


def test_rows_in_sight_are_told_whole_with_what_is_not_yet_sent() -> None:
    view = kernel(4000)
    answered(view)
    view.finish("done")
    view.go_on()
    view.began(7000)
    view.add(7000, "wächst")
    told = asked(view, {"rows": [3500, -1, 4000, "x"]})[-1]
    assert told["rows"] == {3500: "Frage 3500"}
    assert {index: one["text"] for index, one in told["cells"].items()} == {
        7000: "Antwort 7000wächst",
        7001: "Antwort 7001",
    }
    assert all(one["fresh"] for one in told["cells"].values())
    assert told["number"] == view._deltas.number


def test_a_text_is_found_in_prompts_and_whole_answers() -> None:
    view = kernel(50_000)
    view.add(9, "x" * 5000 + " Am ENDE")
    view.ended(9, "answered", "")
    settle(view)
    (told,) = asked(view, {"find": "am ende"})
    assert (told["answers"], told["prompts"]) == ([9], [])
    (told,) = asked(view, {"find": "frage 49999"})
    assert (told["answers"], told["prompts"]) == ([], [49_999])


def test_of_a_long_answer_among_many_a_page_gets_the_beginning_once_it_has_ended() -> None:
    view = kernel(50_000)
    view.began(0)
    view.add(0, "wort " * 400)
    settle(view)
    assert len(view.sent[-1]["cells"][0]["text"]) == 2000  # it grows under somebody's eyes
    view.ended(0, "answered", "1 s")
    settle(view)
    told = view.sent[-1]["cells"][0]
    assert len(told["text"]) <= 500
    assert (told["fresh"], told["rest"]) == (True, 2000 - len(told["text"]))
    few = make()
    few.add(0, "wort " * 4000)
    few.ended(0, "answered", "1 s")
    settle(few)
    assert sum(len(one["cells"][0].get("text", "")) for one in few.sent) == 20_000


def test_prompts_come_with_the_view_as_far_as_they_fit() -> None:
    view = Kernel(["p" * 1000] * 2000, ["a"], stop=lambda: None)
    assert (view.count, len(view.prompts)) == (2000, 500)
    assert asked(view, {"rows": [1999]})[-1]["rows"] == {1999: "p" * 1000}


def test_answers_that_say_the_same_have_the_same_number() -> None:
    view = make(1, 3)
    for index, text in enumerate(("Bonn", " Bonn\n", "Berlin")):
        view.add(index, text)
        view.ended(index, "answered", "")
    settle(view)
    cells: dict[int, Any] = {}
    for one in view.sent:
        for index, change in one["cells"].items():
            cells.setdefault(index, {}).update(change)
    assert cells[0]["says"] == cells[1]["says"] != cells[2]["says"]


@pytest.mark.parametrize(
    ("near", "far"),
    [
        ("Die Gemeinde stellt den Ausweis in ihrem Amt aus.", "Wer weiß das schon so genau wie ein Verein?"),
        ("Die Gemeinde stellt den Ausweis im Rathaus und in ihrem Amt aus.", "Seit 1949 in Bonn, danach in Berlin."),
    ],
)
def test_the_more_words_differ_the_more_do_the_sketches(near: str, far: str) -> None:
    base = sketch("Die Gemeinde stellt den Ausweis in ihrem Amt aus!")
    assert (base ^ sketch(near)).bit_count() < (base ^ sketch(far)).bit_count()


def test_a_hundred_thousand_cells_are_told_while_somebody_waits() -> None:
    view = kernel(25_000, 4)
    answered(view, "Die Gemeinde stellt den Ausweis Nummer {} aus. " * 3)
    view.finish("done")
    begun = perf_counter()
    asked(view, {"have": 0})
    assert perf_counter() - begun < 10  # half a second where nothing else runs
    begun = perf_counter()
    asked(view, {"find": "nummer 99999 "})
    assert perf_counter() - begun < 5
    assert view.sent[-1]["answers"] == [99_999]


def test_scores_are_told_anew_when_they_are_others() -> None:
    view = make()
    view.ended(0, "answered", "")
    view.finish("done")
    view.scored({"exact": {0: 1.0}, "<b>": {0: 0.33333333, 1: 2}})
    assert view.sent[-1]["cells"] == {0: {"scores": {"exact": 1.0, "<b>": 0.3333}}, 1: {"scores": {"<b>": 2}}}
    view.scored({"exact": {0: 0.0}})
    assert view.sent[-1]["cells"] == {0: {"scores": {"exact": 0.0}}, 1: {"scores": {}}}
