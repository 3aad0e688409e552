"""CONTRIBUTING's recipes for a scorer and for an export, tried with one of a test's own: no other code knows of it."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from exported_runs import half
from scripted_model import echo, scripted

from workbench.comparison import Comparison, Run, inspect_log, make_plan, open_run, preference_pairs
from workbench.comparison.export._exported_run import ExportedRun
from workbench.comparison.scorers.reading._reference import reference
from workbench.comparison.scorers.reading._texts import identity
from workbench.comparison.scoring._scorer import Row, Score, Scorer

READ = ("plan", "stopped", "frame", "result")
SCORED: list[str] = []


def begins(expected: str | list[str], *, name: str = "begins") -> Scorer:
    """Whether an answer begins as its reference: a scorer as a file of `comparison/scorers/` holds it."""
    wanted = reference(expected)

    def score(row: Row) -> Score:
        SCORED.append(row.answer)
        if not (texts := wanted.accepted(row)):
            return wanted.lacking
        return Score(row.answer.startswith(texts), f"wanted {', '.join(texts)}")

    return Scorer(name, score, identity("begins", 1, **wanted.identity), columns=wanted.columns)


def lines(run: ExportedRun, path: Path) -> Path:
    """Each result as a line of JSON: an export as a file of `comparison/export/` holds it."""
    with path.open("w", encoding="utf-8") as file:
        for cell in run.plan.cells():
            result = run.result(cell.prompt, cell.candidate, cell.repeat)
            answer = result.reply.text if result is not None and result.reply is not None else None
            file.write(json.dumps({"prompt": cell.prompt, "answer": answer}) + "\n")
    return path


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    SCORED.clear()


async def asked(name: str | None = None) -> Run:
    models = [scripted("x/good", echo, label="good"), scripted("y/bad", half, label="bad")]
    return await Comparison(make_plan(["Amt", "Rathaus"], models), name=name).run()


async def test_a_scorer_is_one_function_and_all_else_follows() -> None:
    run = await asked()
    scores = await run.score(begins(["A"]))
    assert scores.set_index(["prompt_id", "model"])["value"].to_dict() == {
        (0, "good"): 1.0, (0, "bad"): 0.0, (1, "good"): 0.0, (1, "bad"): 0.0,
    }  # fmt: skip
    assert set(scores["note"]) == {"wanted A"}
    assert run.verdict("begins").scorer == "begins"
    assert [pair["chosen_model"] for pair in run.preferences("begins")] == ["good"]


async def test_what_a_scorer_said_is_kept_under_its_identity() -> None:
    await (await asked("offices")).score(begins(["A"]))
    assert len(SCORED) == 4
    again = open_run("offices")
    await again.score(begins(["A"]))
    assert len(SCORED) == 4
    await again.score(begins(["R"]))
    assert len(SCORED) == 8


async def test_an_export_reads_of_a_run_only_what_an_exported_run_has(tmp_path: Path) -> None:
    run = await asked()
    await run.score(begins(["A"]))
    assert {name for name in vars(ExportedRun) if not name.startswith("_")} == set(READ)
    told = cast(ExportedRun, SimpleNamespace(**{name: getattr(run, name) for name in READ}))
    found = [json.loads(line) for line in lines(told, tmp_path / "run.jsonl").read_text().splitlines()]
    assert [(one["prompt"], one["answer"]) for one in found] == [
        (0, "Amt"), (0, "nein"), (1, "Rathaus"), (1, "nein"),
    ]  # fmt: skip
    # So do those that are there.
    assert preference_pairs(told, run.scores) == run.preferences()
    assert len(inspect_log(told, run.scores, tmp_path / "logs")) == 2


async def test_an_export_reads_a_run_that_was_opened_as_one_that_was_asked(tmp_path: Path) -> None:
    fresh = lines(await asked("offices"), tmp_path / "fresh.jsonl")
    opened = lines(open_run("offices"), tmp_path / "opened.jsonl")
    assert fresh.read_text() == opened.read_text()
