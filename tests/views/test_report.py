"""The report: whole with any data, in two languages, with no address to load from and every text as text."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from scripted_model import echo, scripted
from views.test_charts import HOSTILE, frame_of, scores_of

import workbench as wb
from workbench.comparison import Row, Run, Scorer
from workbench.comparison.statistics import verdict
from workbench.errors import UsageError
from workbench.views.report import report_html


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not {name for name, _ in attrs} & {"src", "onerror", "onload"}
        assert all((value or "").startswith("#answer-") for name, value in attrs if name == "href")


def run_frame(models: list[str], prompts: int = 2) -> pd.DataFrame:
    return frame_of(models, prompts).assign(warnings=None, tries=1)


def test_hostile_texts_stay_text_and_nothing_is_loaded() -> None:
    frame = run_frame(HOSTILE).assign(answer=HOSTILE[0], prompt=HOSTILE[1])
    scores = scores_of(frame).assign(scorer=HOSTILE[0])
    page = report_html(
        frame, scores, verdict(scores), title=HOSTILE[0], language="en", options={HOSTILE[0]: {"x": "<b>"}}
    )
    assert not set(Tags(page).tags) & {"script", "img", "image", "link", "iframe", "form"}
    assert set(re.findall(r"https?://[^\s\"'<)]+", page)) == {"http://www.w3.org/2000/svg"}
    assert page.count("<svg") == 3


def test_german_and_what_was_kept_out() -> None:
    frame = run_frame(["a"], 3)
    frame.loc[0, "error"] = "kaputt"
    frame.loc[1, "finish"] = "length"
    frame.loc[2, "finish"] = "repetition"
    page = report_html(frame, language="de")
    assert 'lang="de"' in page
    assert "Fragen: 3 · Modelle: 1 · Wiederholungen: 1 · beantwortet: 2 von 3 Zellen" in page
    assert "am Limit abgeschnitten" in page
    assert "wiederholt sich" in page
    assert "kaputt" in page


@pytest.mark.parametrize("rows", [0, 2])
def test_without_scores_or_answers(rows: int) -> None:
    page = report_html(run_frame(["a"]).iloc[:rows], language="en")
    assert "Nothing was scored." in page
    assert ("No prompt was asked." in page) == (rows == 0)


def test_many_prompts_are_cut_and_it_is_said() -> None:
    assert "The first 200 of 210 prompts are shown" in report_html(run_frame(["a"], 210), language="en")


async def up(prompt: str) -> str:
    return prompt.upper()


async def low(prompt: str) -> str:
    return prompt.lower()


async def gone(prompt: str) -> str:
    raise ConnectionResetError("gone")


def first(row: Row) -> float:
    return float(row.answer.isupper())


def words_of(page: Path) -> str:
    """What is read on a page, without its markup."""
    return words_of_html(page.read_text("utf-8"))


def words_of_html(html: str) -> str:
    return unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL))


def descriptions(page: Path) -> list[str]:
    return [unescape(label) for label in re.findall(r'<svg[^>]* aria-label="([^"]*)"', page.read_text("utf-8"))]


async def scored_run() -> Run:
    """Two scorers that say the contrary, of which the second prefers low values."""
    run = await wb.compare([f"Frage {number}" for number in range(4)], [up, low])
    second = Scorer("second", lambda row: 1 - first(row), "1", better="lower")
    await run.score([first, second])
    return run


async def test_the_scorer_that_is_named_is_told_everywhere(tmp_path: Path) -> None:
    run = await scored_run()
    one, two = (wb.report(run, tmp_path / f"{name}.html", scorer=name) for name in ("first", "second"))
    for page, name, value in ((one, "first", "1.00"), (two, "second", "0.00")):
        assert all(f"{heading} by {name}" in words_of(page) for heading in ("Verdict", "Mean scores", "Scores"))
        assert f"Prompt by prompt, scored by {name}" in words_of(page)
        assert f"1 Frage 0 {value} " in " ".join(words_of(page).split())
        assert ("Lower values are better." in words_of(page)) == (name == "second")
        assert "up wins 4" in words_of(page)
    with pytest.raises(UsageError, match="several scores"):
        wb.report(run, tmp_path / "x.html")
    with pytest.raises(UsageError, match="'first', 'second'"):
        wb.report(run, tmp_path / "x.html", scorer="nix")


def test_no_p_value_is_rounded_to_a_bound() -> None:
    frame = run_frame(["a", "b"], 10)
    scores = scores_of(frame).assign(value=[1, 0] * 6 + [0, 0] * 4)
    page = words_of_html(report_html(frame, scores, verdict(scores), language="en"))
    assert "0.0312" in page, "of McNemar's test with six to none"
    assert re.search(r"better\s+0\.600 \(", page)


async def test_one_model_has_means_and_no_verdict(tmp_path: Path) -> None:
    async def brief(prompt: str) -> str:
        return prompt[1:]

    run = await wb.compare(["aa", "bb", "cc", "d"], [brief])
    await run.score([Scorer("length", lambda row: 1 + len(row.answer), "1")])
    page = words_of(wb.report(run, tmp_path / "x.html"))
    assert "There is no verdict: it takes two models." in page
    assert "Mean scores by length" in page
    assert re.search(r"Mean\s+Prompts\s+brief\s+2\.000\s+3", page), "the empty answer does not count"
    assert "Nothing was scored." not in page
    with pytest.raises(UsageError, match="there is no score 'nix': there are 'length'"):
        wb.report(run, tmp_path / "x.html", scorer="nix")


async def test_a_cell_that_does_not_count_is_shown_as_left_out(tmp_path: Path) -> None:
    async def silent(prompt: str) -> str:
        return "" if prompt == "2" else prompt

    run = await wb.compare(["1", "2", "3"], [up, silent])
    await run.score([Scorer("empty", lambda row: len(row.answer) == 0, "1")])
    page = wb.report(run, tmp_path / "x.html").read_text("utf-8")
    assert 'href="#answer-1-1-0" title="left out (empty)">left out<' in page
    assert '"--share: 1.00">' not in page


@pytest.mark.parametrize("models", [1, 2])
@pytest.mark.parametrize("scorer", [None, "first"])
async def test_without_an_answer_it_says_so(tmp_path: Path, scorer: str | None, models: int) -> None:
    async def gone_too(prompt: str) -> str:
        return await gone(prompt)

    run = await wb.compare(["a", "b"], [gone, gone_too][:models])
    await run.score(first)
    page = words_of(wb.report(run, tmp_path / "x.html", scorer=scorer))
    assert "No cell has an answer that can be scored." in page
    assert "There is no verdict: no cell has an answer that can be scored." in page
    assert "Nothing was scored." not in page


async def test_what_candidates_were_asked_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plain, warm = scripted("x/plain", echo), scripted("y/warm", echo).using(temperature=0.5, system="Kurz!")
    told = r"plain\s+the server's own\s+1\s+1\s+y/warm\s+system=Kurz!, temperature=0\.5\s+1\s+1\s+up\s+a function\s"
    run = await wb.compare(["a"], [plain, warm, up], name="asked")
    assert re.search(told, words_of(wb.report(run, "x.html")))
    assert re.search(told, words_of(wb.report(wb.open("asked"), "y.html"))), "opened from its journal"


async def test_german_numbers_have_decimal_commas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_LANGUAGE", "de")
    run = await wb.compare([f"Frage {'x' * number}" for number in range(6)], [up, low])
    await run.score([Scorer("length", lambda row: len(row.answer) / (7 if row.model == "up" else 9), "1", "lower")])
    page = wb.report(run, tmp_path / "x.html")
    assert "Niedrigere Werte sind besser." in words_of(page)
    assert re.search(r"−?0,\d+ \(−?0,\d+\sbis\s−?0,\d+\)", words_of(page))
    assert not re.findall(r"[\w.]*\d\.\d[\w.]*", words_of(page) + " ".join(descriptions(page)))


@pytest.mark.parametrize("name", ["x.pdf", "x", "x.html.txt"])
async def test_a_report_is_a_page_of_html(tmp_path: Path, name: str) -> None:
    run = await wb.compare(["a"], [up])
    with pytest.raises(UsageError, match=r"let its name end in \.html or \.htm"):
        wb.report(run, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


async def test_a_report_replaces_the_file_only_once_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    run = await wb.compare(["a"], [up])
    assert wb.report(run, "~/x.HTM", title="one") == tmp_path / "x.HTM"
    assert [path.name for path in tmp_path.iterdir()] == ["x.HTM"]
    with pytest.raises(UsageError, match="cannot be written"):
        wb.report(run, tmp_path / "none" / "x.html")
    (tmp_path / "x.html").mkdir()
    with pytest.raises(UsageError, match="folder"):
        wb.report(run, tmp_path / "x.html")
    before = (tmp_path / "x.HTM").stat().st_ino
    wb.report(run, tmp_path / "x.HTM", title="two")
    assert "two" in words_of(tmp_path / "x.HTM")
    assert (tmp_path / "x.HTM").stat().st_ino != before, "another file took its place"


def test_only_a_run_can_be_told_of(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"run must be a Run, not .*: give what `await wb\.compare"):
        wb.report(run_frame(["a"]), tmp_path / "x.html")  # type: ignore[arg-type]
