"""One answer is stopped by itself, and the rest of the comparison goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from scripted_model import replied, scripted

from workbench.comparison import Comparison, make_plan
from workbench.comparison.asking._answering import Answering
from workbench.messages import Piece, Request


class Gate:
    """A model that says one word and then waits until it may end."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.begun: list[str] = []
        self.has_begun = asyncio.Condition()
        self.ended_early: list[str] = []

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        prompt = request.messages[-1].content
        async with self.has_begun:
            self.begun.append(prompt)
            self.has_begun.notify_all()
        yield Piece("Ein ")
        try:
            await self.open.wait()
        except (asyncio.CancelledError, GeneratorExit):
            self.ended_early.append(prompt)
            raise
        yield replied("Ein Ende.")


async def begun(gate: Gate, count: int) -> None:
    async with asyncio.timeout(30), gate.has_begun:
        await gate.has_begun.wait_for(lambda: len(gate.begun) >= count)


@pytest.mark.parametrize("name", [None, "kept"])
async def test_it_keeps_what_came_and_its_place_is_taken_by_the_next(
    name: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    gate = Gate()
    plan = make_plan(["eins", "zwei", "drei"], [scripted("x/gate", gate.stream, label="gate")])
    comparison = Comparison(plan, name=name, concurrency=2)
    running = asyncio.create_task(comparison.run())
    await begun(gate, 2)
    comparison.stop_cell(0)
    comparison.stop_cell(0)  # pressed twice
    comparison.stop_cell(2)  # not under way
    await begun(gate, 3)
    assert gate.ended_early == ["eins"]
    gate.open.set()
    run = await running
    assert not run.stopped
    assert [run.text(prompt, 0, 0) for prompt in range(3)] == ["stopped: Ein ", "Ein Ende.", "Ein Ende."]
    assert run.frame["left_out"].tolist()[0] is not None
    comparison.stop_cell(1)  # all is over
    await comparison.successor([0]).run()
    assert str(comparison.result) == "3 of 3 answered"
    assert gate.begun == ["eins", "zwei", "drei", "eins"]


async def test_a_stop_of_all_ends_what_was_stopped_alone_too() -> None:
    gate = Gate()
    comparison = Comparison(make_plan(["eins", "zwei"], [scripted("x/gate", gate.stream)]), concurrency=1)
    running = asyncio.create_task(comparison.run())
    await begun(gate, 1)
    comparison.stop_cell(0)
    comparison.stop()
    run = await asyncio.wait_for(running, 30)
    assert run.stopped
    assert run.counts["answered"] == 0
    assert run.text(0, 0, 0) == "stopped: Ein "


async def test_whoever_cancels_the_whole_is_not_taken_for_a_stop_of_one() -> None:
    answering = Answering()
    outer = asyncio.create_task(answering.carried_out(3, asyncio.sleep(60)))
    await asyncio.sleep(0)
    answering.stop(3)
    outer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await outer
    answering.stop(3)  # nothing is under way any more
