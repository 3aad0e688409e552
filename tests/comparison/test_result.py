"""What a run shows: a typed frame, a table in words, and counts."""

import asyncio
from collections.abc import AsyncGenerator

import pandas as pd
import pytest
from scripted_model import echo, replied, scripted

from workbench.comparison import Comparison, Run, make_plan
from workbench.comparison.statistics import Verdict
from workbench.errors import ServerError, UsageError
from workbench.messages import Piece, Reply, Request

COLUMNS = {
    "prompt_id": "Int64",
    "prompt": "string",
    "model": "string",
    "repeat": "Int64",
    "answer": "string",
    "error": "string",
    "load_s": "Float64",
    "first_token_s": "Float64",
    "total_s": "Float64",
    "prompt_tokens": "Int64",
    "tokens": "Int64",
    "tokens_per_s": "Float64",
    "finish": "string",
    "warnings": "string",
    "tries": "Int64",
    "left_out": "string",
    "recorded_at": "string",
}


async def failing(request: Request) -> AsyncGenerator[Piece, None]:
    """Answer "kurz", and fail after a word for anything else."""
    if request.messages[-1].content == "kurz":
        yield replied("da")
        return
    yield Piece("halb")
    raise ServerError("the server failed", where="y", advice="see its log", reply=Reply(text="halb", finish="unknown"))


async def mixed(repeats: int = 1) -> Run:
    models = [scripted("x/good", echo, label="good"), scripted("y/bad", failing, label="bad")]
    return await Comparison(make_plan(["kurz", "etwas länger"], models, repeats=repeats)).run()


async def test_parts_of_the_frame_are_the_frame() -> None:
    table = pd.DataFrame({"area": ["Bau", "Pass", "Bau", "Rente", "Pass"], "prompt": list("abcde")})
    run = await Comparison(make_plan(table, [scripted("x/a", echo), scripted("x/b", echo)])).run()
    parts = list(run.frames(rows=3))
    assert [len(part) for part in parts] == [3, 3, 3, 1]
    pd.testing.assert_frame_equal(pd.concat(parts), run.frame)
    with pytest.raises(UsageError, match="rows"):
        next(run.frames(rows=0))


async def test_the_frame_has_a_typed_row_for_each_cell() -> None:
    frame = (await mixed(repeats=2)).frame
    assert dict(frame.dtypes.astype(str)) == COLUMNS
    assert frame[["prompt_id", "model", "repeat"]].values.tolist() == [
        [0, "good", 0], [0, "good", 1], [0, "bad", 0], [0, "bad", 1],
        [1, "good", 0], [1, "good", 1], [1, "bad", 0], [1, "bad", 1],
    ]  # fmt: skip
    good, bad = frame.iloc[4], frame.iloc[6]
    assert good[["answer", "load_s", "first_token_s", "total_s", "prompt_tokens", "tokens", "finish"]].tolist() == [
        "etwas länger", 0.5, 0.1, 0.2, 7, 2, "stop",
    ]  # fmt: skip
    assert pd.isna(good["error"])
    assert pd.isna(good["warnings"])
    assert bad["error"] == "the server failed (y): see its log"
    assert bad["answer"] == "halb"
    assert pd.isna(bad["tokens"])


async def test_the_table_says_in_words_what_is_no_answer() -> None:
    table = (await mixed()).table
    assert list(table.columns) == ["good", "bad"]
    assert list(table.index) == ["kurz", "etwas länger"]
    assert table.loc["etwas länger"].tolist() == ["etwas länger", "failed: the server failed (y): see its log"]
    repeated = (await mixed(repeats=2)).table
    assert list(repeated.index) == [("kurz", 0), ("kurz", 1), ("etwas länger", 0), ("etwas länger", 1)]


async def test_a_stopped_run_tells_what_was_stopped_and_what_not_asked() -> None:
    async def hanging(request: Request) -> AsyncGenerator[Piece, None]:
        yield Piece("halb")
        comparison.stop()
        await asyncio.sleep(60)

    comparison = Comparison(make_plan(["p", "q"], scripted("x/a", hanging)))
    run = await comparison.run()
    assert run.stopped
    assert repr(run) == run.summary == "0 of 2 answered, 1 stopped, 1 not asked"
    assert run.table["x/a"].tolist() == ["stopped: halb", "not asked"]
    assert run.frame["finish"].tolist() == ["cancelled", "not asked"]
    assert run.frame["answer"].isna().tolist() == [False, True]


async def test_the_columns_of_the_prompts_come_along_with_their_types() -> None:
    table = pd.DataFrame(
        {
            "model": ["Antrag", "Bescheid"],
            "input_model": ["x", "y"],
            "due": pd.to_datetime(["2026-01-01", "2026-02-01"]),
            "pages": [3, 4],
        },
        index=[8, 9],
    )
    models = [scripted("x/a", echo), scripted("x/b", echo)]
    frame = (await Comparison(make_plan(table, models, template="{{ model }}")).run()).frame
    assert list(frame.columns) == [*COLUMNS, "input_input_model", "input_model", "due", "pages"]
    assert frame["input_input_model"].tolist() == ["Antrag", "Antrag", "Bescheid", "Bescheid"]
    assert frame["input_model"].tolist() == ["x", "x", "y", "y"]
    assert frame["answer"].tolist() == ["Antrag", "Antrag", "Bescheid", "Bescheid"]
    assert frame["pages"].tolist() == [3, 3, 4, 4]
    assert frame["due"].dtype == table["due"].dtype


async def test_the_column_of_the_prompts_is_not_told_twice() -> None:
    table = pd.DataFrame({"prompt": ["p", "q"], "area": ["Bau", "Sport"]})
    frame = (await Comparison(make_plan(table, scripted("x/a", echo))).run()).frame
    assert list(frame.columns) == [*COLUMNS, "area"]
    asked = await Comparison(make_plan(table, scripted("x/a", echo), template="{{ prompt }}!")).run()
    assert asked.frame["input_prompt"].tolist() == ["p", "q"]


async def test_prompts_that_ask_the_same_are_no_independent_prompts() -> None:
    async def right(prompt: object) -> str:
        return "ja"

    async def wrong(prompt: object) -> str:
        return "nein"

    async def judged(prompts: list[str]) -> Verdict:
        run = await Comparison(make_plan(prompts, [right, wrong])).run()
        await run.score(lambda row: row.answer == "ja")
        return run.verdict()

    same, different = await judged(["Ist es so?"] * 8), await judged([f"Ist {number} so?" for number in range(8)])
    assert (same.pairs[0].prompts, same.pairs[0].decision) == (1, "undecided")
    assert (different.pairs[0].prompts, different.pairs[0].decision) == (8, "better")
