"""A verdict and a server bench as tables of a notebook: what is said, in both languages, and nothing that runs."""

from __future__ import annotations

import random
from xml.etree import ElementTree

import pandas as pd
import pytest

from workbench.comparison.statistics import Verdict, verdict
from workbench.errors import UsageError
from workbench.serverbench import Bench
from workbench.serverbench._request import Measured
from workbench.views import bench_table, verdict_table

HOSTILE = '<img src=x onerror="alert(1)">'


def decided(*, better: str = "higher") -> Verdict:
    drawn = random.Random(1)
    right = {HOSTILE: lambda: 1.0, "b": lambda: 0.0, "c": lambda: float(drawn.random() < 0.8)}
    rows = [
        {"prompt_id": number, "model": model, "repeat": 0, "scorer": "exact", "value": value()}
        for number in range(12)
        for model, value in right.items()
    ]
    return verdict(pd.DataFrame(rows), better=better)  # type: ignore[arg-type]


def cells(html: str) -> list[list[str]]:
    """The texts of a table's rows; a table that is not well formed fails."""
    return [["".join(cell.itertext()) for cell in row] for row in ElementTree.fromstring(html).iter("tr")]


def test_each_pair_is_a_row_that_begins_with_the_decision() -> None:
    head, *rows = cells(verdict_table(decided()))
    assert head[:3] == ["Decision", "Model", "Compared with"]
    assert [row[0] for row in rows] == ["◌ undecided", "▲ better", "▲ better"]
    assert rows[0][1:3] == [HOSTILE, "c"]
    assert rows[0][4:] == ["2 / 0 / 10", "0.500", "33"]
    assert rows[1][3].startswith("1.000 (0.")


def test_a_verdict_is_told_in_german_with_decimal_commas() -> None:
    html = verdict_table(decided(better="lower"), "de")
    (head, *rows), words = cells(html), "".join(ElementTree.fromstring(html).itertext())
    assert head[0] == "Urteil"
    assert [row[0] for row in rows] == ["▲ besser", "▲ besser", "◌ offen"]
    assert "Niedrigere Werte sind besser." in words
    assert "0,500" in rows[2]


def test_a_pair_without_a_common_prompt_says_so_and_what_does_not_count_is_counted() -> None:
    rows = [
        {"prompt_id": 0, "model": "a", "value": 1.0},
        {"prompt_id": 1, "model": "b", "value": 1.0},
        {"prompt_id": 1, "model": "a", "value": None},
    ]
    html = verdict_table(verdict(pd.DataFrame(rows).assign(repeat=0, scorer="exact")))
    ((_, row), words) = cells(html), "".join(ElementTree.fromstring(html).itertext())
    assert row[3] == "no prompt has a score of both"
    assert "1 cell does not count" in words


def bench(*, is_open: bool = False, broken: bool = False) -> Bench:
    def request(load: float, number: int) -> Measured:
        due = number * load
        return Measured(
            load=load,
            due_s=due,
            sent_s=due,
            first_token_s=None if broken else load / 20,
            end_s=due + load,
            output_tokens=0 if broken else 20,
            error=HOSTILE if broken else None,
        )

    requests = [request(load, number) for load in (1.0, 4.0) for number in range(4)]
    return Bench(HOSTILE, is_open, requests, within={"first_token_s": 0.1} if is_open else {})


def test_each_load_is_a_row_and_the_knee_is_marked() -> None:
    html = bench_table(bench())
    head, first, second = cells(html)
    assert head[:3] == ["In flight", "Tokens/s", "First token, median"]
    assert first == ["knee 1", "20.0", *["0.05\N{NO-BREAK SPACE}s"] * 3, "1.00\N{NO-BREAK SPACE}s", "4", "0", "0"]
    assert second[0] == "4"
    assert HOSTILE in "".join(ElementTree.fromstring(html).itertext())
    assert "Knee at 1 in flight" in html


def test_an_open_loop_tells_what_kept_within_the_bounds() -> None:
    head, first, second = cells(bench_table(bench(is_open=True), "de"))
    assert (head[0], head[-1]) == ("Anfragen/s", "Innerhalb der Grenzen")
    assert (first[-1], second[-1]) == ("100\N{NO-BREAK SPACE}%", "0\N{NO-BREAK SPACE}%")
    assert first[0] == "Knick 1"
    assert first[5] == "1,00\N{NO-BREAK SPACE}s"


def test_a_bench_without_a_whole_answer_has_no_knee() -> None:
    _, first, _ = cells(bench_table(bench(broken=True)))
    assert first[0] == "1"
    assert first[2] == ""
    assert first[7] == "4"


def test_a_language_that_no_view_speaks_is_refused() -> None:
    with pytest.raises(UsageError, match="must be 'en' or 'de'"):
        bench_table(bench(), "fr")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="must be 'en' or 'de'"):
        verdict_table(decided(), "fr")  # type: ignore[arg-type]
