"""What leaves the notebook: spreadsheets without formulas, lossless lines, preference pairs, logs of inspect_ai."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import AsyncGenerator
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from inspect_ai.log import read_eval_log_async
from scripted_model import echo, replied, scripted

from workbench.compare import Comparison, Run, inspect_log, make_plan, preference_pairs, read_table, write_frame
from workbench.connections import Model
from workbench.errors import ServerError, UsageError
from workbench.messages import Piece, Reply, Request

FORMULAS = ["=1+1", "+49 228", "-x", "@SUM(A1)", "\tx", "\rx"]


def scores_of(*rows: tuple[int, str, int, float | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["prompt_id", "model", "repeat", "value"])
    frame["scorer"], frame["note"] = "right", "weil"
    return frame.astype({"value": "Float64", "note": "string", "scorer": "string", "model": "string"})


async def half(request: Request) -> AsyncGenerator[Piece, None]:
    if "bricht" in request.messages[-1].content:
        yield Piece("halb")
        raise ServerError("failed", where="y", advice="see its log", reply=Reply(text="halb", finish="unknown"))
    yield replied("nein")


async def run_of_two() -> Run:
    models = [scripted("x/good", echo, label="good"), scripted("y/bad", half, label="bad")]
    return await Comparison(make_plan(["Grüße", "das bricht", "gleich"], models, system="Kurz.")).run()


def sheet_cells(file: Path) -> tuple[list[str], str]:
    """The shared and inline texts of a workbook, and its sheet as XML."""
    with zipfile.ZipFile(file) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    root = ElementTree.fromstring(sheet)
    return [node.text or "" for node in root.iter() if node.tag.endswith("}t")], sheet


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_is_no_formula_in_csv(tmp_path: Path, text: str) -> None:
    frame = pd.DataFrame({"answer": pd.array([text, "ok =1"], dtype="string"), "value": [-1.5, 2.0]})
    write_frame(frame, tmp_path / "t.csv")
    found = pd.read_csv(tmp_path / "t.csv", dtype=str, lineterminator="\n")
    assert found["answer"].tolist() == [f"'{text}", "ok =1"]
    assert found["value"].tolist() == ["-1.5", "2.0"]


def test_a_workbook_holds_texts_as_texts_and_cuts_with_a_mark(tmp_path: Path) -> None:
    long = "ü" * 40_000
    answers = [*FORMULAS, "https://example.org", "007", long, "\x1b[31m\x00", "😀" * 20_000, None]
    write_frame(pd.DataFrame({"answer": answers, "n": range(len(answers))}), tmp_path / "t.xlsx")
    texts, sheet = sheet_cells(tmp_path / "t.xlsx")
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert {"=1+1", "@SUM(A1)", "https://example.org", "007"} <= set(texts)
    assert any(text.startswith("üüü") and text.endswith("[cut: 40000 characters]") for text in texts)
    assert any(text.startswith("😀") and text.endswith("[cut: 20000 characters]") for text in texts)
    assert all(len(text.encode("utf-16-le")) <= 2 * 32_767 for text in texts)
    assert "_x001B_[31m_x0000_" in texts


def test_lines_of_json_lose_nothing(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "answer": pd.array(["=1+1\r\n\t\x00 Grüße\u2028", None], dtype="string"),
            "tokens": pd.array([2**60 + 1, None], dtype="Int64"),
            "value": pd.array([0.1, None], dtype="Float64"),
            "right": pd.array([True, None], dtype="boolean"),
        }
    )
    write_frame(frame, tmp_path / "t.jsonl")
    pd.testing.assert_frame_equal(read_table(tmp_path / "t.jsonl"), frame)


@pytest.mark.parametrize(("content", "hint"), [("{", "line 1 is no JSON"), ("{}\n[1]", "line 2 is no JSON object")])
def test_lines_that_are_no_table(tmp_path: Path, content: str, hint: str) -> None:
    (tmp_path / "t.jsonl").write_text(content)
    with pytest.raises(UsageError, match=hint):
        read_table(tmp_path / "t.jsonl")


async def test_pairs_hold_the_better_and_the_worse_answer(tmp_path: Path) -> None:
    run = await run_of_two()
    scores = scores_of(
        (0, "good", 0, 0.9),
        (0, "bad", 0, 0.2),
        (1, "good", 0, 1),
        (1, "bad", 0, 0),
        (2, "good", 0, 1),
        (2, "bad", 0, 1),
    )
    (pair,) = preference_pairs(run, scores)  # Of prompt 1 one answer failed, of prompt 2 both are as good.
    assert pair["prompt"] == [{"role": "system", "content": "Kurz."}, {"role": "user", "content": "Grüße"}]
    assert pair["chosen"] == [{"role": "assistant", "content": "Grüße"}]
    assert pair["rejected"] == [{"role": "assistant", "content": "nein"}]
    assert preference_pairs(run, scores, margin=0.8) == []
    assert preference_pairs(run, scores, better="lower")[0]["chosen_model"] == "bad"
    assert preference_pairs(run.frame, scores)[0]["prompt"] == [{"role": "user", "content": "Grüße"}]
    assert json.loads(json.dumps(pair)) == pair


async def test_pairs_need_a_known_scorer() -> None:
    run = await run_of_two()
    scores = scores_of((0, "good", 0, 1))
    with pytest.raises(UsageError, match="'wrong'"):
        preference_pairs(run, scores, "wrong")
    with pytest.raises(UsageError, match="whose scores"):
        preference_pairs(run, scores.iloc[:0])
    with pytest.raises(UsageError, match="margin"):
        preference_pairs(run, scores, margin=-1)


async def test_a_log_of_inspect_comes_back_whole(tmp_path: Path) -> None:
    run = await run_of_two()
    scores = scores_of((0, "good", 0, 0.5), (1, "good", 0, 1.0), (2, "good", 0, None), (0, "bad", 0, 0.0))
    files = inspect_log(run, scores, tmp_path / "logs")
    assert [file.name for file in files] == ["01_good.eval", "02_bad.eval"]
    good, bad = [await read_eval_log_async(str(file)) for file in files]
    assert good.samples is not None
    assert bad.samples is not None
    assert [sample.output.completion for sample in good.samples] == ["Grüße", "das bricht", "gleich"]
    assert [message.text for message in good.samples[0].messages] == ["Kurz.", "Grüße", "Grüße"]
    assert good.samples[0].scores is not None
    assert good.samples[0].scores["right"].as_float() == 0.5
    assert good.samples[0].scores["right"].explanation == "weil"
    assert good.samples[1].model_usage["x/good"].output_tokens == 2
    assert good.results is not None
    assert good.results.scores[0].metrics["mean"].value == 0.75
    assert good.results.scores[0].unscored_samples == 1
    assert good.stats.model_usage["x/good"].input_tokens == 21
    assert bad.samples[1].error is not None
    assert "failed" in bad.samples[1].error.message
    assert bad.results is not None
    assert (bad.results.total_samples, bad.results.completed_samples) == (3, 2)


async def test_a_log_without_scores(tmp_path: Path) -> None:
    file, _ = inspect_log(await run_of_two(), None, tmp_path)
    log = await read_eval_log_async(str(file))
    assert log.results is not None
    assert log.results.scores == []


def test_a_log_without_the_package_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['inspect_ai'] = None; sys.modules['inspect_ai.log'] = None\n"
        "from pathlib import Path; from workbench.compare import Run, inspect_log, make_plan\n"
        "inspect_log(Run(make_plan('x', 'embedded'), {}), None, Path('.'))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "pip install inspect-ai" in done.stderr.splitlines()[-1]


async def test_what_a_real_model_said_comes_back_from_every_file(embedded: Model, tmp_path: Path) -> None:
    brief = embedded.using(seed=1, temperature=0, max_tokens=4, label="brief")
    long = embedded.using(seed=1, temperature=0, max_tokens=24, label="long", system="Antworte ausführlich.")
    run = await Comparison(make_plan(["Wer zahlt die Gebühr?", "Was ist ein Amt?"], [brief, long])).run()
    scores = await run.score(lambda row: len(row.answer))
    assert (scores["value"] > 0).all()
    frame = run.frame
    for ending in (".jsonl", ".parquet", ".csv", ".xlsx"):
        run.save(tmp_path / f"run{ending}")
    for table in (read_table(tmp_path / "run.jsonl"), pd.read_parquet(tmp_path / "run.parquet")):
        pd.testing.assert_frame_equal(table.astype(frame.dtypes.to_dict()), frame)
    seen = pd.read_csv(tmp_path / "run.csv", keep_default_na=False)
    assert seen["answer"].tolist() == frame["answer"].tolist()
    assert seen["total_s"].tolist() == pytest.approx(frame["total_s"].tolist())
    assert set(frame["answer"]) <= set(sheet_cells(tmp_path / "run.xlsx")[0])
    logs = [await read_eval_log_async(str(file)) for file in inspect_log(run, scores, tmp_path)]
    said = [sample.output.completion for log in logs for sample in log.samples or ()]
    assert sorted(said) == sorted(frame["answer"])
