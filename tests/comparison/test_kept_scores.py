"""Scores and votes that are kept beside the answers: asked once, and there again when the run is opened."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scripted_model import replied, scripted

import workbench as wb
from workbench.comparison import Comparison, Row, Run, Score, Scorer, make_plan, open_run
from workbench.comparison import scorers as rooms
from workbench.comparison.journal._journal import Journal
from workbench.comparison.journal._results import JournalResults
from workbench.comparison.scorers import Referee, Vote
from workbench.comparison.scoring._score_run import score
from workbench.comparison.scoring._score_store import MemoryScores, ScoreMemory
from workbench.errors import UsageError
from workbench.messages import Piece, Request
from workbench.model_info import ModelInfo

WORDS = ["Amt", "Bad", "Chor", "Dom"]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def upper(request: Request) -> AsyncGenerator[Piece, None]:
    yield replied(request.messages[-1].content.upper())


async def lower(request: Request) -> AsyncGenerator[Piece, None]:
    yield replied(request.messages[-1].content.lower() + "!")


UPPER, LOWER = scripted("x/upper", upper, label="upper"), scripted("y/lower", lower, label="lower")


async def compared(name: str | None = "words", prompts: Any = WORDS, models: Any = (UPPER, LOWER)) -> Run:
    return await Comparison(make_plan(prompts, list(models)), name=name).run()


class Asked:
    """A scorer or referee of one kind that remembers what it was asked."""

    def __init__(self) -> None:
        self.rows: list[str] = []

    async def length(self, row: Row) -> int:
        self.rows.append(row.answer)
        return len(row.answer)

    async def longer(self, first: Row, second: Row) -> Vote:
        self.rows.append(first.answer + second.answer)
        winner = max((first, second), key=lambda row: len(row.answer)).model
        return Vote(first.prompt_id, first.repeat, first.model, second.model, winner, "longer", True)


def kept_in(table: str) -> int:
    connection = sqlite3.connect(".workbench/words.journal")
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        connection.close()


async def test_no_pair_is_voted_on_twice() -> None:
    asked = Asked()
    referee = Referee("longest", "longest 1", asked.longer)
    first = await (await compared()).votes(referee)
    assert len(asked.rows) == 4
    pd.testing.assert_frame_equal(await (await compared()).votes(referee), first)
    pd.testing.assert_frame_equal(await open_run("words").votes(replace(referee, name="another name")), first)
    turned = await (await compared(models=(LOWER, UPPER))).votes(referee)
    pd.testing.assert_frame_equal(turned, first)
    assert len(asked.rows) == 4
    await (await compared(prompts=[*WORDS, "Ei"])).votes(referee)
    assert len(asked.rows) == 5
    await open_run("words").votes(replace(referee, identity="longest 2"))
    assert len(asked.rows) == 10


async def test_a_vote_that_failed_is_asked_for_again() -> None:
    failing = True

    async def sometimes(first: Row, second: Row) -> Vote:
        if failing and first.prompt_id == 1:
            raise ValueError("nicht jetzt")
        return await Asked().longer(first, second)

    run, referee = await compared(), Referee("longest", "longest 1", sometimes)
    with pytest.warns(UserWarning, match="1 of 4 pairs got no vote"):
        assert len(await run.votes(referee)) == 3
    failing = False
    assert len(await open_run("words").votes(referee)) == 4


async def test_another_version_of_the_referees_model_votes_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, listed = Asked(), [ModelInfo(name="m", digest="one")]

    async def told() -> list[ModelInfo]:
        return listed

    deciding = scripted("judge/m", upper)
    monkeypatch.setattr(deciding.engine, "models", told)
    referee = Referee("longest", "longest 1", asked.longer, deciding)
    run = await compared()
    for _ in range(2):
        await run.votes(referee)
    assert len(asked.rows) == 4
    listed[0] = ModelInfo(name="m", digest="two")
    await run.votes(referee)
    assert len(asked.rows) == 8


async def test_what_a_slow_judge_said_is_on_the_disk_while_it_says_the_next() -> None:
    on_disk: list[int] = []

    async def slow(row: Row) -> int:
        if row.prompt_id == 2:
            await asyncio.sleep(1)
            on_disk.append(kept_in("scores"))
        return len(row.answer)

    async def slow_vote(first: Row, second: Row) -> Vote:
        if first.prompt_id == 2:
            await asyncio.sleep(1)
            on_disk.append(kept_in("votes"))
        return await Asked().longer(first, second)

    run = await compared(models=(UPPER, LOWER))
    await run.score(rooms.as_scorer(slow), concurrency=1)
    await run.votes(Referee("slow", "slow 1", slow_vote), concurrency=1)
    assert on_disk[0] == 4
    assert on_disk[-1] == 2


async def test_a_referee_that_is_none_is_refused_in_one_line() -> None:
    run = await compared(None)
    for wrong in ("x", Asked().longer, None):
        with pytest.raises(UsageError, match=r"is not a referee: make one with wb\.scorers\.referee"):
            await run.votes(wrong)  # type: ignore[arg-type]

    async def nobody(first: Row, second: Row) -> Vote:
        return Vote(0, 0, first.model, second.model, "nobody", "", True)

    with pytest.raises(UsageError, match="the winner 'nobody' is neither of both"):
        await run.votes(Referee("nobody", "nobody 1", nobody))
    with pytest.raises(UsageError, match="concurrency= must be a whole number from 1, not 0"):
        await run.votes(Referee("longest", "longest 1", Asked().longer), concurrency=0)


async def test_an_opened_run_shows_its_scores_and_says_who_is_better(tmp_path: Path) -> None:
    run = await compared()

    def shortness(row: Row) -> dict[str, float]:
        return {"characters": len(row.answer), "marks": row.answer.count("!")}

    await run.score([rooms.as_scorer(shortness, better="lower"), rooms.contains(["A", "B", "C", "D"], fold=False)])
    opened = open_run("words")
    pd.testing.assert_frame_equal(opened.scores, run.scores)
    assert opened.verdict("shortness.characters").pairs[0].model == "upper"
    assert repr(opened.verdict("contains")) == repr(run.verdict("contains"))
    assert opened.preferences("shortness.marks") == run.preferences("shortness.marks") != []
    with pytest.raises(UsageError, match=r"several scores: name one of 'shortness\.characters', 'shortness\.marks', "):
        opened.verdict()
    page = wb.report(opened, tmp_path / "words.html", scorer="contains").read_text(encoding="utf-8")
    assert "upper" in page
    assert "contains" in page


async def test_a_run_that_went_on_without_scorers_shows_what_is_kept() -> None:
    await (await compared()).score(Asked().length)
    scores = (await compared(prompts=[*WORDS, "Ei"])).scores
    assert scores.groupby("prompt_id")["value"].count().tolist() == [2, 2, 2, 2, 0]
    assert set(scores["scorer"]) == {"length"}


async def test_of_a_scorer_that_changed_only_the_newest_scores_are_shown() -> None:
    def marked(row: Row) -> float:
        return 1.0

    def also_marked(row: Row) -> dict[str, float]:
        return {"a": 2.0}

    old, new = rooms.as_scorer(marked, name="mark"), rooms.as_scorer(also_marked, name="mark", better="lower")
    run = await compared()
    await run.score(old)
    assert set(open_run("words").scores["value"]) == {1.0}
    await run.score(new)
    for shown in (run.scores, open_run("words").scores):
        assert set(shown["scorer"]) == {"mark.a"}
        assert set(shown["value"]) == {2.0}
    await open_run("words").score(old)
    assert set(open_run("words").scores["scorer"]) == {"mark"}
    more = await compared(prompts=[*WORDS, "Ei"])
    assert more.scores["value"].dropna().tolist() == [1.0] * 8


async def test_no_answer_is_read_for_scores_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    await compared()
    opened = open_run("words")

    def never(*_: object) -> None:
        raise AssertionError("an answer was read")

    for where, reading in ((JournalResults, "several"), (JournalResults, "__getitem__"), (Journal, "scores_of")):
        monkeypatch.setattr(where, reading, never)
    assert opened.scores.empty
    with pytest.raises(UsageError, match="has no scores"):
        opened.verdict()


class Shelf(MemoryScores):
    """A store of another kind, that knows one row."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[str] = []

    @asynccontextmanager
    async def scoring(self, scorers: Sequence[Scorer]) -> AsyncIterator[ScoreMemory]:
        def known(row: Row, scorer: Scorer) -> Mapping[str, Score] | None:
            return {scorer.name: Score(7)} if row.answer == "AMT" else None

        yield ScoreMemory(known, lambda row, scorer, said: self.kept.append(row.answer))


