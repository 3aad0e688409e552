"""Which rows a report's filters show, whatever was answered."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from views.test_charts import frame_of, scores_of

from workbench.views.report import _answers, report_html
from workbench.views.report._filters import FILTERS, Answered, row_filters
from workbench.views.report._words import WORDS


def said(text: str, *marks: str, right: bool | None = None) -> Answered:
    return Answered(text, frozenset(marks), right)


@pytest.mark.parametrize(
    ("answers", "met"),
    [
        ([said("ja")], set()),
        ([said("ja", right=False)], set()),
        ([said("ja"), said(" ja\n")], {"identical"}),
        ([said("ja"), None], set()),
        ([said("ja"), said("ja"), said("nein")], {"differing"}),
        ([said("", "failed"), said("ja")], {"failed"}),
        ([said("ja"), said("", "not asked")], {"failed"}),
        ([said("ja"), said("jaw", "limit")], {"cut", "differing"}),
        ([said("ja", right=True), said("nein", right=False)], {"differing", "one-wrong"}),
        ([said("a", right=False), said("b", right=False)], {"differing", "all-wrong"}),
        ([said("a", right=False), said("b", right=None)], {"differing", "one-wrong"}),
        ([None, said("b"), said("b")], set()),
    ],
)
def test_a_row_meets(answers: list[Answered | None], met: set[str]) -> None:
    assert row_filters(answers) == met


def test_every_filter_has_its_words_and_its_style() -> None:
    page = report_html(frame_of(["a"]).assign(warnings=None, tries=1), language="en")
    for name in FILTERS:
        assert f"#show-{name}:checked" in page
        assert f'[data-is~="{name}"]' in page
    for words in WORDS.values():
        assert set(words.filters) == {"all", *FILTERS}


def test_only_what_tells_rows_apart_can_be_chosen() -> None:
    frame = frame_of(["a", "b"], 3).assign(warnings=None, tries=1)
    assert 'type="radio"' not in report_html(frame, language="en")  # all say the same
    frame.loc[1, "answer"] = "anders"
    page = report_html(frame, language="de")
    assert re.findall(r'id="show-(\S+)"', page) == ["all", "differing", "identical"]
    assert "Anders als a (1)" in page


@pytest.mark.parametrize(("value", "is_offered"), [(0.0, True), (0.5, False)])
def test_wrong_is_known_only_where_a_scorer_says_yes_or_no(value: float, is_offered: bool) -> None:
    frame = frame_of(["a", "b"], 3).assign(warnings=None, tries=1)
    scores = scores_of(frame).assign(value=[value, 1.0, 1.0, 1.0, 1.0, 1.0], scorer="right")
    assert ("Only one wrong (1)" in report_html(frame, scores, language="en")) == is_offered


def test_so_much_is_compared_as_takes_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = frame_of(["a", "b"], 4).assign(warnings=None, tries=1)
    frame["answer"] = [f"Antwort {number}" for number in range(len(frame))]
    assert report_html(frame, language="en").count("Beside a: ") == 4
    monkeypatch.setattr(_answers, "_MOST_COMPARED", 50)
    assert report_html(frame, language="en").count("Beside a: ") == 2


def test_the_overview_leads_to_places_that_are_there() -> None:
    frame = pd.concat([frame_of(["a", "b"], 3).assign(repeat=repeat) for repeat in (0, 1)], ignore_index=True)
    page = report_html(frame.assign(warnings=None, tries=1), language="en")
    links = re.findall(r'href="#([^"]+)"', page)
    places = re.findall(r' id="(answer-[^"]+)"', page)
    assert len(links) == 6
    assert len(places) == len(set(places)) == 12
    assert set(links) <= set(places)
