"""Scores of a run: asked once, kept beside the answers, and turned into a verdict."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scripted_model import replied, scripted

import workbench as wb
from workbench.comparison import Comparison, Row, Run, make_plan, open_run
from workbench.comparison import scorers as rooms
from workbench.comparison.scoring import tell_of_scores
from workbench.connections import Model
from workbench.errors import UnreachableError, UsageError
from workbench.messages import Message, Piece, Reply, Request, Usage
from workbench.model_info import ModelInfo

NAMES = ["Bonn", "Ulm", "Jena", "Kiel"] * 3
CITIES = pd.DataFrame({"number": range(1, 13), "city": NAMES, "expected": NAMES})
TEMPLATE = "{{ number }}. Nenne die Stadt: {{ city }}"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def knows(request: Request) -> AsyncGenerator[Piece, None]:
    yield replied(request.messages[-1].content.split()[-1])


async def guesses(request: Request) -> AsyncGenerator[Piece, None]:
    yield replied("Bonn")


async def compared(name: str | None = None) -> Run:
    candidates = [scripted("x/knows", knows, label="knows"), scripted("y/guesses", guesses, label="guesses")]
    return await Comparison(make_plan(CITIES, candidates, template=TEMPLATE), name=name).run()


async def test_scores_say_who_is_better() -> None:
    run = await compared()
    scores = await run.score(rooms.exact("expected"))
    assert list(scores.columns) == ["prompt_id", "model", "repeat", "scorer", "value", "note", "left_out"]
    assert scores.groupby("model")["value"].mean().to_dict() == {"knows": 1.0, "guesses": 0.25}
    found = run.verdict()
    assert repr(found) == "By exact:\nknows wins 9, loses 0, 3 ties against guesses: better"
    assert found.means["mean"].tolist() == [1.0, 0.25]


@pytest.mark.parametrize(
    ("scorers", "hint"),
    [
        ([lambda row: 1, lambda row: 2], "two scorers are called 'lambda'"),
        ([5], "is not a scorer"),
        (5, "scorers="),
    ],
)
async def test_a_wrong_scorer_is_told_before_anybody_is_asked(scorers: Any, hint: str) -> None:
    asked = []

    async def dear(prompt: object) -> str:
        asked.append(prompt)
        return "teuer"

    with pytest.raises(UsageError, match=hint):
        await wb.compare(["eins", "zwei"], dear, scorers=scorers)
    assert asked == []


async def test_one_scorer_needs_no_list() -> None:
    async def kind(prompt: object) -> str:
        return "ja"

    run = await wb.compare(["eins", "zwei"], kind, scorers=lambda row: row.answer == "ja")
    assert run.scores["value"].tolist() == [1, 1]


async def test_nothing_is_scored_twice_under_a_name() -> None:
    log = "scored.txt"

    def length(row: Row) -> int:
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(row.answer + "\n")
        return len(row.answer)

    def scored() -> int:
        return len(Path(log).read_text(encoding="utf-8").splitlines())

    run = await compared("cities")
    first = await run.score(length)
    assert scored() == 24
    again = await (await compared("cities")).score([length])
    opened = await open_run("cities").score(length)
    assert scored() == 24
    pd.testing.assert_frame_equal(first, again)
    pd.testing.assert_frame_equal(first, opened)


async def test_whoever_wants_to_know_is_told_of_scores_by_the_plan_of_their_run() -> None:
    told: list[object] = []
    tell_of_scores(told.append)
    try:
        run = await compared("told")
        await run.score(rooms.exact("expected"))
    finally:
        tell_of_scores(lambda plan: None)
    assert told == [run.plan]
    run.rate(0, "knows", good=False)
    values = run.score_values
    assert list(values) == ["exact"]  # what people think is not among them
    assert [values["exact"][index] for index in range(24)] == [
        value for name in NAMES for value in (1.0, float(name == "Bonn"))
    ]


async def test_what_does_not_count_is_kept_out_and_counted() -> None:
    async def mixed(request: Request) -> AsyncGenerator[Piece, None]:
        text = request.messages[-1].content
        match text:
            case "cut":
                yield Piece(reply=Reply(text="Bonn und", finish="length"))
            case "empty":
                yield Piece(reply=Reply(text=" ", finish="stop"))
            case "truncated":
                usage, said = Usage(5, 1), ("the prompt was cut: the server read 5 tokens of at least 9",)
                yield Piece(reply=Reply(text="Bonn", finish="stop", usage=usage, warnings=said))
            case "stopped in circles":
                yield Piece(reply=Reply(text="Bonn, Bonn, Bonn", finish="repetition"))
            case "whole in circles":
                yield Piece(reply=Reply(text="Bonn, Bonn", finish="length", warnings=("the answer repeats itself",)))
            case "fails":
                raise ValueError("nein")
            case _:
                yield Piece(reply=Reply(text="Bonn", finish="stop"))

    async def right(request: Request) -> AsyncGenerator[Piece, None]:
        yield Piece(reply=Reply(text="Bonn", finish="stop"))

    circles = ["stopped in circles", "whole in circles"]
    prompts = ["good", "cut", "empty", "truncated", "fails", *circles, "good too"]
    plan = make_plan(prompts, [scripted("x/a", mixed, label="a"), scripted("y/b", right, label="b")])
    run = await Comparison(plan).run()
    await run.score(rooms.exact(["Bonn"]))
    mine = run.frame[run.frame["model"] == "a"].set_index("prompt")["left_out"]
    assert mine.fillna("").to_dict() == {
        "good": "",
        "cut": "cut by the limit",
        "empty": "empty",
        "truncated": "prompt cut",
        "fails": "failed",
        "stopped in circles": "repeats itself",
        "whole in circles": "repeats itself",
        "good too": "",
    }
    found = run.verdict()
    assert (found.pairs[0].prompts, found.pairs[0].ties, found.left_out) == (2, 2, 6)
    assert "6 cells do not count" in found.words[-1]


async def test_lower_is_better_for_perplexity() -> None:
    run = await compared()

    def doubt(row: Row) -> float:
        return 1.0 if row.model == "knows" else 9.0 + row.prompt_id

    await run.score([rooms.as_scorer(doubt, better="lower")])
    assert run.verdict().pairs[0].model == "knows"
    assert run.verdict().pairs[0].decision == "better"


async def test_several_scores_are_told_apart_and_one_that_fails_ends_nothing() -> None:
    run = await compared()

    async def both(row: Row) -> dict[str, float]:
        await asyncio.sleep(0)
        return {"length": len(row.answer), "is_bonn": float(row.answer == "Bonn")}

    def broken(row: Row) -> float:
        return 1 / 0

    scores = await run.score([both, broken])
    assert set(scores["scorer"]) == {"both.length", "both.is_bonn", "broken"}
    assert scores.loc[scores["scorer"] == "broken", "note"].unique().tolist() == ["ZeroDivisionError: division by zero"]
    with pytest.raises(UsageError, match="several scores"):
        run.verdict()
    with pytest.raises(UsageError, match="no score 'exact'"):
        run.verdict("exact")
    assert run.verdict("both.is_bonn").pairs[0].other in {"knows", "guesses"}


async def test_a_run_without_scores_says_how_to_get_them() -> None:
    with pytest.raises(UsageError, match=r"await run.score"):
        (await compared()).verdict()


async def test_a_referee_votes_on_pairs(embedded: Model) -> None:
    short, long = embedded.using(label="short", max_tokens=3), embedded.using(label="long", max_tokens=5)
    plan = make_plan(["Was ist ein Amt?", "Was ist ein Rathaus?"], [short, long], temperature=0)
    run = await Comparison(plan).run()
    assert set(run.frame["left_out"]) == {"cut by the limit"}
    votes = await run.votes(rooms.referee(embedded, "Die vollständigere Antwort ist besser.", max_tokens=60))
    assert votes.empty  # as nothing that was cut counts
    whole = await compared()
    deciding = rooms.Referee("longest", "longest 1", _longer)
    voted = await whole.votes(deciding)
    assert len(voted) == 12
    assert voted["winner"].isna().sum() == 9


async def _longer(first: Row, second: Row) -> rooms.Vote:
    better = max((first, second), key=lambda row: len(row.answer))
    tie = len(first.answer) == len(second.answer)
    place = (first.prompt_id, first.repeat, first.model, second.model)
    return rooms.Vote(*place, None if tie else better.model, "longer", True)


async def test_a_conversation_is_scored_too() -> None:
    talk = [Message("user", "Wo?"), Message("assistant", "Bonn"), Message("user", "Sicher? Bonn")]
    run = await Comparison(make_plan([talk], [scripted("x/a", knows), scripted("y/b", guesses)])).run()
    assert (await run.score(rooms.contains(["Bonn"])))["value"].tolist() == [1.0, 1.0]


async def test_a_grid_and_system_messages_make_candidates(embedded: Model) -> None:
    system = {"short": "Antworte mit einem Wort.", "long": "Antworte ausführlich."}
    plan = make_plan("Was ist ein Amt?", embedded, system=system, grid={"temperature": [0, 1]}, max_tokens=4)
    assert [candidate.label.removeprefix(embedded.label) for candidate in plan.candidates] == [
        " · short · temperature=0",
        " · short · temperature=1",
        " · long · temperature=0",
        " · long · temperature=1",
    ]
    run = await Comparison(plan).run()
    assert run.summary == "4 of 4 answered"
    sent = run.results[0].reply
    assert sent is not None
    assert sent.sent["temperature"] == 0
    assert sent.sent["messages"][0]["content"] == system["short"]


def test_an_order_is_drawn_from_a_number_and_alike_prompts_stand_together() -> None:
    prompts = [f"{'Aktenzeichen ' * 60}{n}" if n % 2 else f"Frage {n}" for n in range(6)]
    assert list(make_plan(prompts, "embedded").asking_order()) == [0, 1, 3, 5, 2, 4]
    drawn = make_plan(prompts, "embedded", shuffle=5).asking_order()
    assert sorted(drawn) == list(range(6))
    assert drawn == make_plan(prompts, "embedded", shuffle=5).asking_order()
    assert drawn != make_plan(prompts, "embedded", shuffle=6).asking_order()


async def test_a_judges_version_counts_and_is_remembered_while_its_server_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = 0

    async def always_five(row: Row) -> float:
        nonlocal asked
        asked += 1
        return 5.0

    judging = scripted("judge/m", knows)
    judge = replace(rooms.as_scorer(always_five), model=judging)
    listed = [ModelInfo(name="m", digest="one")]

    async def told() -> list[ModelInfo]:
        return listed

    async def away() -> list[ModelInfo]:
        raise UnreachableError("no server answers", advice="start it")

    monkeypatch.setattr(judging.engine, "models", told)
    run = await compared("judged")
    await run.score(judge)
    monkeypatch.setattr(judging.engine, "models", away)
    await open_run("judged").score(judge)
    assert asked == 24
    listed[0] = ModelInfo(name="m", digest="two")
    monkeypatch.setattr(judging.engine, "models", told)
    await open_run("judged").score(judge)
    assert asked == 48
