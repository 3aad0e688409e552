"""Carrying out a plan: what has no answer yet is asked, and each answer is kept before it counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

from workbench.arguments import as_whole
from workbench.comparison.asking._watcher import Watched, Watcher
from workbench.comparison.card._card import RunCard
from workbench.comparison.journal._copy import Copy, new_copy
from workbench.comparison.journal._journal import Journal
from workbench.comparison.journal._keys import Keys
from workbench.comparison.journal._lock import Lock
from workbench.comparison.journal._results import JournalResults
from workbench.comparison.journal._unnamed import DELIVERED, NAMED, Kept, are_kept, found_journal, is_unnamed, warn_of
from workbench.comparison.journal._writer import Writer
from workbench.comparison.plan._identity import as_listed, digests_of, listed_models
from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._encoding import decode_asked, encode_plan
from workbench.comparison.results._result import Result
from workbench.comparison.results._results import MemoryResults, Results
from workbench.comparison.run._carded import carded, kept_card
from workbench.comparison.run._dispatch import Dispatch
from workbench.comparison.run._run import Run
from workbench.comparison.run._wanted import Wanted
from workbench.comparison.scoring._score_store import JournalScores, MemoryScores, ScoreStore
from workbench.comparison.scoring._vote_store import JournalVotes, UnkeptVotes, VoteStore
from workbench.engines import undisturbed
from workbench.engines.cassette import current
from workbench.errors import JournalError, UsageError
from workbench.model_info import ModelInfo

_LOOK_AGAIN_S = 0.1


class Comparison:
    """A plan that is carried out once.

    Args:
        plan: What is to be asked.
        concurrency: How many requests are kept in flight on each server; None takes what a server is known to take at
            once, and finds out where that is not known; of a function eight calls.
        name: Keeps every finished cell in the journal of this name, beside the notebook: the same call asks only what
            is not answered there yet. None keeps them under a name of its own, unless that is switched off.
        executor: A Dask client whose workers ask the servers; None asks them from here.
        stem: What the name of its own says beside date and time; the first candidate's label if it is empty.
        resumed: The file of a comparison without a name, as `unfinished` finds it, that is gone on with.
        journal: The file of a journal that is gone on with, instead of that of a name.
        only: The cells that are asked, by index; None asks all. What has an answer is not asked again.
        anew: Those of them that are asked though they have an answer. It stays until there is another one, and then
            is kept as an earlier answer, with all that was said of it; a failure or a stop changes nothing.
        into: A run of the same plan that gets what comes, too.

    Raises:
        UsageError: If `concurrency` is not a whole number from 1, the name cannot be a file's, or the executor is
            not a Dask client.

    >>> import asyncio
    >>> from workbench.comparison import make_plan
    >>> comparison = Comparison(make_plan("Was ist ein Amt?", "embedded", max_tokens=3))
    >>> asyncio.run(comparison.run())
    1 of 1 answered
    """

    def __init__(
        self,
        plan: Plan,
        *,
        concurrency: int | None = None,
        name: str | None = None,
        executor: Any = None,
        stem: str = "",
        resumed: Path | None = None,
        journal: Path | None = None,
        only: Collection[int] | None = None,
        anew: Collection[int] = (),
        into: Run | None = None,
    ) -> None:
        self.plan = plan
        self._path = found_journal(name) if name is not None else journal
        self._stem = stem or plan.candidates[0].label
        self._resumed = resumed
        self._wanted = Wanted(only, anew)
        self._takes_wishes = False
        self._into = into
        self._executor = executor
        self._concurrency = None if concurrency is None else as_whole("concurrency=", concurrency, 1)
        if executor is not None and current() is not None:
            raise UsageError(
                "what a cluster asks is neither recorded nor played",
                advice="leave executor= out, or eject the cassette",
            )
        self._watched = Watched()
        self._dispatch = Dispatch(plan, self._watched, self._concurrency, executor, self._wants)
        self._announce: Callable[[Kept], None] = warn_of
        self._memory = MemoryResults()
        self._results: Results = self._memory
        self._scores: ScoreStore = MemoryScores()
        self._votes: VoteStore = UnkeptVotes()
        self._copy: Copy | None = None
        self._journal: Journal | None = None
        self._card: RunCard | None = None
        self._keep: Callable[[Result], None] = self._keep_in_memory
        self._writer: Writer | None = None
        self._unkept: JournalError | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = False
        self._ended = False

    def watch(self, watcher: Watcher) -> None:
        """Set the watcher that sees it while it runs."""
        self._watched.watcher = watcher

    def announce(self, tell: Callable[[Kept], None]) -> None:
        """Set what is called with where it is kept without a name, or why it is not; else the latter is a warning."""
        self._announce = tell

    def deliver(self) -> None:
        """Mark the results as delivered where they were wanted, so that the same call begins anew.

        Of a comparison without a name; one with a name always goes on, and what cannot be noted costs nothing.
        """
        if self._copy is not None:
            with suppress(JournalError), closing(Journal(self._copy.path)) as journal:
                journal.mark(DELIVERED)

    def ask_again(self, cells: Iterable[int]) -> bool:
        """Ask cells again when all else is done, in its own loop, be they answered or not; False where nothing runs."""
        takes = self._takes_wishes and not (self._stopped or self._ended)
        if takes:
            self._wanted.later(self._results, cells)
        return takes

    def successor(self, cells: Collection[int] = (), anew: Collection[int] = ()) -> Comparison:
        """Make a comparison that asks some cells again once this one is over, for the same journal and `result`.

        Args:
            cells: What is asked if it has no answer.
            anew: What is asked even if it has one.
        """
        path = self._copy.path if self._copy is not None else None
        left = {index for index in cells if self._results.status(index) != "answered"}
        found = Comparison(
            self.plan,
            concurrency=self._concurrency,
            executor=self._executor,
            resumed=path,
            journal=self._path,
            only=left.union(anew),
            anew=anew,
            into=self.result,
        )
        found._stem = self._stem
        return found

    @property
    def name(self) -> str:
        """The name under which it is kept, once it runs; "" where it is not kept."""
        if self._copy is not None:
            return self._copy.path.stem
        return self._path.stem if self._path is not None else ""

    @property
    def result(self) -> Run:
        """What there is until now, or the run that gets what comes; complete once `run` has returned."""
        if self._into is not None:
            return self._into
        return Run(
            self.plan,
            self._results,
            self._stopped,
            dict(self._dispatch.in_flight),
            self._scores,
            self._votes,
            self._card,
        )

    async def run(self) -> Run:
        """Ask every cell that has no answer yet, and return the results.

        Returns:
            The run. A cell that fails is a row with its error; after `stop` the cells that were not asked are missing.

        Raises:
            UsageError: If it was carried out before.
            JournalError: If the journal cannot be used; what was answered is on its `run`.
            asyncio.CancelledError: If the awaiting task is cancelled; `result` then holds what was answered.
        """
        if self._loop is not None:
            raise UsageError("this comparison was carried out before", advice="make another of the same plan")
        self._loop = asyncio.get_running_loop()
        try:
            with undisturbed():
                await (self._ask_unnamed() if self._path is None else self._ask_what_is_new(self._path))
        except asyncio.CancelledError:
            self._stopped = True
            raise
        finally:
            self._ended = True
        if self._unkept is not None:
            raise JournalError(
                self._unkept.what, where=self._unkept.where, advice=self._unkept.advice, run=self.result
            ) from None
        return self.result

    def stop(self) -> None:
        """Stop: servers stop generating, what was answered stays. May be called from any thread, and repeatedly."""
        if not self._ended:
            self._stopped = self._dispatch.stopped = True
            self._soon(self._dispatch.cancel)

    def stop_cell(self, index: int) -> None:
        """Stop the answer to one cell, if it is under way, from any thread; on a cluster only all stop together."""
        self._soon(self._dispatch.stop_cell, index)

    def _soon(self, do: Callable[..., object], *arguments: object) -> None:
        if self._loop is not None and not self._ended:
            with suppress(RuntimeError):  # the loop closed meanwhile, so nothing runs any more
                self._loop.call_soon_threadsafe(do, *arguments)

    async def _taken(self, path: Path) -> Lock | None:
        """The lock of a journal, once it is free; None if it is stopped meanwhile."""
        lock = Lock(path)
        while not lock.take():
            if self._stopped:
                return None
            await asyncio.sleep(_LOOK_AGAIN_S)
        return lock

    async def _ask_what_is_new(self, path: Path) -> None:
        """Ask what the journal does not hold, and keep what comes there; one comparison at a time for each journal."""
        if (lock := await self._taken(path)) is None:
            return
        try:
            self._journal = journal = Journal(path)
            listed = await listed_models(self.plan.candidates)
            digests = self._digests(journal, listed)
            journal.keep_plan(encode_plan(self.plan, digests))
            if is_unnamed(path):
                journal.mark(NAMED)
            keys = Keys(self.plan, digests)
            self._results = results = JournalResults(self.plan, keys, journal)
            self._scores = JournalScores(self.plan, results, keys, journal)
            self._votes = JournalVotes(self.plan, keys, journal)
            self._show_known(results)
            await self._ask_written(Writer(results, journal, self._landed, self._journal_failed), listed)
        finally:
            lock.release()

    def _digests(self, journal: Journal, listed: Mapping[str, ModelInfo]) -> dict[str, str]:
        """The fingerprints of the models' files: as servers tell them now, or else as they are kept.

        Raises UsageError where cells of a run are asked again of files that are not those that answered: what is kept
        of the others would not belong to the plan any more.
        """
        before, told = journal.plan(), digests_of(listed)
        with journal.understood():
            known = decode_asked(before)[1] if before else {}
        for name in dict.fromkeys(as_listed(one.name) for one in self.plan.candidates):
            if self._into is not None and known.get(name) != told.get(name, known.get(name)):
                raise UsageError(
                    f"the files of {name} are not those any more that answered",
                    advice="call wb.compare with the same name, which asks all of them again, or wb.rerun",
                )
        return known | told

    def _show_known(self, results: Results) -> None:
        """Give the watcher what was answered before, unless that is known, as only some cells are asked again."""
        for index in results:
            if self._watched.watcher is None or not self._wanted.are_all:
                return
            if results.status(index) == "answered":
                self._watched.ended(results[index])

    def _journal_failed(self, error: JournalError) -> None:
        self._unkept = error
        self._dispatch.cancel()

    async def _ask_unnamed(self) -> None:
        """Ask all that is not known yet, with a copy of every answer in a journal, where one can be made."""
        lock = None
        if self._resumed is not None and (lock := await self._taken(self._resumed)) is None:
            return
        if lock is None and not are_kept():
            await self._ask_unkept()
            return
        listed = await listed_models(self.plan.candidates)
        try:
            copy = self._opened_copy(listed, lock)
        except (JournalError, UsageError) as error:
            if self._into is not None and isinstance(error, UsageError):
                raise
            self._announce(Kept(problem=str(error)))
            await self._ask_all(listed)
            return
        try:
            self._results = self._copy = copy
            self._journal = copy.journal
            self._announce(Kept(copy.path.stem, str(copy.path.parent)))
            self._show_known(copy)
            await self._ask_written(Writer(copy, copy.journal, self._landed, self._copy_failed), listed)
        finally:
            copy.close()

    def _opened_copy(self, listed: Mapping[str, ModelInfo], lock: Lock | None) -> Copy:
        """The copy that is gone on with, whose lock is taken, or a new one. Raises JournalError or UsageError."""
        if self._resumed is None or lock is None:
            return new_copy(self.plan, digests_of(listed), self._stem)
        with ExitStack() as on_failure:
            on_failure.callback(lock.release)
            with closing(Journal(self._resumed)) as journal:
                digests = self._digests(journal, listed)
            on_failure.pop_all()
        return Copy(self.plan, digests, self._resumed, lock)

    def _copy_failed(self, error: JournalError) -> None:
        self._announce(Kept(problem=str(error)))

    async def _ask_written(self, writer: Writer, listed: Mapping[str, ModelInfo]) -> None:
        """Ask, and have a writer keep what comes."""
        self._keep, self._writer = writer.put, writer
        try:
            await self._ask_all(listed)
        finally:
            await writer.close()

    async def _ask_unkept(self) -> None:
        """Ask all; only servers of several models are asked first which of them they hold at the same time."""
        names: dict[str, set[str]] = {}
        for candidate in self.plan.candidates:
            names.setdefault(candidate.connection, set()).add(candidate.name)
        several = [one for one in self.plan.candidates if len(names[one.connection]) > 1]
        await self._ask_all(await listed_models(several))

    async def _ask_all(self, listed: Mapping[str, ModelInfo]) -> None:
        """All servers at once, each in groups of candidates for which it exchanges no models; the card beside it."""
        if not self._dispatch.is_due:
            self._card = kept_card(self._journal) if self._journal is not None else None
            return
        async with carded(self.plan, digests_of(listed), self._journal, self._carded, lambda: self._stopped):
            self._takes_wishes = True
            await self._dispatch.ask(listed, self._came, self._written)
            while not self._stopped and self._wanted.has_more():
                await self._dispatch.ask(listed, self._came, self._written)
            self._takes_wishes = False

    def _carded(self, card: RunCard) -> None:
        self._card = card

    def _wants(self, index: int) -> bool:
        return self._wanted.holds(self._results, index)

    def _came(self, result: Result) -> None:
        """Have a result kept; where an answer was there already, only another answer takes its place."""
        if self._wanted.is_anew(result.cell.index) and result.status != "answered":
            self._wanted.done(result.cell.index)
            self._watched.ended(result)
        else:
            self._keep(result)

    async def _written(self) -> None:
        if self._writer:
            await self._writer.written()

    def _keep_in_memory(self, result: Result) -> None:
        self._memory.add(result)
        self._landed(result)

    def _landed(self, result: Result) -> None:
        index = result.cell.index
        if self._wanted.is_anew(index):
            self._wanted.done(index)
            self._scores.supersede(index)
            if self._into is not None:
                self._into._scores.supersede(index)
        if self._into is not None:
            self._into.results.take(result)
        self._watched.ended(result)
