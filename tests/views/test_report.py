"""The report: whole with any data, in two languages, with no address to load from and every text as text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from views.test_charts import HOSTILE, frame_of, means_of, scores_of

from workbench.views.report import report_html


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not {name for name, _ in attrs} & {"src", "href", "onerror", "onload"}


def run_frame(models: list[str], prompts: int = 2) -> pd.DataFrame:
    return frame_of(models, prompts).assign(warnings=None, tries=1)


def test_hostile_texts_stay_text_and_nothing_is_loaded() -> None:
    frame = run_frame(HOSTILE).assign(answer=HOSTILE[0], prompt=HOSTILE[1])
    page = report_html(frame, scores_of(frame), None, [HOSTILE[0]], means_of(HOSTILE), title=HOSTILE[0], spoken="en")
    assert not set(Tags(page).tags) & {"script", "img", "image", "link", "iframe", "a"}
    assert set(re.findall(r"https?://[^\s\"'<)]+", page)) == {"http://www.w3.org/2000/svg"}
    assert page.count("<svg") == 4


def test_german_and_what_was_kept_out() -> None:
    frame = run_frame(["a"], 3)
    frame.loc[0, "error"] = "kaputt"
    frame.loc[1, "finish"] = "length"
    page = report_html(frame, spoken="de")
    assert 'lang="de"' in page
    assert "Fragen: 3 · Modelle: 1 · Wiederholungen: 1 · beantwortet: 2 von 3 Zellen" in page
    assert "am Limit abgeschnitten" in page
    assert "kaputt" in page


@pytest.mark.parametrize("rows", [0, 2])
def test_without_scores_or_answers(rows: int) -> None:
    page = report_html(run_frame(["a"]).iloc[:rows], spoken="en")
    assert "Nothing was scored." in page
    assert ("No prompt was asked." in page) == (rows == 0)


def test_many_prompts_are_cut_and_it_is_said() -> None:
    assert "The first 200 of 210 prompts are shown" in report_html(run_frame(["a"], 210), spoken="en")
