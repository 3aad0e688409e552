"""What the kernel tells a page of an answer that is opened, and of answers that are asked again."""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

import pytest
from views.test_compare_view import Page, make, settle

from workbench.errors import JournalError
from workbench.views import Details, answer_words
from workbench.views.compare._answer_words import _WORDS as OF_ANSWERS
from workbench.views.compare._differences import differences, share_alike
from workbench.views.compare._words import _WORDS as OF_VIEW


def details(index: int) -> Details:
    return Details(prompt=f"Frage {index}", text=f"Seit {1990 + index}\u202e.", sent={"n": index})


def opened(message: dict[str, Any], **options: Any) -> dict[str, Any]:
    view = make(2, 2, repeats=2, **options)
    view._handle_custom_msg({"page": "p", **message}, [])
    return view.sent[-1] if view.sent else {}


def test_a_page_gets_the_details_of_what_it_opens_beside_those_of_its_baseline() -> None:
    told = opened({"open": 7, "baseline": 0}, details=details)
    assert (told["opened"], told["page"]) == (7, "p")
    assert told["details"]["prompt"] == "Frage 7"
    assert told["details"]["text"] == "Seit 1997[U+202E]."
    assert json.loads(told["details"]["sent"]) == {"n": 7}
    # The baseline's cell has the same prompt and repeat.
    assert ("against", "1997", "1995") in told["details"]["differences"]["parts"]
    assert "differences" not in opened({"open": 5, "baseline": 0}, details=details)["details"]


@pytest.mark.parametrize("message", [{"open": 8}, {"open": -1}, {"open": "0"}, {"again": "all"}, {"again": [0]}])
def test_what_cannot_be_opened_or_asked_is_passed_over(message: dict[str, Any]) -> None:
    assert opened(message, details=details) == {}


def test_details_that_cannot_be_read_say_so() -> None:
    def fails(index: int) -> Details:
        raise JournalError("the journal is damaged")

    assert opened({"open": 1, "baseline": 0}, details=fails)["details"]["problem"] == "the journal is damaged"


def test_cells_are_asked_again_by_their_index() -> None:
    wished: list[list[int]] = []
    view = make(again=wished.append)
    assert view.asks
    view._handle_custom_msg({"again": [3, 4, -1, "x", 0]}, [])
    assert wished == [[3, 0]]


def test_cells_with_an_answer_are_asked_again_apart_from_the_others() -> None:
    wished: list[tuple[str, list[int]]] = []
    view = make(again=lambda cells: wished.append(("again", cells)), anew=lambda cells: wished.append(("anew", cells)))
    assert view.asks_anew
    view._handle_custom_msg({"anew": [3, 4, "x"]}, [])
    view._handle_custom_msg({"anew": "all"}, [])
    assert wished == [("anew", [3])]


def test_the_code_is_told_to_the_page_that_wants_it() -> None:
    assert opened({"code": True}, code=lambda: "a = '\u202e'") == {"code": "a = '[U+202E]'", "page": "p"}
    assert opened({"code": True}) == {}
    long = opened({"code": True}, code=lambda: "x" * 200_001)["code"]
    assert long.startswith("# The code is too long to be shown here (200001 characters)")

    def fails() -> str:
        raise JournalError("the journal\nis damaged")

    assert opened({"code": True}, code=fails)["code"] == "# the journal is damaged"


def test_earlier_answers_are_told_with_the_details() -> None:
    told = Details(prompt="Wo?", text="Bonn", earlier=("Köln", "A\u202e")).page(None, "en")
    assert told["earlier"] == ["Köln", "A[U+202E]"]


def test_a_view_goes_on_after_its_end_and_an_answer_begins_anew() -> None:
    view = make()
    early, late = Page(view), Page(view)
    view.add(0, "kaputt")
    view.ended(0, "failed", "no")
    settle(view)
    view.finish("0 of 4 answered, 1 failed")
    view.waits(0)
    view.go_on()
    view.began(0)
    view.add(0, "Bonn")
    view.ended(0, "answered", "1 s", marks=["⚠ cut at 9"], cut=True)
    settle(view)
    early.receive()
    assert view.sent[-1]["progress"] == "1 of 4 answered"
    view.finish("1 of 4 answered")
    late.read = len(view.sent)
    late.ask()
    early.receive()
    late.receive()
    for page in (early, late):
        assert (page.summary, page.statuses[0]) == ("1 of 4 answered", "answered")
    assert view.sent[-1]["cells"][0]["marks"] == ["⚠ cut at 9"]
    assert view.sent[-1]["cells"][0]["fresh"] is True
    assert late.texts == {0: "Bonn"}


@pytest.mark.parametrize(
    ("baseline", "text", "told"),
    [
        ("Bonn am Rhein", "Bonn am Rhein", ["same"]),
        ("Bonn  am\nRhein", "Bonn am Rhein", ["same"]),
        ("", "Bonn", ["added"]),
        ("Bonn", "", ["missing"]),
        ("am 3. Oktober", "am 4. Oktober", ["same", "against", "same"]),
        ("am 3. Oktober 1990", "am 3. November 1990", ["same", "against", "same"]),
        ("kostet 1.000,50 Euro", "kostet 1.000,60 Euro", ["same", "against", "same"]),
        ("eine rote Tür und ein Tor", "eine blaue Tür und ein Tor", ["same", "missing", "added", "same"]),
        ("alle acht , neun Ämter hier", "alle drei , vier Ämter hier", ["same", "missing", "added", "same"]),
        ("7 " + "wort " * 9, "8 " + "satz " * 9, ["missing", "added"]),
    ],
)
def test_differences_are_told_phrase_by_phrase(baseline: str, text: str, told: list[str]) -> None:
    parts = differences(baseline, text)
    assert parts is not None
    assert [part.kind for part in parts] == told
    whole = "".join(part.text for part in parts if part.kind != "missing")
    assert whole.split() == text.split()


def test_texts_that_would_take_seconds_are_not_compared() -> None:
    assert differences("wort " * 4000, "wort") is None
    began = perf_counter()
    for often in (75, 700):
        assert differences("der die das und " * often, "und das die der " * often) is not None
    assert perf_counter() - began < 20


def test_the_share_of_words_that_are_alike() -> None:
    parts = differences("eins zwei, drei", "eins zwei, vier")
    assert parts is not None
    assert share_alike(parts) == 2 / 4


def test_both_languages_say_the_same() -> None:
    for words in (OF_VIEW, OF_ANSWERS):
        assert words["en"].keys() == words["de"].keys()
    assert OF_VIEW["en"]["filters"].keys() == OF_VIEW["de"]["filters"].keys()
    for group in ("finishes", "marks"):
        assert answer_words("en")[group].keys() == answer_words("de")[group].keys()
