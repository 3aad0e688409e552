"""What leaves the notebook: spreadsheets without formulas, lossless lines, preference pairs, logs of inspect_ai."""

from __future__ import annotations

import json
import zipfile
from collections.abc import AsyncGenerator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from exported_runs import run_of_two, scores_of
from inspect_ai.log import read_eval_log_async
from scripted_model import echo, scripted

from workbench.comparison import (
    Comparison,
    dialogue,
    inspect_log,
    make_plan,
    preference_pairs,
    read_table,
    write_frame,
    write_jsonl,
)
from workbench.connections import Model
from workbench.errors import UsageError
from workbench.files import _formats as _export_sheets
from workbench.messages import Piece, Reply, Request

FORMULAS = ["=1+1", "+49 228", "-x", "@SUM(A1)", "\tx", "\rx"]


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


def of_all_kinds() -> dict[str, Any]:
    """Columns as users have them, each with what lines of JSON hold of it."""
    return {
        "price": ([Decimal("1.10"), Decimal("NaN")], ["1.10", None]),
        "key": ([UUID(int=1), None], ["00000000-0000-0000-0000-000000000001", None]),
        "month": ([pd.Period("2024-01", "M"), pd.NaT], ["2024-01", None]),
        "tags": ([{"b", "a"}, frozenset({2})], [["a", "b"], [2]]),
        "raw": ([b"\x00\xff", bytearray(b"ab")], ["AP8=", "YWI="]),
        "file": ([Path("a/b.txt"), Path("c")], ["a/b.txt", "c"]),
        "most": ([float("inf"), float("-inf")], ["inf", "-inf"]),
        "mixed": ([1, "x"], [1, "x"]),
        "many": ([[1.5, float("inf"), None], (np.int64(3),)], [[1.5, "inf", None], [3]]),
        "deep": (
            [{"when": pd.Timestamp("2024-05-01"), "none": pd.NA}, None],
            [{"when": "2024-05-01T00:00:00", "none": None}, None],
        ),
        "took": ([timedelta(days=1), None], ["1 day, 0:00:00", None]),
        "other": ([1 + 2j, 3j], ["(1+2j)", "3j"]),
        "half": (["a\ud83d", "b"], ["a\ud83d", "b"]),
        "empty": ([{}, {}], [{}, {}]),
    }


def frame_of_all_kinds() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(given, dtype=object) for name, (given, _) in of_all_kinds().items()})


