"""What is written into a journal comes back as it was: the values of tables, and errors in any words."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scripted_model import echo, scripted

from workbench.comparison import Comparison, Row, Run, make_plan, open_run
from workbench.comparison import scorers as rooms
from workbench.comparison.plan._plan import Cell
from workbench.comparison.results._encoding import encode_result_or_failure
from workbench.comparison.results._exact_values import as_text, from_text
from workbench.comparison.results._result import Result
from workbench.errors import EngineError, UnreachableError
from workbench.messages import Reply


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def compared(prompts: Any) -> Run:
    return await Comparison(make_plan(prompts, scripted("x/a", echo)), name="words").run()


def columns() -> dict[str, Any]:
    nan = float("nan")
    return {
        "mixed": [1, "a", nan], "none": [None, "x", True], "missing": [pd.NaT, pd.NA, None],
        "lists": [[1], ["a", {"b": (1, 2)}], []], "dicts": [{"a": 1}, {"b": None, "a": nan}, {}],
        "keys": [{1: "a"}, {("x", 2): "b"}, {"$date": "kein Datum"}], "decimals": [Decimal("1.50"), 2, None],
        "days": [date(2026, 1, 2), datetime(2026, 1, 2, 3, tzinfo=UTC), time(3, 4)],
        "stamps": [pd.Timestamp("2026-01-02 03:04:05.123456789"), pd.Timedelta(3, "ns"), timedelta(1, 2, 3)],
        "sets": [{"b"}, frozenset([2]), (1,)], "bytes": [b"\xff", "x", 0], "large": [2**70, -(2**64), 1],
        "half": ["a\ud83d", "x", None],
    }  # fmt: skip


TYPED = {
    "texts": ["x", None, "y"],
    "whole": [1, 2, 3],
    "gaps": pd.array([1, None, 2**60], dtype="Int64"),
    "floats": np.array([1.5, float("nan"), 3], dtype="float32"),
    "seen": pd.to_datetime(["2026-01-02 03:04", None, "2026-01-04 00:00"]),
    "zoned": pd.date_range("2026-01-02", periods=3, tz="Europe/Berlin"),
    "kinds": pd.Categorical(["b", "a", "b"], categories=["b", "a"], ordered=True),
    "months": pd.period_range("2026-01", periods=3, freq="M"),
}


async def test_a_table_comes_back_as_it_was() -> None:
    mixed = {name: pd.Series(values, dtype=object) for name, values in columns().items()}
    table = pd.DataFrame({"prompt": ["eins", "zwei", "drei"], **mixed, **TYPED})
    table.attrs["source"] = object()
    run = await compared(table)
    opened = open_run("words")
    assert opened.plan.table is not None
    for name in table:
        before, after = table[name], opened.plan.table[name]
        assert after.dtype == before.dtype, name
        assert list(map(repr, after)) == list(map(repr, before)), name
    pd.testing.assert_frame_equal(opened.frame, run.frame)


async def test_what_cannot_be_held_is_kept_as_text_and_what_is_missing_stays_so() -> None:
    class Office:
        def __str__(self) -> str:
            return "Bürgeramt"

    table = pd.DataFrame(
        {
            "prompt": ["eins", "zwei", "drei"],
            "complex": np.array([1j, complex("nan"), 2]),
            "office": [Office(), None, float("nan")],
            "array": [np.array([1, 2]), np.int64(3), np.float32(0.5)],
        }
    )
    await compared(table)
    kept = open_run("words").plan.table
    assert kept is not None
    assert list(map(repr, kept["complex"])) == ["'1j'", "None", "'(2+0j)'"]
    assert list(map(repr, kept["office"])) == ["'Bürgeramt'", "None", "nan"]
    assert kept["array"].tolist() == [[1, 2], 3, 0.5]


async def test_an_opened_run_scores_nothing_anew_whatever_its_table_holds() -> None:
    asked: list[int] = []

    def counted(row: Row) -> int:
        asked.append(row.prompt_id)
        return len(row.answer)

    scorer = rooms.as_scorer(counted)
    mixed = {name: pd.Series(values, dtype=object) for name, values in columns().items()}
    table = pd.DataFrame({"prompt": ["eins", "zwei", "drei"], "numpy": [np.int64(3), 1j, None], **mixed, **TYPED})
    await (await compared(table)).score(scorer)
    await open_run("words").score(scorer)
    assert asked == [0, 1, 2]
    await (await compared(table)).score(scorer)
    assert asked == [0, 1, 2]


def test_texts_of_values_can_be_read_again_and_stay_the_same() -> None:
    for values in columns().values():
        for value in values:
            assert as_text(from_text(as_text(value))) == as_text(value)
    assert as_text({1, "b", ("c",)}) == as_text({("c",), "b", 1})


def test_errors_whose_words_are_no_unicode_are_kept_with_words_that_are() -> None:
    cell = Cell(0, 0, 0, 0)
    for error, said in (
        (ValueError("halb \ud83d"), "ValueError: halb \\ud83d"),
        (UnreachableError("halb \ud83d", where="\ud83d", advice="warte"), "halb \\ud83d (\\ud83d): warte"),
    ):
        result, kept = encode_result_or_failure(Result(cell, error=error, tries=2))
        assert (result.problem, result.tries) == (said, 2)
        assert kept
    plain = Result(cell, error=ValueError("nein"))
    assert encode_result_or_failure(plain)[0] is plain
    half = encode_result_or_failure(Result(cell, Reply(text="halb \ud83d", finish="stop")))[0]
    assert isinstance(half.error, EngineError)
    assert (half.problem or "").isprintable()
