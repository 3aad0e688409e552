"""Asking the cells of one server, again where an answer broke off or the server failed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import aclosing
from time import monotonic

from workbench.comparison.asking._concurrency import ConcurrencyControl, Snapshot
from workbench.comparison.asking._partial_answer import PartialAnswer
from workbench.comparison.asking._turns import carried_out
from workbench.comparison.asking._warm_up import PROBES, at_once, warm_up
from workbench.comparison.asking._watcher import Watched
from workbench.comparison.plan._candidate import Candidate
from workbench.comparison.plan._dialogue import Dialogue, Question, next_turn, turns
from workbench.comparison.plan._plan import Cell, Plan
from workbench.comparison.results._result import Result
from workbench.connections import Model
from workbench.engines import BREAKER_PAUSE_S, times_busy
from workbench.engines.cassette import asked_for
from workbench.errors import CircuitOpenError, EngineError, ServerError, StreamCutError, StreamGarbledError
from workbench.messages import Piece

# What may go better at the next try, though an answer had begun or the server had failed.
_AGAIN = (StreamCutError, StreamGarbledError, ServerError, CircuitOpenError)
_TRIES = 6
_OPEN_TRIES = 1
_PAUSE_S = 0.05


class Asker:
    """Asks the cells of one server.

    Args:
        plan: What is asked; its prompts are given one by one.
        watched: Who is told of it.
        keep: Called with every result, that of a stopped cell included.
    """

    def __init__(self, plan: Plan, watched: Watched, keep: Callable[[Result], None]) -> None:
        self._plan = plan
        self._watched = watched
        self._keep = keep
        self._given_up: EngineError | None = None
        self._open: set[PartialAnswer] = set()
        self._pieces = 0
        self._ended = 0

    def look(self, candidate: Candidate) -> Snapshot:
        """How the asking goes at this moment."""
        return Snapshot(
            at_s=monotonic(),
            pieces=self._pieces + sum(received.pieces for received in self._open),
            ended=self._ended,
            in_flight=len(self._open),
            waiting=sum(not received.pieces for received in self._open),
            refused=times_busy(candidate.engine.address) if isinstance(candidate, Model) else 0,
        )

    async def warm_up(self, candidate: int) -> None:
        """Warm a model up before anything is timed."""
        chosen = self._plan.candidates[candidate]
        if isinstance(chosen, Model):
            await warm_up(chosen)

    async def flight(self, candidate: int, most: int) -> ConcurrencyControl:
        """How many requests are in flight where nobody says: from what is seen now, where that may be few."""
        chosen = self._plan.candidates[candidate]
        if not isinstance(chosen, Model) or chosen.slots >= PROBES:
            return ConcurrencyControl(chosen.slots, most=most)
        count = await at_once(chosen)
        return ConcurrencyControl(count, most=most, is_found=count < PROBES)

    async def answer(self, cell: Cell, prompt: Question) -> None:
        """Ask a cell until there is a result, and have it kept."""
        for tries in range(1, _TRIES + 1):
            if self._given_up:
                result = Result(cell, error=self._given_up.anew(), tries=tries)
                break
            result = await self._asked(cell, prompt, tries)
            if not isinstance(result.error, _AGAIN) or tries == _TRIES:
                break
            if isinstance(result.error, CircuitOpenError):
                if tries > _OPEN_TRIES:
                    self._given_up = result.error
                    break
                await self._pause(result, BREAKER_PAUSE_S)
            else:
                await self._pause(result, random.uniform(0.5, 1.0) * _PAUSE_S * 2**tries)
        self._keep(result)

    async def _pause(self, result: Result, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self._keep(result)
            raise

    async def _asked(self, cell: Cell, prompt: Question, tries: int) -> Result:
        self._watched.began(cell)
        later = iter([Piece(next_turn(turn)) for turn in turns(prompt)[1:]])
        received = PartialAnswer(tries, max(len(turns(prompt)), 1))
        self._open.add(received)
        try:
            candidate = self._plan.candidate(cell)
            received.model = candidate.name
            stream = carried_out(candidate, prompt) if isinstance(prompt, Dialogue) else candidate.stream(prompt)
            with asked_for(f"repeat {cell.repeat + 1}" if cell.repeat else ""):
                async with aclosing(stream) as pieces:
                    async for piece in pieces:
                        received.add(piece)
                        if self._watched.watcher and (shown := piece if piece.reply is None else next(later, None)):
                            self._watched.piece(cell, shown)
            return received.ended(cell)
        except asyncio.CancelledError:
            self._keep(received.cancelled(cell))
            raise
        except Exception as error:  # noqa: BLE001 - one failing cell must never end a run; its row names the class
            return received.failed(cell, error)
        finally:
            self._open.discard(received)
            self._pieces += received.pieces
            self._ended += 1