async def test_lines_of_json_hold_every_kind_of_value(tmp_path: Path) -> None:
    table = frame_of_all_kinds().assign(prompt=["Grüße", "gleich"])
    run = await Comparison(make_plan(table, scripted("x/good", echo))).run()
    run.save(tmp_path / "t.jsonl")
    lines = [json.loads(line, parse_constant=None) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    expected = {name: held for name, (_, held) in of_all_kinds().items()}
    assert {name: [line[name] for line in lines] for name in expected} == expected


def test_a_workbook_holds_every_kind_of_value(tmp_path: Path) -> None:
    write_frame(frame_of_all_kinds(), tmp_path / "t.xlsx")
    texts, sheet = sheet_cells(tmp_path / "t.xlsx")
    assert {"00000000-0000-0000-0000-000000000001", "2024-01", '["a", "b"]', "AP8=", "a/b.txt", "inf", "x"} <= set(
        texts
    )
    assert "<v>1.1</v>" in sheet


def test_a_workbook_rounds_no_decimal(tmp_path: Path) -> None:
    write_frame(pd.DataFrame({"price": [Decimal("12345678901234567.89")]}), tmp_path / "t.xlsx")
    assert "12345678901234567.89" in sheet_cells(tmp_path / "t.xlsx")[0]


def test_parquet_holds_every_kind_of_value(tmp_path: Path) -> None:
    frame = frame_of_all_kinds().assign(n=pd.array([1, None], dtype="Int64"), huge=[2**80, 1])
    write_frame(frame, tmp_path / "t.parquet")
    found = read_table(tmp_path / "t.parquet")
    assert found["mixed"].tolist() == ["1", "x"]
    assert found["price"].iloc[0] == Decimal("1.10")
    assert [sorted(tags) for tags in found["tags"]] in ([["a", "b"], [2]], [sorted('["a", "b"]'), sorted("[2]")])
    assert found["key"].isna().tolist() == [False, True]
    assert found["most"].tolist() == [float("inf"), float("-inf")]
    assert found["file"].tolist() == ["a/b.txt", "c"]
    assert found["huge"].tolist() == [str(2**80), "1"]
    assert found["n"].dtype == "Int64"
    assert found["half"].tolist() == [r"a\ud83d", "b"]
    assert found["empty"].tolist() == ["{}", "{}"]
    assert list(frame.columns) == list(found.columns)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet", ".xlsx"])
async def test_a_mixed_column_of_a_spreadsheet_is_saved_with_every_ending(tmp_path: Path, suffix: str) -> None:
    table = pd.DataFrame({"prompt": ["Grüße", "gleich", "egal"], "plz": ["01067", 10115, None]})
    run = await Comparison(make_plan(table, scripted("x/good", echo))).run()
    file = run.save(tmp_path / f"t{suffix}")
    assert list(tmp_path.iterdir()) == [file]
    if suffix == ".parquet":
        held = pd.read_parquet(file)["plz"]
        assert held[:2].tolist() == ["01067", "10115"]
        assert held.isna().tolist() == [False, False, True]


async def test_a_page_is_written_by_a_report(tmp_path: Path) -> None:
    run = await run_of_two()
    with pytest.raises(UsageError, match=r"wb\.report"):
        run.save(tmp_path / "t.html")


def test_too_many_rows_for_a_sheet_are_told_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_export_sheets, "ROWS", 2)
    with pytest.raises(UsageError, match=r"do not fit on a sheet \(.*/t\.xlsx\)"):
        write_frame(pd.DataFrame({"n": [1, 2]}), tmp_path / "t.xlsx")


@pytest.mark.parametrize(("content", "hint"), [("{", "line 1 is not JSON"), ("{}\n[1]", "line 2 is not a JSON object")])
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
    file = write_jsonl([pair], tmp_path / "pairs.jsonl")
    assert json.loads(file.read_text()) == pair
    with pytest.raises(UsageError, match="cannot be written"):
        write_jsonl([pair], tmp_path / "no" / "pairs.jsonl")


async def test_pairs_need_a_known_scorer() -> None:
    run = await run_of_two()
    scores = scores_of((0, "good", 0, 1))
    with pytest.raises(UsageError, match="'wrong'"):
        preference_pairs(run, scores, "wrong")
    with pytest.raises(UsageError, match="there are no scores"):
        preference_pairs(run, scores.iloc[:0])
    for margin in (-1, float("nan"), "x"):
        with pytest.raises(UsageError, match="margin"):
            preference_pairs(run, scores, margin=margin)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="better"):
        preference_pairs(run, scores, better="best")  # type: ignore[arg-type]


async def test_pairs_hold_no_dialogue_and_nothing_that_was_left_out() -> None:
    async def cut(request: Request) -> AsyncGenerator[Piece, None]:
        finish = "length" if request.messages[-1].content == "lang" else "stop"
        yield Piece(reply=Reply(text="da", finish=finish))

    models = [scripted("x/good", echo, label="good"), scripted("y/bad", cut, label="bad")]
    run = await Comparison(make_plan(["lang", dialogue("Guten Tag.", "Wo?"), "kurz"], models)).run()
    await run.score(lambda row: row.model == "good")
    assert [pair["prompt_id"] for pair in run.preferences()] == [2]
    equal = await Comparison(make_plan(["a"], models)).run()
    await equal.score(lambda row: True)
    assert equal.preferences() == []


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
