"""What is seen of a comparison: a live view that stays when it is over, and a table for whoever has no kernel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from weakref import WeakValueDictionary

from IPython.core.getipython import get_ipython

from workbench.comparison import Cell, Comparison, Kept, Plan, Result, Run
from workbench.comparison.scoring import tell_of_scores
from workbench.engines.cassette import as_recorded, call
from workbench.errors import CassetteMissError, WorkbenchError
from workbench.language import Language, usual_language
from workbench.messages import Piece, Reply
from workbench.notebook._details import again_marks, details, marks
from workbench.notebook._kept import kept_line, print_once
from workbench.notebook._place import show_in_place
from workbench.notebook._shown import progress, published, timed_note, unfinished
from workbench.texts import line
from workbench.views import CompareView, Figures, Headway, answer_words, words
from workbench.views._numbers import seconds


async def carried_out(comparison: Comparison) -> Run:
    """Carry out a comparison: in a notebook with a live view, elsewhere with a line on where it is kept."""
    if get_ipython() is not None:
        return await _Seen(comparison, asyncio.get_running_loop()).run()
    comparison.announce(lambda kept: print_once(kept, usual_language()))
    return await comparison.run()


_seen: WeakValueDictionary[int, _Seen] = WeakValueDictionary()
"""The comparisons that have a view, by the identity of their plan, which lives as long as they do."""


def show_scores() -> None:
    """Show in the live view of a run what its answers were scored, whenever they are."""
    if get_ipython() is not None:
        tell_of_scores(_show_scores_of)


def _show_scores_of(plan: Plan) -> None:
    if (seen := _seen.get(id(plan))) is not None:
        seen.show_scores()


async def carried_out_again(comparison: Comparison, cells: Sequence[int]) -> Run:
    """Carry out a comparison that asks cells of a run again; the live view shows all of the run.

    Args:
        comparison: The comparison.
        cells: What is asked.
    """
    if get_ipython() is None:
        return await comparison.run()
    seen = _Seen(comparison, asyncio.get_running_loop())
    seen.show_known(cells)
    return await seen.run()


class _Seen:
    """A comparison with a live view, which goes on where cells are asked again; below it lies the table that is saved.

    A page that was loaded anew in the meantime does not know the output, and so has the view without the table.
    """

    def __init__(self, comparison: Comparison, loop: asyncio.AbstractEventLoop) -> None:
        language, plan = usual_language(), comparison.plan
        headway = Headway((one.connection for one in plan.candidates), len(plan) // len(plan.candidates))
        self._view = CompareView(
            [plan.prompt_text(number) for number in range(len(plan.prompts))],
            [candidate.label for candidate in plan.candidates],
            plan.repeats,
            stop=lambda: self._current.stop(),
            headway=lambda: headway.line(language),
            details=lambda index: details(comparison.result, index, language),
            again=lambda cells: self._soon(self._ask_again, cells),
            anew=lambda cells: self._soon(self._ask_anew, cells),
            code=lambda: comparison.result.code_in(language),
            stop_cell=lambda index: self._current.stop_cell(index),
            rate=self._rated,
            language=language,
        )
        self._first = self._current = comparison
        self._loop = loop
        self._language: Language = language
        self._watcher = _Watcher(self._view, headway, language, lambda: comparison.result)
        self._one_by_one = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._queued: set[int] = set()  # cells whose turn comes when what runs now is over
        self._ratings: dict[int, tuple[bool | None, str]] = {}
        self._output = show_in_place(self._view, unfinished(plan, language), repr(self._view))
        _seen[id(plan)] = self

    async def run(self) -> Run:
        """Carry the comparison out."""
        async with self._one_by_one:
            return await self._carried_out(self._first)

    async def _carried_out(self, comparison: Comparison) -> Run:
        comparison.watch(self._watcher)
        comparison.announce(self._announce)
        start = perf_counter()
        try:
            return await comparison.run()
        finally:
            self._watcher.over(self._queued)
            run = self._first.result
            self._show_ratings(run)
            self.show_scores()
            taken = _seconds_taken(perf_counter() - start)
            summary = self._view.finish(f"{progress(run, self._language)} · {seconds(taken, self._language)}")
            self._output.keep(self._view, *published(run, self._language, summary))

    def _rated(self, index: int, good: bool | None, comment: str) -> None:
        """Keep what somebody thinks of an answer, and show it in all views; where that fails, what is kept and why."""
        run = self._first.result
        cell = run.plan.cell_at(index)
        try:
            run.rate(cell.prompt, run.plan.candidates[cell.candidate].label, good, comment, repeat=cell.repeat)
            self._ratings[index] = (good, comment)
        except WorkbenchError as error:
            self._view.remark(line(str(error)))
        self._view.rated(index, *self._ratings.get(index, (None, "")))

    def _show_ratings(self, run: Run) -> None:
        with suppress(WorkbenchError):  # the journal cannot be read, which is said elsewhere
            self._ratings.clear()
            for index, rating in run.ratings.items():
                self._ratings[index] = (None if rating.value is None else bool(rating.value), rating.note)
                self._view.rated(index, *self._ratings[index])

    def show_scores(self) -> None:
        """Show what the answers were scored, with what was kept of earlier sessions; ratings are shown apart."""
        with suppress(WorkbenchError):  # the journal cannot be read, which is said elsewhere
            self._view.scored(self._first.result.score_values)

    def _announce(self, kept: Kept) -> None:
        if told := kept_line(kept, self._language):
            self._view.remark(told)

    def show_known(self, cells: Sequence[int]) -> None:
        """Show all that there is of the run, and that these cells are to be asked again."""
        run = self._first.result
        self._watcher.earlier.update(run.results.earlier_counts())
        for result in run.results.values():
            self._watcher.ended(result.cell, result)
        self._show_ratings(run)
        for index in cells:
            self._watcher.again(run.plan.cell_at(index))

    def _soon(self, ask: Callable[[Sequence[int]], None], cells: Sequence[int]) -> None:
        """Ask cells again, wherever this is called."""
        with suppress(RuntimeError):  # the loop is closed, as of a script that has ended
            self._loop.call_soon_threadsafe(ask, cells)

    def _ask_again(self, cells: Sequence[int]) -> None:
        """Ask those that have no answer."""
        self._ask([index for index in cells if not self._watcher.is_answered(index)])

    def _ask_anew(self, cells: Sequence[int]) -> None:
        """Ask those that have an answer."""
        self._ask([index for index in cells if self._watcher.is_answered(index)])

    def _ask(self, cells: Sequence[int]) -> None:
        wanted = [index for index in cells if not self._watcher.waits(index)]
        if wanted and not self._current.ask_again(wanted):
            self._queued.update(wanted)
            task = self._loop.create_task(self._asked_again(wanted))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        for index in wanted:
            self._watcher.again(self._first.plan.cell_at(index))

    async def _asked_again(self, cells: Sequence[int]) -> None:
        async with self._one_by_one:
            self._queued.difference_update(cells)
            self._view.go_on()
            answered = [index for index in cells if self._watcher.is_answered(index)]
            self._current = self._first.successor(cells, anew=answered)
            try:
                await self._carried_out(self._current)
            except WorkbenchError as error:
                self._view.go_on()
                self._view.remark(line(str(error)))
                self._view.finish(progress(self._first.result, self._language))


def _seconds_taken(taken: float) -> float:
    """How many seconds a comparison has taken; where it is played, when it was recorded."""
    with suppress(CassetteMissError):  # it was recorded where nothing is seen
        return as_recorded(call("look", "", "", "seconds compared"), taken, float)
    return taken


@dataclass(frozen=True, slots=True)
class _Watcher:
    """A watcher that tells a view what happens.

    Attributes:
        view: The view.
        headway: How fast it goes.
        language: Of what is told.
        run: Gives what there is until now.
        begun: The cells that were begun.
        waiting: The cells that are to be asked again.
        answered: Those of them that have an answer, until they have another one.
        earlier: How many earlier answers the cells have that were known before.
    """

    view: CompareView
    headway: Headway
    language: Language
    run: Callable[[], Run]
    begun: set[int] = field(default_factory=set)
    waiting: set[int] = field(default_factory=set)
    answered: set[int] = field(default_factory=set)
    earlier: dict[int, int] = field(default_factory=dict)

    def waits(self, index: int) -> bool:
        """Whether a cell is to be asked again already."""
        return index in self.waiting

    def is_answered(self, index: int) -> bool:
        """Whether a cell has an answer."""
        return self.run().results.status(index) == "answered"

    def again(self, cell: Cell) -> None:
        """Tell that a cell is to be asked again."""
        self.begun.discard(cell.index)
        self.waiting.add(cell.index)
        if self.is_answered(cell.index):
            self.answered.add(cell.index)
        if self.run().results.status(cell.index) is not None:
            self.headway.again(cell)
        self.view.waits(cell.index)

    def began(self, cell: Cell) -> None:
        if cell.index in self.begun:
            self.view.add(cell.index, f"\n{words(self.language).again}\n")
        self.begun.add(cell.index)
        self.headway.began(cell)
        self.view.began(cell.index)

    def piece(self, cell: Cell, piece: Piece) -> None:
        if piece.was_reasoning:
            self.view.add(cell.index, f"\n{words(self.language).thoughts_end}\n")
        self.headway.piece(cell)
        self.view.add(cell.index, piece.text)

    def ended(self, cell: Cell, result: Result) -> None:
        self.waiting.discard(cell.index)
        self.headway.ended(cell, result)
        if cell.index not in self.answered:
            if cell.index not in self.begun:
                self.known(result)
            else:
                self._tell(result)
            return
        self.answered.discard(cell.index)
        if result.status == "answered":
            self.earlier[cell.index] = len(self.run().results.earlier(cell.index))
            self.view.rated(cell.index, None, "")
            self._tell(result)
        else:
            self.view.remark(answer_words(self.language)["stays"].format(result.problem or result.status))
            self._as_it_was(cell)

    def known(self, result: Result) -> None:
        """Tell an answer that was there before."""
        self.view.add(result.cell.index, self.run().transcript(result))
        self._tell(result)

    def over(self, queued: Collection[int]) -> None:
        """Tell that no more is asked for now: what a stop has left may be asked again, and has the answer it had.

        Args:
            queued: Cells that are to be asked next.
        """
        self.waiting.intersection_update(queued)
        for index in self.answered.difference(queued):
            self.answered.discard(index)
            cell = self.run().plan.cell_at(index)
            self.headway.ended(cell, self.run().results[index])
            self._as_it_was(cell)

    def _as_it_was(self, cell: Cell) -> None:
        self.view.waits(cell.index)
        self.known(self.run().results[cell.index])

    def _tell(self, result: Result) -> None:
        index, reply, language = result.cell.index, result.reply, self.language
        cut = any(one.finish == "length" for one in result.replies)
        marked = [*marks(reply, language), *again_marks(self.earlier.get(index, 0), language)]
        self.view.ended(
            index,
            result.status,
            timed_note(result, language),
            marks=marked,
            cut=cut,
            figures=None if reply is None else _figures(reply),
        )


def _figures(reply: Reply) -> Figures:
    timing = reply.timing
    return Figures(timing.first_token_s, timing.total_s, reply.usage.completion_tokens, timing.tokens_per_s)
