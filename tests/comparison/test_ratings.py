"""What people think of answers: kept like scores, and there again when the run is opened."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scripted_model import replied, scripted

import workbench as wb
from workbench.comparison import Comparison, Run, Score, make_plan
from workbench.errors import UsageError
from workbench.messages import Piece, Request


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def upper(request: Request) -> AsyncGenerator[Piece, None]:
    if request.messages[-1].content == "Fehler":
        raise ValueError("nein")
    yield replied(request.messages[-1].content.upper())


MODELS = [scripted("x/upper", upper, label="upper"), scripted("y/same", upper, label="same")]


async def compared(name: str | None = None, **options: Any) -> Run:
    return await Comparison(make_plan(["Amt", "Bad", "Fehler"], MODELS, **options), name=name).run()


async def words(row: Any) -> int:
    return len(row.answer)


@pytest.mark.parametrize("name", [None, "rated"])
async def test_a_rating_is_a_score_with_its_comment(name: str | None) -> None:
    run = await compared(name)
    run.rate(0, "upper", True, " gut ")
    run.rate(0, "same", False)
    run.rate(1, "upper", True)
    run.rate(1, "upper", None, "doch nicht")
    assert run.ratings == {0: Score(True, "gut"), 1: Score(False), 2: Score(None, "doch nicht")}
    await run.score(words)
    rated = run.scores[run.scores["scorer"] == "rating"].dropna(subset="value")
    assert rated[["prompt_id", "model", "value"]].values.tolist() == [[0, "upper", 1.0], [0, "same", 0.0]]
    assert list(run.verdict("rating").means["model"]) == ["upper", "same"]


async def test_ratings_are_there_again_in_an_opened_run_and_in_one_that_goes_on() -> None:
    run = await compared("rated")
    assert run.ratings == {}
    run.rate(1, "same", True, "=HYPERLINK(1)")
    assert wb.open("rated").ratings == {3: Score(True, "=HYPERLINK(1)")}
    again = await compared("rated")
    again.rate(1, "same", False)
    assert run.ratings == {3: Score(False)}


@pytest.mark.parametrize("name", [None, "rated"])
async def test_a_crate_has_the_ratings(name: str | None, tmp_path: Path) -> None:
    run = await compared(name)
    run.rate(0, "same", True, "gut")
    opened = wb.open(run.save(tmp_path / "run.zip"))
    assert opened.ratings == {1: Score(True, "gut")}
    opened.rate(0, "upper", False)
    assert opened.ratings == {0: Score(False), 1: Score(True, "gut")}


async def test_a_repeat_is_rated_by_its_number_and_numbers_of_numpy_will_do() -> None:
    run = await compared(repeats=2)
    run.rate(np.int64(1), "same", np.bool_(True), repeat=np.int64(1))
    assert run.ratings == {7: Score(True)}
    assert run.scores.dropna(subset="value")["repeat"].tolist() == [1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((0, "other", True), "no model of this run is called 'other': there are upper, same"),
        ((3, "upper", True), "this run has no prompt 3 with repeat 0"),
        ((2, "upper", True), "upper has not answered prompt 2"),
        ((-1, "upper", True), "prompt="),
        ((0, "upper", 1), "good= must be True, False or None, not 1"),
        ((0, "upper", True, 5), "comment= must be a text, not int"),
    ],
)
async def test_what_cannot_be_rated_is_refused(arguments: Any, told: str) -> None:
    run = await compared()
    with pytest.raises(UsageError) as refused:
        run.rate(*arguments)
    assert told in str(refused.value)
    assert run.ratings == {}
