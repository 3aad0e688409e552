"""Asking cells of a comparison again: those without an answer, while it runs and afterwards, and nothing twice."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.comparison import Cell, Comparison, Result, make_plan, open_run
from workbench.messages import Piece

ASKED: list[str] = []
BEGUN = asyncio.Event()


async def works(prompt: str) -> str:
    ASKED.append(f"works {prompt}")
    BEGUN.set()
    await asyncio.sleep(0.2)
    return f"ja {prompt}"


async def flaky(prompt: str) -> str:
    ASKED.append(f"flaky {prompt}")
    if os.environ["WORKBENCH_TEST_BROKEN"]:
        raise ValueError("nicht jetzt")
    return f"doch {prompt}"


MODELS = {"works": works, "flaky": flaky}


@pytest.fixture(autouse=True)
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A folder of its own, and a server that fails; what is asked is counted."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKBENCH_TEST_BROKEN", "yes")
    ASKED.clear()
    BEGUN.clear()
    return monkeypatch


@pytest.mark.parametrize("name", ["offices", None])
@pytest.mark.parametrize("journal", ["", "off"])
async def test_what_failed_is_asked_once_more_and_the_first_run_has_it(
    broken: pytest.MonkeyPatch, name: str | None, journal: str
) -> None:
    broken.setenv("WORKBENCH_JOURNAL", journal)
    first = Comparison(make_plan(["a", "b"], MODELS), name=name)
    run = await first.run()
    assert run.summary == "2 of 4 answered, 2 failed"
    broken.setenv("WORKBENCH_TEST_BROKEN", "")
    ASKED.clear()
    second = first.successor([3])
    await second.run()
    assert ASKED == ["flaky b"]
    assert run.summary == "3 of 4 answered, 1 failed"
    third = first.successor([0, 1, 3])
    await third.run()
    assert ASKED == ["flaky b", "flaky a"]
    assert run.table.to_numpy().tolist() == [["ja a", "doch a"], ["ja b", "doch b"]]
    if kept := first.name:
        assert open_run(kept).summary == "4 of 4 answered"


async def test_what_is_wished_while_it_runs_is_asked_when_all_else_is_done(broken: pytest.MonkeyPatch) -> None:
    comparison = Comparison(make_plan(["a", "b"], MODELS))
    assert not comparison.ask_again([1])

    class Wishing:
        def began(self, cell: Cell) -> None: ...

        def piece(self, cell: Cell, piece: Piece) -> None: ...

        def ended(self, cell: Cell, result: Result) -> None:
            if result.status == "failed" and cell.index == 1:
                broken.setenv("WORKBENCH_TEST_BROKEN", "")
                assert comparison.ask_again([1])

    comparison.watch(Wishing())
    run = await comparison.run()
    assert sorted(ASKED[:-1]) == ["flaky a", "flaky b", "works a", "works b"]
    assert ASKED[-1] == "flaky a"
    assert run.text(0, 1, 0) == "doch a"
    assert not comparison.ask_again([1])


async def test_a_stop_ends_what_is_asked_again(broken: pytest.MonkeyPatch) -> None:
    first = Comparison(make_plan(["a", "b"], {"works": works}))
    first.stop()
    run = await first.run()
    second = first.successor([0, 1])
    task = asyncio.create_task(second.run())
    await asyncio.wait_for(BEGUN.wait(), 30)
    second.stop()
    await task
    assert run.counts["answered"] == 0
    assert run.counts["stopped"] >= 1
