"""What a comparison makes of answers that repeat themselves: they are kept, marked, and count for nothing."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from inspect_ai.log import read_eval_log_async
from scripted_model import scripted

from workbench.comparison import Comparison, Run, dialogue, make_plan, scorers
from workbench.comparison.journal._keys import Keys
from workbench.connections import model
from workbench.messages import Piece, Reply, Request

TEXT = "Das Amt ist zuständig. " * 40


async def circling(request: Request) -> AsyncGenerator[Piece, None]:
    if request.messages[-1].content.startswith("kurz"):
        yield Piece(reply=Reply(text="Bonn", finish="stop"))
        return
    yield Piece(TEXT)
    yield Piece(reply=Reply(text=TEXT, finish="repetition", warnings=("the answer repeats itself, and was stopped",)))


async def right(request: Request) -> AsyncGenerator[Piece, None]:
    yield Piece(reply=Reply(text="Bonn", finish="stop"))


async def compared() -> Run:
    models = [scripted("x/circles", circling, label="circles"), scripted("y/right", right, label="right")]
    prompts = ["lang", "kurz", "kurz genug", dialogue("lang", "kurz")]
    run = await Comparison(make_plan(prompts, models)).run()
    await run.score(scorers.as_scorer(lambda row: float(row.answer == "Bonn"), name="is_bonn"))
    return run


async def test_what_came_is_kept_and_counts_for_nothing(tmp_path: Path) -> None:
    run = await compared()
    mine = run.frame[run.frame["model"] == "circles"].set_index("prompt_id")
    assert mine["left_out"].fillna("").tolist() == ["repeats itself", "", "", "repeats itself"]
    assert mine.loc[0, "answer"] == TEXT
    assert mine.loc[0, "finish"] == "repetition"
    verdict = run.verdict()
    assert (verdict.pairs[0].prompts, verdict.left_out) == (2, 2)
    assert run.preferences() == []
    log = await read_eval_log_async(str(run.inspect_log(tmp_path)[0]))
    assert log.samples is not None
    assert [sample.metadata.get("left_out") for sample in log.samples] == [
        "repeats itself",
        None,
        None,
        "repeats itself",
    ]
    assert log.samples[0].output.choices[0].stop_reason == "unknown"


@pytest.mark.parametrize(
    ("options", "is_same"), [({}, True), ({"stop_repeats": True}, True), ({"stop_repeats": False}, False)]
)
def test_only_a_switch_that_changes_answers_asks_anew(options: dict[str, bool], is_same: bool) -> None:
    first, second = (make_plan(["Wo?"], model("embedded").using(**given)) for given in ({}, options))
    keys = [Keys(plan, {})[plan.cell(0, 0, 0)] for plan in (first, second)]
    assert (keys[0] == keys[1]) == is_same
