"""Asking a comparison again: of the same models or of others, and saying what changed."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pydantic
import pytest
from conftest import Server
from scripted_model import echo, replied, scripted

import workbench as wb
from workbench.comparison import Comparison, Row, Run, make_plan, open_run, plan_again, what_changed
from workbench.comparison.run._rerun import Change
from workbench.comparison.statistics._paired import difference
from workbench.connections import Model, connect, model
from workbench.errors import ConnectionUnknownError, UsageError
from workbench.messages import Piece, Request, Tool


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Office(pydantic.BaseModel):
    name: str


PROMPTS = [f"Frage {number}" for number in range(12)]
TOOL = Tool("find_office", "Finds an office.", {"type": "object", "properties": {}})


async def doubled(request: Request) -> AsyncGenerator[Piece, None]:
    """Answer every second question as `echo` does, and the others with more."""
    text = request.messages[-1].content
    yield replied(text if int(text.split()[1]) % 2 else f"{text} {text}")


def words(row: Row) -> int:
    return len(row.answer.split())


async def compared(*models: Model, **options: object) -> Run:
    return await Comparison(make_plan(PROMPTS, list(models), **options)).run()


async def test_the_same_again_says_that_nothing_differs() -> None:
    before = await compared(scripted("x/a", echo), scripted("x/b", doubled), repeats=2)
    again = await wb.rerun(before, scorers=words)
    assert again.identical == 1.0
    assert again.environment == ()
    assert {one.difference for one in again.scores} == {0.0}
    assert "environment: nothing that is known differs" in again.text
    assert again.after.counts == before.counts


async def test_another_model_is_told_with_share_and_interval() -> None:
    before = await compared(scripted("x/a", echo))
    again = await wb.rerun(before, scripted("y/b", doubled), scorers=words)
    (one,) = again.candidates
    assert (one.before, one.after, one.cells, one.identical, one.share) == ("x/a", "y/b", 12, 6, 0.5)
    (score,) = again.scores
    known = before.scores["value"].to_numpy(dtype=float), again.after.scores["value"].to_numpy(dtype=float)
    expected = difference(known[1], known[0], 0.95)
    assert (score.prompts, score.before, score.after) == (12, 2.0, 3.0)
    assert (score.difference, score.low, score.high) == (expected.mean, expected.low, expected.high)
    assert score.low is not None
    assert score.low < 1.0 < (score.high or 0)
    assert "y/b: model was x/a, is y/b" in again.text
    assert "6 of 12 answers identical (50%)" in again.text
    assert "words was 2, is 3 (difference +1, 95 % interval" in again.text


async def test_the_frame_has_a_row_for_each_change() -> None:
    before = await compared(scripted("x/a", echo))
    frame = (await wb.rerun(before, scripted("y/<b>", doubled), scorers=words)).frame
    assert frame["what"].tolist() == ["model", "answers", "score"]
    answers = frame[frame["what"] == "answers"].iloc[0]
    assert (answers["share"], answers["count"]) == (0.5, 12)
    assert pd.isna(answers["difference"])
    page = (await wb.rerun(before, scripted("y/<b>", doubled)))._repr_html_()
    assert "<b>" not in page


async def test_what_changed_is_told_in_german_too(monkeypatch: pytest.MonkeyPatch) -> None:
    before = await compared(scripted("x/a", echo), temperature=0.5)
    again = await wb.rerun(before, scripted("y/b", doubled).using(temperature=1.5), scorers=words)
    monkeypatch.setenv("WORKBENCH_LANGUAGE", "de")
    assert "y/b: effective.temperature war 0.5, ist 1.5" in again.text
    assert "y/b: Modell war x/a, ist y/b" in again.text
    assert "y/b: 6 von 12 Antworten gleich (50 %)" in again.text
    assert "y/b: words war 2, ist 3 (Unterschied +1, 95-%-Intervall +" in again.text
    assert "12 Fragen" in again.text
    page = again._repr_html_()
    for word in ("Umgebung", "Kandidat", "Antworten", "Anteil gleicher", "0,5"):
        assert f">{word}</t" in page
    assert "environment" in again.frame["what"].tolist(), "data has no language"
    changes = replace(again, environment=(Change("machine", "commit", "not known", "ab12"),))
    assert "Rechner: commit war nicht bekannt, ist ab12" in changes.text
    assert "machine: commit was not known, is ab12" in changes.in_words("en")
    with pytest.raises(UsageError, match="language= must be 'en' or 'de', not 'fr'"):
        changes.in_words("fr")  # type: ignore[arg-type]


async def test_what_the_cards_tell_differently_is_told() -> None:
    run = await compared(scripted("x/a", echo), temperature=0.0)
    other = await compared(scripted("x/a", echo), temperature=1.0)
    assert [(one.field, one.before, one.after) for one in what_changed(run, other).environment] == [
        ("effective.temperature", "0.0", "1.0")
    ]


async def test_a_crate_of_the_embedded_model_is_asked_again(embedded: Model) -> None:
    chosen = embedded.using(temperature=0, max_tokens=6, label="klein", system="Kurz.", stop=["."])
    before = await Comparison(make_plan(["Was ist ein Amt?", "Und ein Rat?"], chosen)).run()
    await before.score(words)
    before.save("run.zip")
    again = await wb.rerun("run.zip", scorers=words)
    assert again.identical == 1.0
    assert again.environment == ()
    assert again.scores[0].difference == 0
    (candidate,) = again.after.plan.candidates
    assert isinstance(candidate, Model)
    assert (candidate.label, candidate.system, candidate.options.stop) == ("klein", "Kurz.", (".",))


async def test_a_crate_of_ollama_is_asked_again_on_another_model(ollama: Server, embedded: Model) -> None:
    connect("ollama", ollama.url, kind="ollama")
    asked = model(f"ollama/{ollama.model}", temperature=0, max_tokens=20, schema={"enum": ["Ja", "Nein"]})
    run = await Comparison(make_plan(["Was ist ein Amt?", "Nenne eine Farbe."], asked)).run()
    await run.score(words)
    run.save("run.zip")
    again = await wb.rerun("run.zip", embedded, scorers=words)
    fields = {one.field for one in again.environment}
    assert {"kind", "product", "version"} <= fields
    assert "model was ollama/" in again.text
    assert again.scores[0].prompts == 2
    assert again.after.plan.candidates[0].options.max_tokens == 20


async def test_a_list_and_a_dict_name_the_places() -> None:
    plan = (await compared(scripted("x/a", echo), scripted("x/b", echo), temperature=0.5)).plan
    one, other = scripted("y/c", echo), scripted("y/d", echo).using(temperature=0.9)
    for models in ([one, other], {"x/a": one, "x/b": other}):
        told = [(each.name, each.options.temperature) for each in plan_again(plan, models).candidates]
        assert told == [("y/c", 0.5), ("y/d", 0.9)]
    assert [each.name for each in plan_again(plan, {"x/b": one}).candidates] == ["x/a", "y/c"]
    assert [each.label for each in plan_again(plan, one).candidates] == ["y/c · x/a", "y/c · x/b"]
    with pytest.raises(UsageError, match="1 models for 2 candidates"):
        plan_again(plan, [one])
    with pytest.raises(UsageError, match="names 'z'"):
        plan_again(plan, {"z": one})


async def test_schema_and_tools_come_back_out_of_a_file(embedded: Model) -> None:
    chosen = embedded.using(schema=Office, tools=[TOOL], thinking=False, label="a", strict=False)
    run = await Comparison(make_plan(PROMPTS[:1], chosen, max_tokens=3)).run()
    run.save("run.zip")
    (again,) = plan_again(open_run("run.zip").plan, None).candidates
    assert isinstance(again, Model)
    assert again.options == run.plan.candidates[0].options
    assert isinstance(again.schema, dict)
    assert again.schema["required"] == ["name"]


async def test_what_cannot_be_asked_again_is_told() -> None:
    async def shout(prompt: str) -> str:
        return prompt.upper()

    run = await Comparison(make_plan("eins", {"loud": shout})).run()
    assert (await wb.rerun(run)).identical == 1.0
    run.save("run.zip")
    with pytest.raises(UsageError, match="was a function, which no file holds"):
        await wb.rerun("run.zip")
    assert (await wb.rerun("run.zip", {"loud": shout})).identical == 1.0
    (await compared(scripted("nowhere/a", echo))).save("other.zip")
    with pytest.raises(ConnectionUnknownError):
        await wb.rerun("other.zip")
    with pytest.raises(UsageError, match="cannot be asked again"):
        await wb.rerun(7)  # type: ignore[arg-type]


async def test_failed_cells_are_in_no_share() -> None:
    async def broken(request: Request) -> AsyncGenerator[Piece, None]:
        raise RuntimeError("kaputt")
        yield Piece()

    before = await compared(scripted("x/a", echo))
    again = await wb.rerun(before, scripted("x/a", broken), scorers=words)
    assert again.identical is None
    assert again.scores == ()
    assert "no cell was answered both times" in again.text
