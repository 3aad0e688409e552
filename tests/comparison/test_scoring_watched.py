"""A scoring that is watched: what is told of it, and that who watches can end it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from scripted_model import replied, scripted

from workbench.comparison import Comparison, Row, Run, make_plan
from workbench.comparison.scoring import _score_run, watch_scoring
from workbench.messages import Request


async def bonn(request: Request):  # type: ignore[no-untyped-def]
    yield replied("Bonn")


class Watching:
    """Notes what it is told, and ends the scoring after so many scores."""

    def __init__(self, stop: Callable[[], None], after: int) -> None:
        self.stop, self.after = stop, after
        self.told: list[tuple[int, int]] = []
        self.is_over = False

    def scored(self, done: int, total: int) -> None:
        self.told.append((done, total))
        if done == self.after:
            self.stop()

    def ended(self) -> None:
        self.is_over = True


@pytest.fixture
async def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(_score_run, "_watching", [])
    plan = make_plan(["eins", "zwei", "drei", "vier"], [scripted("x/m", bonn)])
    return await Comparison(plan).run()


async def patient(row: Row) -> bool:
    await asyncio.sleep(0.01)
    return True


async def short(row: Row) -> bool:
    return len(row.answer) < 9


def watched(after: int) -> list[Watching]:
    made: list[Watching] = []
    watch_scoring(lambda stop: made.append(Watching(stop, after)) or made[-1])  # type: ignore[func-returns-value]
    return made


async def test_every_score_is_told(run: Run) -> None:
    made = watched(after=0)
    await run.score([patient, short])
    assert made[0].told == [(done, 8) for done in range(1, 9)]
    assert made[0].is_over


async def test_who_watches_can_end_it_and_what_was_scored_stays(run: Run) -> None:
    made = watched(after=2)
    scores = await run.score(patient, concurrency=1)
    assert scores["value"].notna().sum() == 2
    assert made[0].is_over


async def test_who_waits_can_end_it_as_before(run: Run) -> None:
    made = watched(after=0)
    scoring = asyncio.create_task(run.score(patient, concurrency=1))
    await asyncio.sleep(0.015)
    scoring.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scoring
    assert made[0].is_over
    assert run.scores.empty
