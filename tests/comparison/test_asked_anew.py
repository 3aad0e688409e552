"""Asking cells again that have an answer: the newest counts, and nothing of the earlier one is lost or beside it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cassettes import tape
from scripted_model import ScriptedEngine, replied, scripted

import workbench as wb
from workbench.comparison import Comparison, Run, Score, asked_again, make_plan
from workbench.comparison.journal._names import FOLDER
from workbench.comparison.journal._unnamed import UNNAMED
from workbench.comparison.scorers import Vote
from workbench.connections import Model
from workbench.engines.cassette import TapedEngine
from workbench.errors import EngineError, JournalError, UsageError
from workbench.messages import Piece, Request
from workbench.model_info import ModelInfo

ASKED: list[str] = []
FAILS: list[str] = []
HELD: list[asyncio.Event] = []  # what is set when an answer begins, which then does not come


async def count(request: Request) -> AsyncGenerator[Piece, None]:
    """Answers with how often it was asked."""
    text = request.messages[-1].content
    if text in FAILS:
        raise EngineError("nicht jetzt")
    ASKED.append(text)
    for begun in HELD:
        begun.set()
        await asyncio.sleep(60)
    yield replied(f"{text} {ASKED.count(text)}")


async def model_files(digest: str) -> list[ModelInfo]:
    return [ModelInfo(name="upper", digest=digest)]


MODELS = [scripted("x/upper", count, label="upper"), scripted("y/same", count, label="same")]
# What keeps answers: a journal of that name, one without a name, or memory.
KEPT = pytest.mark.parametrize(("name", "journal"), [("offices", ""), (None, ""), (None, "off")])


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ASKED.clear()
    FAILS.clear()
    HELD.clear()


async def compared(monkeypatch: pytest.MonkeyPatch, name: str | None, journal: str, **options: Any) -> Run:
    monkeypatch.setenv("WORKBENCH_JOURNAL", journal)
    return await Comparison(make_plan(["Amt", "Bad"], MODELS, **options), name=name).run()


async def words(row: Any) -> int:
    return len(row.answer)


def opened(name: str | None) -> Run:
    (kept,) = wb.runs()["name"]
    assert name in (None, kept)
    return wb.open(kept)


@KEPT
async def test_the_newest_answer_counts_and_the_earlier_one_is_kept_with_what_was_said_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str | None, journal: str
) -> None:
    run = await compared(monkeypatch, name, journal)
    assert "earlier_answers" not in run.frame
    assert run.earlier.empty
    await run.score(words)
    run.rate(0, "same", True, "gut")
    run.rate(1, "same", False)
    assert await wb.ask_again(run, prompt=0, model="same") is run
    assert ASKED.count("Amt") == 3
    runs = [run, wb.open(run.save(tmp_path / "run.zip"))]
    runs += [opened(name)] if journal != "off" else []
    for one in runs:
        assert one.text(0, 1, 0) == "Amt 3"
        assert one.frame["earlier_answers"].tolist() == [0, 1, 0, 0]
        earlier = one.earlier
        assert earlier[["prompt_id", "model", "repeat", "number", "answer"]].values.tolist() == [
            [0, "same", 0, 0, "Amt 2"]
        ]
    of_journal = runs if name else runs[:2]
    for one in of_journal:
        assert one.earlier["said"].tolist() == ["words: 5; rating: True (gut)"]
        assert one.ratings == {3: Score(False)}
        assert one.scores.loc[one.scores["scorer"] == "words", "value"].isna().tolist() == [False, True, False, False]
    await run.score(words)
    run.rate(0, "same", False)
    assert run.scores["value"].notna().sum() == 4 + 2
    assert run.verdict("words").asked_again == 1
    assert "1 answer came in the place of an earlier one, as it was asked again (run.earlier)" in str(
        run.verdict("words")
    )
    assert "an die Stelle einer früheren" in run.verdict("words").in_words("de")[-1]


@KEPT
async def test_a_column_is_asked_again_as_often_as_wanted(
    monkeypatch: pytest.MonkeyPatch, name: str | None, journal: str
) -> None:
    run = await compared(monkeypatch, name, journal, repeats=2)
    for _ in range(2):
        await wb.ask_again(run, model=["upper"], repeat=1)
    runs = [run, opened(name)] if journal != "off" else [run]
    for one in runs:
        assert one.frame["earlier_answers"].tolist() == [0, 2, 0, 0] * 2
        assert one.earlier["number"].tolist() == [0, 1, 0, 1]
        assert one.earlier["answer"].str[:3].tolist() == ["Amt", "Amt", "Bad", "Bad"]
        assert [one.text(0, 0, 1), one.text(1, 0, 1)] == ["Amt 6", "Bad 6"]
    assert len(ASKED) == 8 + 4


@KEPT
async def test_a_failure_and_a_stop_leave_the_answer_as_it_was(
    monkeypatch: pytest.MonkeyPatch, name: str | None, journal: str
) -> None:
    run = await compared(monkeypatch, name, journal)
    run.rate(0, "upper", True)
    FAILS.append("Amt")
    await wb.ask_again(run, prompt=0)
    FAILS.clear()
    comparison = asked_again(run, [0, 1])
    HELD.append(begun := asyncio.Event())
    task = asyncio.create_task(comparison.run())
    await asyncio.wait_for(begun.wait(), 30)
    comparison.stop()
    await task
    runs = [run, opened(name)] if journal != "off" else [run]
    for one in runs:
        assert one.summary == "4 of 4 answered"
        assert one.text(0, 0, 0) == "Amt 1"
        assert one.earlier.empty
        assert "earlier_answers" not in one.frame
    assert run.ratings == {0: Score(True)}


async def test_a_cell_without_an_answer_is_asked_too_and_takes_the_new_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    FAILS.append("Amt")
    run = await compared(monkeypatch, "offices", "")
    assert run.summary == "2 of 4 answered, 2 failed"
    await wb.ask_again(run, prompt=[0, 1], model="upper")
    assert run.summary == "2 of 4 answered, 2 failed"
    FAILS.clear()
    await wb.ask_again(run, prompt=0)
    assert run.summary == wb.open("offices").summary == "4 of 4 answered"
    assert run.earlier["prompt_id"].tolist() == [1]


async def test_an_opened_run_is_asked_again_and_the_same_call_finds_the_newest() -> None:
    plan = make_plan(["Sage: Bonn", "Sage: Köln"], "embedded", max_tokens=3, temperature=0)
    before = (await Comparison(plan, name="offices").run()).frame
    run = wb.open("offices")
    await wb.ask_again(run, prompt=1, model="embedded/smollm2-135m-instruct")
    assert run.frame["answer"].tolist() == before["answer"].tolist()
    assert run.frame["earlier_answers"].tolist() == [0, 1]
    again = await Comparison(plan, name="offices").run()
    pd.testing.assert_frame_equal(again.frame, run.frame)
    assert wb.runs()["answered"].tolist() == [2]


async def test_columns_of_the_table_keep_their_names() -> None:
    table = pd.DataFrame({"prompt": ["Amt"], "number": [7], "said": ["x"], "earlier_answers": ["y"], "city": ["Bonn"]})
    run = await Comparison(make_plan(table, MODELS[:1])).run()
    before = list(run.frame.columns)
    assert before[-4:] == ["number", "said", "input_earlier_answers", "city"]
    await wb.ask_again(run, prompt=0)
    assert [name for name in run.frame.columns if name != "earlier_answers"] == before
    earlier = run.earlier.iloc[0]
    assert [earlier[name] for name in ("number", "input_number", "input_said", "city")] == [0, 7, "x", "Bonn"]


async def test_a_function_out_of_a_file_is_refused_and_other_columns_are_not() -> None:
    async def inner(prompt: str) -> str:
        return "ja"

    await Comparison(make_plan("Wo?", {"innen": inner, "m": wb.model("embedded", max_tokens=2)}), name="a").run()
    run = wb.open("a")
    with pytest.raises(UsageError, match="the candidate 'innen' was a function"):
        await wb.ask_again(run, prompt=0)
    await wb.ask_again(run, model="m")
    assert run.frame["earlier_answers"].tolist() == [0, 1]


@pytest.mark.parametrize("name", ["offices", None])
async def test_other_files_of_a_model_are_refused(monkeypatch: pytest.MonkeyPatch, name: str | None) -> None:
    engine: Any = MODELS[0].engine
    monkeypatch.setattr(type(engine), "models", lambda _: model_files("one"))
    run = await compared(monkeypatch, name, "")
    assert run.plan.candidates[0].name == "x/upper"
    monkeypatch.setattr(type(engine), "models", lambda _: model_files("two"))
    count_before = len(ASKED)
    with pytest.raises(UsageError, match="the files of x/upper are not those any more that answered"):
        await wb.ask_again(run, prompt=0)
    assert len(ASKED) == count_before
    assert opened(name).summary == "4 of 4 answered"
    monkeypatch.setattr(type(engine), "models", lambda _: model_files("one"))
    await wb.ask_again(run, prompt=0)  # the journal is free again
    assert run.frame["earlier_answers"].sum() == 2


async def test_votes_of_a_referee_stay_with_the_earlier_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []

    async def longer(first: Any, second: Any) -> Vote:
        judged.append(first.answer)
        return Vote(first.prompt_id, first.repeat, first.model, second.model, None, "", True)

    run = await compared(monkeypatch, "offices", "")
    referee = wb.scorers.Referee("longer", "the longer", longer, columns=())
    for _ in range(2):
        await run.votes(referee)
        assert len(judged) == 2  # nothing is voted on twice
    await wb.ask_again(run, prompt=0, model="upper")
    await run.votes(referee)
    assert len(judged) == 3
    assert judged[-1] == "Amt 3"


async def test_an_inserted_cassette_records_each_asking_and_plays_them_in_order(tmp_path: Path) -> None:
    models = [Model(name, name, TapedEngine(ScriptedEngine("gpu", count, 8)), 8) for name in ("gpu/a", "gpu/b")]
    told = []
    for mode in ("record", "replay"):
        with tape(tmp_path / "a", mode) as cassette:
            run = await Comparison(make_plan(["Amt", "Bad"], models)).run()
            await wb.ask_again(run, prompt=0, model="gpu/b")
            told.append((run.frame["answer"].tolist(), run.earlier["answer"].tolist(), cassette.unused))
            if mode == "replay":
                await wb.ask_again(run, prompt=0, model="gpu/b")  # what was not recorded is a failure like any other
                assert run.frame["answer"].tolist() == told[0][0]
    assert told[0][:2] == told[1][:2]
    assert told[1][2] == []
    assert len(ASKED) == 5


async def test_a_journal_with_earlier_answers_has_the_tables_that_earlier_versions_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = await compared(monkeypatch, "offices", "")
    path = Path(FOLDER) / "offices.journal"
    with sqlite3.connect(path) as file:
        before = file.execute("SELECT key, status FROM cells ORDER BY key").fetchall()
        assert "earlier" not in {name for (name,) in file.execute("SELECT name FROM sqlite_master")}
    await wb.ask_again(run, prompt=0, model="upper")
    with sqlite3.connect(path) as file:
        after = file.execute("SELECT key, status FROM cells ORDER BY key").fetchall()
        assert file.execute("PRAGMA user_version").fetchone() == (2,)
        assert len(file.execute("PRAGMA table_info(cells)").fetchall()) == 4
    assert set(before) < set(after)
    assert len(after) == len(before) + 1


@pytest.mark.parametrize("table", ["earlier (key TEXT, number TEXT, kept TEXT)", "earlier (a INTEGER)"])
async def test_a_hostile_table_of_earlier_answers_is_told(monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    await compared(monkeypatch, "offices", "")
    with sqlite3.connect(Path(FOLDER) / "offices.journal") as file:
        file.execute(f"CREATE TABLE {table}")
        file.execute(f"INSERT INTO earlier VALUES ({', '.join(['9'] * (table.count(',') + 1))})")
    with pytest.raises(JournalError):
        _ = wb.open("offices").frame


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "it is not said what is to be asked again"),
        ({"repeat": 0}, "it is not said what is to be asked again"),
        ({"model": "other"}, "no model of this run is called 'other': there are upper, same"),
        ({"prompt": 2}, "prompt= cannot be 2: they are counted from 0 to 1"),
        ({"prompt": [0, -1]}, "prompt="),
        ({"prompt": 0, "repeat": 1}, "repeat= cannot be 1"),
    ],
)
async def test_what_cannot_be_asked_again_is_refused(
    monkeypatch: pytest.MonkeyPatch, arguments: Any, told: str
) -> None:
    run = await compared(monkeypatch, None, "off")
    with pytest.raises(UsageError) as refused:
        await wb.ask_again(run, **arguments)
    assert told in str(refused.value)
    with pytest.raises(UsageError, match="cells of a run are asked again, not of a str"):
        await wb.ask_again("offices", prompt=0)  # type: ignore[arg-type]
    assert len(ASKED) == 4
    assert not (Path(FOLDER) / UNNAMED).exists()
