"""What a comparison will ask, and about how much that is, before anything is sent."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pandas as pd
import pytest
from scripted_model import scripted

import workbench as wb
from workbench.comparison import Comparison, estimate, make_plan, scorers
from workbench.messages import Piece, Reply, Request, Timing, Usage


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def never(request: Request) -> AsyncGenerator[Piece, None]:
    raise AssertionError("nothing may be sent")
    yield


async def ten_tokens(request: Request) -> AsyncGenerator[Piece, None]:
    """Two characters of the prompt are a token; an answer has ten, and takes two seconds."""
    asked = sum(len(message.content) for message in request.messages) // 2
    timing = Timing(0.0, 0.1, 2.0, 5.0)
    yield Piece(reply=Reply(text="da", finish="stop", usage=Usage(asked, 10), timing=timing))


def test_what_was_never_asked_is_guessed_by_characters_and_limits() -> None:
    plan = make_plan(["x" * 30, "y" * 60], [scripted("a/m", never), scripted("b/m", never)], repeats=4, max_tokens=50)
    found = estimate(plan)
    assert found["cells"].tolist() == [8, 8]
    assert found["prompt_tokens"].tolist() == [120, 120]
    assert found["answer_tokens"].tolist() == [400, 400]
    assert found["seconds"].isna().all()
    assert found["answers_known"].tolist() == [0, 0]


async def test_what_was_answered_here_tells_how_much_the_rest_is() -> None:
    before = make_plan(["x" * 30, "y" * 60], scripted("a/m", ten_tokens, slots=2))
    await Comparison(before, name="before").run()
    row = estimate(make_plan(["z" * 40] * 6, scripted("a/m", never, slots=2), max_tokens=50)).iloc[0]
    assert row[["cells", "answered", "prompt_tokens", "answer_tokens"]].tolist() == [6, 0, 120, 60]
    # Six answers of two seconds, two at once.
    assert row["seconds"] == 6
    assert row["answers_known"] == 2


async def test_a_lower_limit_than_the_usual_answer_counts() -> None:
    await Comparison(make_plan(["x"], scripted("a/m", ten_tokens)), name="before").run()
    assert estimate(make_plan(["x"], scripted("a/m", never), max_tokens=4)).iloc[0]["answer_tokens"] == 4


async def test_what_is_answered_under_the_name_is_not_counted_again() -> None:
    prompts = ["eins", "zwei", "drei"]
    await Comparison(make_plan(prompts[:2], scripted("a/m", ten_tokens)), name="offices").run()
    row = estimate(make_plan(prompts, scripted("a/m", never)), "offices").iloc[0]
    assert row[["cells", "answered", "answer_tokens"]].tolist() == [3, 2, 10]
    assert estimate(make_plan(prompts, scripted("a/m", never))).iloc[0]["answered"] == 0


def test_the_door_takes_what_compare_takes() -> None:
    table = pd.DataFrame({"letter": ["Wo?", "Wer?"]})
    found = wb.estimate(table, "embedded", template="Frage: {{ letter }}", grid={"temperature": [0, 1]}, max_tokens=5)
    assert found["cells"].tolist() == [2, 2]
    assert found["answer_tokens"].tolist() == [10, 10]


async def test_more_at_once_takes_less_time_and_a_judge_is_counted() -> None:
    await Comparison(make_plan(["x"], scripted("a/m", ten_tokens, slots=2)), name="before").run()
    plan = make_plan(["z"] * 6, scripted("a/m", never, slots=2))
    judge = scorers.judge(scripted("b/judge", never), "Freundlich?")
    found = estimate(plan, concurrency=6, scorers=[judge, scorers.exact(["z"])])
    assert found["seconds"].tolist()[0] == 2
    assert found["cells"].tolist() == [6, 6]
    assert "b/judge" in found["model"][1]
    assert len(wb.estimate(["z"], "embedded", scorers=lambda row: 1, concurrency=2)) == 1