async def test_a_run_is_scored_into_any_store() -> None:
    run, store, asked = await compared(None, models=[UPPER]), Shelf(), Asked()
    await score(run.plan, run.results, store, asked.length, 1)
    assert asked.rows == store.kept == ["BAD", "CHOR", "DOM"]
    assert [one.score(0, "length").value for one in store.by_scorer().values()] == [7]


async def test_in_memory_a_scorer_that_comes_again_is_asked_again_and_comes_last() -> None:
    run, asked = await compared(None, models=[UPPER]), Asked()
    for scorer in (asked.length, rooms.contains(["A"]), asked.length):
        await run.score(scorer)
    assert len(asked.rows) == 8
    assert run.scores["scorer"].unique().tolist() == ["contains", "length"]


TABLE = pd.DataFrame({"prompt": WORDS, "expected": ["AMT", "BAD", "x", "DOM"], "office": ["a", "b", "c", "d"]})


async def test_a_column_that_a_scorer_does_not_read_scores_nothing_anew() -> None:
    asked = Asked()
    whole = rooms.as_scorer(asked.length)
    known = replace(whole, name="known", columns=("expected",))
    await (await compared(prompts=TABLE)).score([whole, known])
    assert len(asked.rows) == 16
    asked.rows.clear()
    await (await compared(prompts=TABLE.assign(note="neu"))).score(known)
    assert asked.rows == []
    await (await compared(prompts=TABLE.assign(expected=["AMT", "BAD", "CHOR", "DOM"]))).score(known)
    assert sorted(asked.rows) == ["CHOR", "chor!"]
    asked.rows.clear()
    await (await compared(prompts=TABLE.assign(note="neu"))).score(whole)
    assert len(asked.rows) == 8


