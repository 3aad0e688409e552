"""Scoring the answers of a run: every scorer on every whole answer, into the store of its scores."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._results import Results
from workbench.comparison.scoring._run_rows import Places, rows
from workbench.comparison.scoring._score_rows import RowScore, named_apart, score_rows
from workbench.comparison.scoring._score_store import ScoreStore
from workbench.comparison.scoring._scorer import Row, Score, Scorer
from workbench.comparison.scoring._scores import ScorerScores


class Watcher(Protocol):
    """Who is told how far a scoring is."""

    def scored(self, done: int, total: int) -> None:
        """So many of so many scores are there; some of them may have been kept before."""

    def ended(self) -> None:
        """No more will come, however it ended."""


Watch = Callable[[Callable[[], None]], Watcher]
"""Makes a watcher of a scoring; what it gets ends the scoring, from any thread."""

_watching: list[Watch] = []
_told: list[Callable[[Plan], None]] = []


def watch_scoring(watch: Watch) -> None:
    """Watch every scoring of this process, in place of who watched before."""
    _watching[:] = [watch]


def tell_of_scores(told: Callable[[Plan], None]) -> None:
    """Tell of every scoring of this process that has ended, by the plan of its run, in place of who was told before."""
    _told[:] = [told]


async def score(
    plan: Plan,
    results: Results,
    store: ScoreStore,
    scorers: Sequence[Scorer | Callable[[Row], Any]] | Scorer | Callable[[Row], Any],
    concurrency: int,
) -> None:
    """Score every whole answer, and have the scores stored; what the store knows is not scored again.

    Where a watcher ends it, what was scored until then is stored.

    Raises UsageError for what is not a scorer, and JournalError where the scores cannot be kept.
    """
    chosen = named_apart(scorers)
    places = Places(plan)
    found: list[RowScore] = []
    jobs = results.statuses().get("answered", 0) * len(chosen)
    async with store.scoring(chosen) as (known, keep):
        watched = _Watched(jobs, found)
        work = score_rows(
            rows(plan, results), chosen, concurrency=concurrency, known=known, keep=keep, ended=watched.take
        )
        await watched.carried_out(work)
    said: dict[str, dict[int, dict[str, Score]]] = {scorer.name: {} for scorer in chosen}
    for row, scorer_name, name, one in found:
        said[scorer_name].setdefault(places.cell(row).index, {})[name] = one
    for scorer in chosen:
        store.add(ScorerScores(scorer.name, scorer.better, said[scorer.name]))
    for tell in _told:
        tell(plan)


class _Watched:
    """A scoring that is told to its watchers, which can end it.

    Args:
        total: How many jobs there are.
        found: Takes what was scored.
    """

    def __init__(self, total: int, found: list[RowScore]) -> None:
        self._total, self._found, self._done = total, found, 0
        self._watchers: list[Watcher] = []
        self._stopped = False

    def take(self, scores: list[RowScore]) -> None:
        """Take what came of one job."""
        self._found += scores
        self._done += 1
        for watcher in self._watchers:
            watcher.scored(self._done, self._total)

    async def carried_out(self, work: Coroutine[Any, Any, list[RowScore]]) -> None:
        """Carry it out to its end, or until a watcher ends it."""
        loop, task = asyncio.get_running_loop(), asyncio.create_task(work)

        def stop() -> None:
            self._stopped = True
            loop.call_soon_threadsafe(task.cancel)

        self._watchers = [watch(stop) for watch in _watching]
        try:
            self._found[:] = await task
        except asyncio.CancelledError:
            this = asyncio.current_task()
            if not self._stopped or (this is not None and this.cancelling()):
                raise
        finally:
            for watcher in self._watchers:
                watcher.ended()
