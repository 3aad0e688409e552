"""The server bench: its measures on servers whose delays are known, its loads, and real engines."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from cassettes import tape
from scripted_model import scripted

from workbench.connections import Model
from workbench.engines.cassette import read_cassette
from workbench.errors import CassetteMissError, ServerError, UsageError
from workbench.messages import Piece, Reply, Request, Usage
from workbench.serverbench import Bench, benchmark
from workbench.serverbench._load import arrivals
from workbench.serverbench._request import Measured
from workbench.views.charts import load_chart

FIRST_S, GAP_S, TOKENS = 0.1, 0.02, 11


async def steady(request: Request) -> AsyncGenerator[Piece, None]:
    """Answer with known delays."""
    await asyncio.sleep(FIRST_S)
    for number in range(TOKENS):
        if number:
            await asyncio.sleep(GAP_S)
        yield Piece("da ")
    yield Piece(reply=Reply(text="da " * TOKENS, finish="stop", usage=Usage(7, TOKENS)))


async def at_once(request: Request) -> AsyncGenerator[Piece, None]:
    yield Piece("da")
    yield Piece(reply=Reply(text="da", finish="stop", usage=Usage(7, 1)))


class Asked:
    """A model that answers one whole question at once, as the bench first asks."""

    def __init__(self, script: Any) -> None:
        self.model = scripted("x/m", script)
        self.model.engine.ask = self._ask  # type: ignore[method-assign]

    async def _ask(self, request: Request) -> Reply:
        return Reply(text="da", finish="stop")


def made_up(throughput: dict[int, float]) -> Bench:
    """A bench in which so many requests in flight bring so many tokens per second."""
    requests = []
    for load, rate in throughput.items():
        for _ in range(load):
            requests.append(
                Measured(load=load, due_s=0, sent_s=0, first_token_s=0.1, end_s=100 * load / rate, output_tokens=100)
            )
    return Bench("x/m", is_open=False, requests=requests)


async def test_measures_are_what_the_server_does() -> None:
    bench = await benchmark(Asked(steady).model, concurrency=[1, 4], requests=8, within={"first_token_s": 1})
    for row in bench.table.to_dict("records"):
        # Never shorter than what was slept; longer where the machine has other work.
        assert FIRST_S <= row["first_token_s_p50"] < FIRST_S * 1.5
        assert GAP_S <= row["inter_token_s_p50"] < GAP_S * 1.5
        assert row["end_to_end_s_p50"] == pytest.approx(
            row["first_token_s_p50"] + 10 * row["inter_token_s_p50"], rel=0.1
        )
        assert (row["requests"], row["failed"], row["good"]) == (8, 0, 1)
        assert row["output_tokens_per_s"] == pytest.approx(8 * TOKENS / row["duration_s"])
    assert list(bench.table["in_flight"]) == [1, 4]
    assert bench.table["output_tokens_per_s"][1] > 2.5 * bench.table["output_tokens_per_s"][0]


async def test_an_open_loop_does_not_wait_and_counts_from_when_a_request_was_due() -> None:
    """A server with one slot that takes 0.1 s, asked 40 times a second: whoever comes last waits for all before."""
    slot = asyncio.Lock()

    async def one_at_a_time(request: Request) -> AsyncGenerator[Piece, None]:
        async with slot:
            await asyncio.sleep(0.1)
            yield Piece("da")
        yield Piece(reply=Reply(text="da", finish="stop", usage=Usage(7, 1)))

    bench = await benchmark(Asked(one_at_a_time).model, rates=[40], requests=20)
    frame = bench.frame
    assert frame["due_s"].max() < 1.5
    assert (frame["sent_s"] - frame["due_s"]).max() < 0.1
    assert frame["end_to_end_s"].max() > 1
    assert bench.table.columns[0] == "requests_per_s_wanted"


def test_arrivals_are_a_poisson_process() -> None:
    moments = arrivals(5.0, 5000, random.Random(3))
    gaps = np.diff([0.0, *moments])
    assert gaps.mean() == pytest.approx(0.2, rel=0.05)
    assert scipy.stats.kstest(gaps, "expon", args=(0, 0.2)).pvalue > 0.01
    assert moments == arrivals(5.0, 5000, random.Random(3))


@pytest.mark.parametrize(
    ("throughput", "knee"),
    [
        ({1: 50, 2: 100, 4: 200, 8: 210, 16: 211}, 4),
        ({1: 50, 2: 51, 4: 50, 8: 49}, 1),
        ({1: 50, 2: 100, 4: 200, 8: 400}, 8),
    ],
)
def test_the_knee_is_where_more_load_brings_only_longer_waits(throughput: dict[int, float], knee: int) -> None:
    bench = made_up(throughput)
    assert bench.knee == knee
    assert f"Knee at {knee} in flight" in bench.words
    load = "einer einzelnen Anfrage" if knee == 1 else f"{knee} gleichzeitigen Anfragen"
    assert f"Knick bei {load}: {throughput[knee]} Token/s" in bench.in_words("de")
    assert "," in bench.in_words("de").partition("Token nach")[2]


def test_german_sentences_read_well_in_both_loops() -> None:
    closed = made_up({1: 50, 2: 100, 4: 200, 8: 210})
    assert closed.in_words("de") == (
        "Knick bei 4 gleichzeitigen Anfragen: 200 Token/s, erstes Token nach 0,10 s, eine Antwort in 2,00 s (Mediane). "
        "Die meisten Token kamen bei 8 gleichzeitigen Anfragen: 210 Token/s; "
        "eine Antwort dauerte dort 1,9-mal so lange."
    )
    answered = Measured(load=0.5, due_s=0, sent_s=0, first_token_s=0.1, end_s=2, output_tokens=100)
    late = replace(answered, load=1, end_s=10, output_tokens=600)
    failed = replace(late, error="ServerError: out of memory")
    opened = Bench("x/m", is_open=True, requests=[answered, late, failed], limit_met=True)
    assert opened.in_words("de") == (
        "Knick bei 0,5 Anfragen/s: 50 Token/s, erstes Token nach 0,10 s, eine Antwort in 2,00 s (Mediane). "
        "Die meisten Token kamen bei 1 Anfrage/s: 60 Token/s; eine Antwort dauerte dort 5,0-mal so lange. "
        "Fehlgeschlagene Anfragen: 1 von 3. Die Zeit war um, bevor alle Laststufen gemessen waren."
    )
    assert "The most was 60 tokens/s at 1 request/s" in opened.words


async def test_without_loads_they_are_doubled_while_that_pays() -> None:
    slots = asyncio.Semaphore(4)

    async def of_four_slots(request: Request) -> AsyncGenerator[Piece, None]:
        async with slots:
            async for piece in steady(request):
                yield piece

    bench = await benchmark(Asked(of_four_slots).model)
    assert list(bench.table["in_flight"]) == [1, 2, 4, 8]


async def test_failures_are_counted_and_bounds_are_kept() -> None:
    count = 0

    async def every_other(request: Request) -> AsyncGenerator[Piece, None]:
        nonlocal count
        count += 1
        if count % 2:
            raise ServerError("out of memory", where="x")
        async for piece in steady(request):
            yield piece

    bench = await benchmark(Asked(every_other).model, concurrency=[1], requests=8, within={"first_token_s": 1})
    row = bench.table.iloc[0]
    assert (row["requests"], row["failed"], row["good"]) == (8, 4, 0.5)
    assert bench.frame["error"].dropna().str.contains("ServerError: out of memory").all()
    assert "4 of 8 requests failed" in bench.words


async def test_the_time_ends_it_and_what_was_measured_stays() -> None:
    bench = await benchmark(Asked(steady).model, concurrency=[1], requests=1000, limit_s=1)
    assert bench.limit_met
    assert 1 <= len(bench.frame) <= 4
    assert "The time was over" in bench.words


def test_without_an_answer_there_is_no_knee() -> None:
    with pytest.raises(UsageError, match="no whole answer"):
        Bench("x/m", is_open=False, requests=[]).knee  # noqa: B018 - the property raises


@pytest.mark.parametrize(
    "wrong",
    [
        {"concurrency": [0]},
        {"concurrency": [1.5]},
        {"concurrency": []},
        {"concurrency": [2, 2]},
        {"rates": [-1]},
        {"concurrency": [1], "rates": [1]},
        {"requests": 0},
        {"within": {"speed": 1}},
        {"within": {"first_token_s": "1"}},
        {"within": 1},
        {"within": ["first_token_s"]},
        {"concurrency": 0},
        {"concurrency": "4"},
        {"concurrency": True},
        {"rates": float("inf")},
        {"rates": float("nan")},
        {"limit_s": 0},
        {"output_tokens": 0},
        {"output_tokens": "many"},
        {"prompts": []},
        {"prompts": "Hallo"},
        {"prompts": 3},
        {"prompts": pd.Series(["Hallo", None])},
        {"prompts": {"a": "Hallo"}},
    ],
)
async def test_what_cannot_be_measured_is_refused_before_anything_is_sent(wrong: dict[str, Any]) -> None:
    async def never(request: Request) -> AsyncGenerator[Piece, None]:
        raise AssertionError("nothing may be sent")
        yield

    model = scripted("x/m", never)
    with pytest.raises(UsageError):
        await benchmark(model, **wrong)


async def upper(prompt: str) -> str:
    return prompt.upper()


@pytest.mark.parametrize("asked", [upper, ["embedded"], None])
async def test_one_model_is_measured(asked: Any) -> None:
    with pytest.raises(UsageError, match="name one model"):
        await benchmark(asked)


@pytest.mark.parametrize(
    ("given", "loads"),
    [
        ({"concurrency": 4}, [4]),
        ({"concurrency": list(np.array([1, 2]))}, [1, 2]),
        ({"concurrency": pd.Series([1, 2])}, [1, 2]),
        ({"concurrency": np.int64(3)}, [3]),
        ({"rates": 50}, [50]),
        ({"rates": np.array([40.0, 50.0], dtype="float32")}, [40, 50]),
        ({"concurrency": 1, "requests": np.int64(2), "output_tokens": np.int64(4), "limit_s": np.float64(9)}, [1]),
        ({"concurrency": 1, "within": {"first_token_s": np.float64(1)}}, [1]),
    ],
)
async def test_numbers_are_given_one_or_many_and_of_any_kind(given: dict[str, Any], loads: list[float]) -> None:
    bench = await benchmark(Asked(at_once).model, **({"requests": 2} | given))
    assert bench.table.iloc[:, 0].tolist() == loads
    assert all(type(request.load) in (int, float) for request in bench.requests)
    assert list(bench.table["failed"]) == [0] * len(loads)


@pytest.mark.parametrize("given", [pd.Series(["a", "b"]), ("a", "b"), np.array(["a", "b"]), iter(["a", "b"])])
async def test_prompts_are_any_list_of_texts(given: Any) -> None:
    seen = []

    async def seeing(request: Request) -> AsyncGenerator[Piece, None]:
        seen.append(request.messages[-1].content)
        async for piece in at_once(request):
            yield piece

    await benchmark(Asked(seeing).model, prompts=given, concurrency=1, requests=4)
    assert sorted(seen) == ["a", "a", "b", "b"]


@pytest.mark.parametrize("engine", ["embedded", "on_ollama", "on_vllm"])
async def test_real_engines_are_measured(engine: str, request: pytest.FixtureRequest) -> None:
    model: Model = request.getfixturevalue(engine)
    bench = await benchmark(model, concurrency=[1, 2], requests=4, output_tokens=16)
    table = bench.table
    assert list(table["failed"]) == [0, 0]
    assert (table["output_tokens_per_s"] > 0).all()
    assert (table["first_token_s_p50"] < table["end_to_end_s_p50"]).all()
    assert (table["input_tokens_per_s"] > 0).all()
    assert isinstance(bench.frame, pd.DataFrame)
    assert Bench("x/m", is_open=False, requests=[]).in_words("de") == "Keine Antwort ist vollständig."


async def test_what_was_measured_is_played_as_it_was(tmp_path: Path) -> None:
    asked, told = Asked(steady).model, []
    with tape(tmp_path / "a", "record"):
        measured = await benchmark(asked, concurrency=[1, 2], requests=2)
        arriving = await benchmark(asked, rates=[20], requests=2)
    begun = time.perf_counter()
    with tape(tmp_path / "a", "replay"):
        played = await benchmark(asked, concurrency=[1, 2], requests=2, progress=lambda *step: told.append(step))
        assert time.perf_counter() - begun < FIRST_S
        pd.testing.assert_frame_equal(unlabelled(played.frame), unlabelled(measured.frame))
        pd.testing.assert_frame_equal(unlabelled(played.table), unlabelled(measured.table))
        again = await benchmark(asked, rates=[20], requests=2)
        pd.testing.assert_frame_equal(unlabelled(again.frame), unlabelled(arriving.frame))
        with pytest.raises(CassetteMissError):
            await benchmark(asked, concurrency=[1, 2], requests=3)
    assert told == [(1, 1, 2), (1, 2, 2), (2, 1, 2), (2, 2, 2)]
    _, entries = read_cassette(tmp_path / "a.cassette")
    assert [entry.kind for entry in entries] == ["look", "look", "look"]
    assert [list(played.table["recorded_at"]), list(again.table["recorded_at"])] == [
        [entry.at for entry in entries[:2]],
        [entries[2].at],
    ]
    assert set(played.frame["recorded_at"]) == {entry.at for entry in entries[:2]}
    assert measured.frame["recorded_at"].isna().all()


def unlabelled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns="recorded_at")


def test_what_was_recorded_is_said_with_the_figures() -> None:
    requests = [Measured(load=1.0, due_s=0.0, sent_s=0.0, first_token_s=0.1, end_s=0.5, output_tokens=20)] * 2
    now = Bench("x/m", is_open=False, requests=requests)
    then = replace(now, recorded_at={1.0: "2026-11-26T11:19:16.144+00:00"})
    assert (now.recorded, then.recorded) == (0, 2)
    assert then.in_words("en") == f"{now.in_words('en')}\n2 answers were recorded earlier (column recorded_at)"
    assert then.in_words("de").endswith("\n2 Antworten wurden früher aufgezeichnet (Spalte recorded_at)")
    assert "⏺" not in load_chart(now.table, 1, language="de").to_json(ensure_ascii=False)
    assert ", ⏺ aufgezeichnet 2026-11-26 11:19" in load_chart(then.table, 1, language="de").to_json(ensure_ascii=False)


async def test_a_load_that_the_time_ended_is_played_as_ended(tmp_path: Path) -> None:
    asked = Asked(steady).model
    with tape(tmp_path / "a", "record"):
        measured = await benchmark(asked, concurrency=[1, 2], requests=100, limit_s=0.5)
    with tape(tmp_path / "a", "replay"):
        played = await benchmark(asked, concurrency=[1, 2], requests=100)
    assert (played.limit_met, len(played.frame)) == (measured.limit_met, len(measured.frame)) != (False, 0)


async def test_whoever_waits_can_stop_it_and_has_what_was_measured() -> None:
    stop = asyncio.Event()
    asked = Asked(steady).model
    began = time.monotonic()
    bench = await benchmark(
        asked, concurrency=[1, 2], requests=20, progress=lambda _load, done, _count: done == 2 and stop.set(), stop=stop
    )
    assert time.monotonic() - began < 3
    assert len(bench.frame) == 2
    assert bench.limit_met
