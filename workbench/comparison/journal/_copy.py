"""A journal that nobody asked for: a copy of the answers in memory, whose failure costs nothing but itself."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from workbench.comparison.journal._journal import Entry, Journal
from workbench.comparison.journal._keys import Keys
from workbench.comparison.journal._lock import Lock
from workbench.comparison.journal._results import JournalResults
from workbench.comparison.journal._unnamed import (
    DELIVERED,
    are_kept,
    new_journal,
    remove,
    unnamed_folders,
    unnamed_paths,
)
from workbench.comparison.plan._identity import model_digests
from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._encoding import asks_the_same, encode_plan, encode_result_or_failure
from workbench.comparison.results._result import Result
from workbench.comparison.results._results import MemoryResults
from workbench.errors import JournalError, UsageError


class Copy(MemoryResults):
    """Answers in memory, of which each is in a journal too before it counts.

    Args:
        plan: The plan.
        digests: Fingerprints of the models' files.
        path: The file of the journal. What it holds is there from the beginning.
        lock: Its lock, which is taken; `close` lets go of it, and so does a failure.

    Raises:
        JournalError: If it cannot be used.
        UsageError: If the plan cannot be kept.
    """

    path: Path

    def __init__(self, plan: Plan, digests: Mapping[str, str], path: Path, lock: Lock) -> None:
        super().__init__()
        self.path = path
        self._lock = lock
        with ExitStack() as on_failure:
            on_failure.callback(lock.release)
            self._keys = Keys(plan, digests)
            self.journal = Journal(path)
            on_failure.callback(self.journal.close)
            self.journal.keep_plan(encode_plan(plan, digests))
            known = JournalResults(plan, self._keys, Journal(path))
            earlier = known.earlier_counts()
            for index in known:
                for result in known.earlier(index) if index in earlier else ():
                    self.add(result)
                self.add(known[index])
            on_failure.pop_all()

    def entry(self, result: Result) -> tuple[Result, Entry]:
        """A result, and how the journal keeps it; one that cannot be written down stays whole in memory."""
        written, kept = encode_result_or_failure(result)
        is_another = self.status(result.cell.index) == "answered"
        return result, Entry(self._keys[result.cell], written.status, kept, is_another)

    def landed(self, result: Result) -> None:
        """A result is in the journal."""
        self.add(result)

    def lost(self, result: Result) -> None:
        """A result could not be kept."""
        self.add(result)

    def close(self) -> None:
        """Close the journal and free its lock for others."""
        self.journal.close()
        self._lock.release()


def new_copy(plan: Plan, digests: Mapping[str, str], stem: str) -> Copy:
    """A copy in the first folder where one can be made. Raises JournalError, or UsageError, where there is none."""
    problem = JournalError("there is no folder for it")
    for folder in unnamed_folders():
        try:
            path, lock = new_journal(folder, stem)
        except JournalError as error:
            problem = error
            continue
        try:
            return Copy(plan, digests, path, lock)
        except JournalError as error:
            problem = error
            _remove(path)
        except UsageError:
            _remove(path)
            raise
    raise problem


def _remove(path: Path) -> None:
    """Delete what a journal has left that could not be made."""
    with suppress(OSError):
        remove(path)


async def unfinished(plan: Plan) -> Path | None:
    """Find the newest comparison without a name that asked the same, does not run, and was not delivered.

    Args:
        plan: What is to be asked.
    """
    if not are_kept():
        return None
    digests = await model_digests(plan.candidates)
    for path in reversed(unnamed_paths()):
        # What others wrote into a file fails in every way; nobody can go on with it.
        with suppress(Exception):
            if _is_unfinished(path, plan, digests):
                return path
    return None


def _is_unfinished(path: Path, plan: Plan, digests: Mapping[str, str]) -> bool:
    lock = Lock(path)
    if not lock.take():
        return False
    try:
        journal = Journal(path)
        try:
            kept = journal.plan()
            with journal.understood():
                return kept is not None and DELIVERED not in journal.marks() and asks_the_same(kept, plan, digests)
        finally:
            journal.close()
    finally:
        lock.release()