async def test_scorers_and_referees_name_the_columns_that_they_read() -> None:
    judging = scripted("x/judge", upper)
    named: list[tuple[Any, tuple[str, ...] | None]] = [
        (rooms.exact("office"), ("office",)), (rooms.exact(["a"]), ()), (rooms.contains("office"), ("office",)),
        (rooms.regex("a"), ()), (rooms.regex(column="office"), ("office",)), (rooms.number("office"), ("office",)),
        (rooms.number(3), ()), (rooms.rouge_l("office"), ("office",)), (rooms.bleu("office"), ("office",)),
        (rooms.chrf(["a"]), ()), (rooms.perplexity(), ()), (rooms.schema({"type": "object"}), ()),
        (rooms.fields("office"), ("office",)),
        (rooms.fields({"a": "office", "b": ["x"], "c": "zip"}), ("office", "zip")),
        (rooms.tool_calls("office"), ("office",)), (rooms.tool_calls([]), ()),
        (rooms.similarity(judging, "office"), ("office",)), (rooms.judge(judging, "gut"), ()),
        (rooms.judge(judging, "gut", expected="office"), ("office",)), (rooms.referee(judging, "gut"), ()),
        (rooms.referee(judging, "gut", expected="office"), ("office",)), (rooms.as_scorer(Asked().length), None),
    ]  # fmt: skip
    for one, columns in named:
        assert one.columns == columns, one.name


async def test_a_row_at_which_a_scorer_of_several_scores_fails_is_missing_in_each() -> None:
    def parts(row: Row) -> Mapping[str, int] | None:
        if row.prompt_id == 1:
            raise ValueError("kein Teil")
        return None if row.prompt_id == 2 else {"length": len(row.answer)}

    for name in ("words", None):
        run = await compared(name)
        scores = await run.score(parts)
        assert set(scores["scorer"]) == {"parts.length"}
        assert scores["value"].isna().tolist() == [False] * 2 + [True] * 4 + [False] * 2
        assert scores["note"].dropna().tolist() == ["ValueError: kein Teil"] * 2
        assert run.verdict().scorer == "parts.length"
    assert open_run("words").verdict().scorer == "parts.length"


async def test_a_run_without_any_answer_was_scored_all_the_same() -> None:
    async def fails(request: Request) -> AsyncGenerator[Piece, None]:
        raise ValueError("nein")
        yield

    run = await compared(models=[scripted("x/a", fails, label="a"), scripted("y/b", fails, label="b")])
    await run.score(Asked().length)
    for one in (run, open_run("words")):
        with pytest.raises(UsageError, match="was scored by 'length', but no cell has an answer") as told:
            one.verdict()
        assert "\n" not in str(told.value)
        assert one.scores.empty


async def test_words_of_scorers_that_are_no_unicode_are_shown_all_the_same() -> None:
    def raising(row: Row) -> int:
        raise ValueError("halb \ud83d")

    def noted(row: Row) -> dict[str, Score]:
        return {"halb \ud83d": Score(1, "halb \ud83d")}

    for name in ("words", None):
        run = await compared(name)
        scores = await run.score([raising, noted])
        assert set(scores["note"]) == {"ValueError: halb \\ud83d", "halb \\ud83d"}
        assert set(scores["scorer"]) == {"raising", "noted.halb \\ud83d"}
