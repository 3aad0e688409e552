"""A comparison that is recorded comes back the same in every column, and says that it was recorded."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from cassettes import no_network, tape
from scripted_model import ScriptedEngine
from slow_server import slow_server

from workbench.comparison.results._result import Result
from workbench.comparison.results._results import Results
from workbench.connections import Model, connect, model
from workbench.engines.cassette import TapedEngine
from workbench.errors import UsageError
from workbench.messages import Piece, Reply, Request, Timing, Usage
from workbench.notebook import compare
from workbench.views.report import report_html


def same(run: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(run.drop(columns="recorded_at"), other.drop(columns="recorded_at"))


async def test_two_thousand_cells_come_back_the_same(tmp_path: Path) -> None:
    asked: list[str] = []

    async def script(request: Request) -> AsyncGenerator[Piece, None]:
        text = request.messages[-1].content
        asked.append(text)
        for word in text.split():
            yield Piece(f"{word} ")
        reply = Reply(text=f"{text} {len(asked)}", finish="stop", usage=Usage(7, 5), timing=Timing(0.1, 0.2, 0.3, 16.0))
        yield Piece(reply=reply)

    models = [Model(name, name, TapedEngine(ScriptedEngine("gpu", script, 8)), 8) for name in ("gpu/a", "gpu/b")]
    prompts = [f"Frage {number}: Wo ist das Amt?" for number in range(500)]
    with tape(tmp_path / "a", "record"):
        told = await compare(prompts, models, repeats=2)
    assert len(told.frame) == 2000
    assert told.frame["recorded_at"].isna().all()
    count = len(asked)
    with tape(tmp_path / "a", "replay") as playing:
        played = await compare(prompts, models, repeats=2)
        assert playing.unused == []
    assert len(asked) == count
    same(told.frame, played.frame)
    assert played.frame["recorded_at"].notna().all()


async def test_what_was_recorded_is_told_wherever_it_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with slow_server(0.01) as server:
        connect("slow", f"{server.address}/v1", kind="openai")
        models = [model("slow/m"), model("slow/m", label="sober", temperature=0)]
        with tape(tmp_path / "a", "record"):
            await compare(["Bonn", "Köln"], models)
    with tape(tmp_path / "a", "replay"), no_network(monkeypatch):
        run = await compare(["Bonn", "Köln"], models)
    await run.score(lambda row: row.answer == "Bonn")
    assert run.recorded == 4
    assert "4 answers were recorded earlier" in str(run.verdict())
    assert "4 Antworten wurden früher aufgezeichnet" in run.verdict().in_words("de")[-1]
    page = report_html(run.frame, run.scores, run.verdict(), language="en")
    assert "4 of the answers and their times were recorded earlier" in page
    live = report_html(run.frame.assign(recorded_at=None), language="en")
    assert "recorded earlier" not in live


async def test_what_was_recorded_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(request: Request) -> AsyncGenerator[Piece, None]:
        yield Piece(reply=Reply(text=request.messages[-1].content, finish="stop"))

    models = [Model(name, name, TapedEngine(ScriptedEngine("gpu", script, 8)), 8) for name in ("gpu/a", "gpu/b")]
    for mode in ("record", "replay"):
        with tape(tmp_path / "a", mode):
            run = await compare(["Bonn", "Köln"], models)
    await run.score(lambda row: row.answer == "Bonn")
    read: list[int] = []

    def several(results: Results, indices: Iterable[int]) -> Iterator[Result | None]:
        chosen = list(indices)
        read.extend(chosen)
        return map(results.get, chosen)

    monkeypatch.setattr(type(run.results), "several", several)
    counts = []
    for _ in range(2):
        assert run.verdict().recorded == 4
        counts.append(len(read))
        read.clear()
    assert counts[0] - counts[1] == 4, "every verdict reads the answers, and only the first counts what was recorded"


async def test_a_cell_that_was_not_recorded_fails_alone(tmp_path: Path) -> None:
    with slow_server(0.01) as server:
        connect("slow", f"{server.address}/v1", kind="openai")
        with tape(tmp_path / "a", "record"):
            await compare(["Bonn"], [model("slow/m")])
        asked = len(server.texts)
        with tape(tmp_path / "a", "replay"):
            run = await compare(["Bonn", "Köln"], [model("slow/m")])
        assert len(server.texts) == asked
    assert run.counts["answered"] == 1
    assert "[-Bonn-] {+Köln+}" in run.frame["error"][1]


async def test_machines_elsewhere_cannot_be_recorded(tmp_path: Path) -> None:
    with tape(tmp_path / "a", "record"), pytest.raises(UsageError, match="cluster"):
        await compare(["Bonn"], [model("embedded")], executor=object())
