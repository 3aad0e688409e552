"""What is seen of a comparison: a live view while it runs, and a table that stays."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter

from IPython.core.getipython import get_ipython

from workbench.comparison import Cell, Comparison, Result, Run
from workbench.engines.cassette import as_recorded, call
from workbench.errors import CassetteMissError
from workbench.language import Language, usual_language
from workbench.messages import Piece
from workbench.notebook._kept import kept_line, print_once
from workbench.notebook._place import show_in_place
from workbench.notebook._shown import note, progress, published, seconds, unfinished
from workbench.views import CompareView, Headway, words


async def carried_out(comparison: Comparison) -> Run:
    """Carry out a comparison: in a notebook with a live view, elsewhere with a line on where it is kept."""
    if get_ipython() is not None:
        return await seen(comparison)
    comparison.announce(lambda kept: print_once(kept, usual_language()))
    return await comparison.run()


async def seen(comparison: Comparison) -> Run:
    """Carry out a comparison with a live view, which stays; below it is kept, however it ends, the table that is saved.

    A page that was loaded anew in the meantime does not know the output, and so has the view without the table.
    """
    language, plan = usual_language(), comparison.plan
    headway = Headway((one.connection for one in plan.candidates), len(plan) // len(plan.candidates))
    view = CompareView(
        [plan.prompt_text(number) for number in range(len(plan.prompts))],
        [candidate.label for candidate in plan.candidates],
        plan.repeats,
        stop=comparison.stop,
        headway=lambda: headway.line(language),
        language=language,
    )
    comparison.watch(_Shown(view, headway, language))
    comparison.announce(lambda kept: view.remark(kept_line(kept, language)))
    output = show_in_place(view, unfinished(plan, language), repr(view))
    start = perf_counter()
    try:
        return await comparison.run()
    finally:
        run = comparison.result
        taken = _seconds_taken(perf_counter() - start)
        summary = view.finish(f"{progress(run, language)} · {seconds(taken, language)}")
        output.keep(view, *published(run, language, summary))


def _seconds_taken(taken: float) -> float:
    """How many seconds a comparison has taken; where it is played, when it was recorded."""
    with suppress(CassetteMissError):  # it was recorded where nothing is seen
        return as_recorded(call("look", "", "", "seconds compared"), taken, float)
    return taken


@dataclass(frozen=True, slots=True)
class _Shown:
    """A watcher that tells a view what happens."""

    view: CompareView
    headway: Headway
    language: Language
    begun: set[int] = field(default_factory=set)

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
        self.headway.ended(cell, result)
        self.view.ended(cell.index, result.status, note(result, self.language))
