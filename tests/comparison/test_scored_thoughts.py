"""Thoughts that stand in an answer's text are no answer to those who score, whoever left them there."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pandas as pd
import pytest
from scripted_model import replied, scripted

from workbench.comparison import Comparison, Row, make_plan, open_run, scorers
from workbench.messages import Piece, Reply, Request

TEXT = '<think>\nVielleicht Bonn? Nein, {"city": "Bonn"} nicht, auch nicht 7.\n</think>\n\nBerlin'
TABLE = pd.DataFrame({"prompt": ["Hauptstadt?"], "expected": ["Bonn"]})


async def raw(request: Request) -> AsyncGenerator[Piece, None]:
    """A model whose server says nothing of thoughts."""
    yield replied(TEXT)


async def text_of(prompt: object) -> str:
    return TEXT


async def reply_of(prompt: object) -> Reply:
    return Reply(text=TEXT, finish="stop")


@pytest.mark.parametrize("candidate", [scripted("x/m", raw), text_of, reply_of])
async def test_no_scorer_sees_thoughts(candidate: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    seen: list[str] = []

    def own(row: Row) -> bool:
        seen.append(row.answer)
        return "Nein" in row.reply.reasoning

    run = await Comparison(make_plan(TABLE, candidate), name="kept").run()  # type: ignore[arg-type]
    chosen = [scorers.contains(), scorers.exact(["Berlin"]), scorers.number(7), own]
    assert (await run.score(chosen))["value"].tolist() == [0, 1, 0, 1]
    assert seen == ["Berlin"]
    opened = open_run("kept")
    assert (await opened.score(scorers.exact(["Berlin"], name="again")))["value"].tolist()[-1] == 1


async def test_a_function_gives_its_thoughts_apart() -> None:
    run = await Comparison(make_plan("Hauptstadt?", text_of)).run()
    assert run.frame["answer"].item() == "Berlin"
    reply = run.results[0].reply
    assert reply is not None
    assert reply.reasoning.startswith("Vielleicht")


async def test_thoughts_that_were_to_stay_in_the_text_are_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    left = scripted("x/m", raw).using(thoughts="text")
    run = await Comparison(make_plan(TABLE, left), name="kept").run()
    assert (await run.score(scorers.contains()))["value"].tolist() == [1]
    assert (await open_run("kept").score(scorers.contains(name="again")))["value"].tolist()[-1] == 1
