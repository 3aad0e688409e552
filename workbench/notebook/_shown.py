"""What a notebook shows of a run, a verdict, a server bench and votes: its table, wherever a cell ends in one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from IPython.core.getipython import get_ipython

from workbench.arguments import as_kind
from workbench.comparison import Plan, Result, Run
from workbench.comparison.statistics import Verdict
from workbench.comparison.voting import Tally
from workbench.language import Language, usual_language
from workbench.notebook._details import again_marks
from workbench.serverbench import Bench
from workbench.views import (
    Answer,
    bench_table,
    comparison_table,
    comparison_text,
    progress_words,
    static_line,
    verdict_table,
    vote_result,
    warning,
    words,
)
from workbench.views._numbers import seconds

_MOST_CELLS = 2_000  # of a table; each takes about a kilobyte beside its text
_MOST_CHARACTERS = 5_000_000


def show_tables() -> None:
    """Show what a cell ends in as its table; on a terminal it stays text."""
    shell = get_ipython()
    if shell is not None and shell.display_formatter is not None:
        html = shell.display_formatter.formatters["text/html"]
        html.for_type(Run, _html)
        html.for_type(Verdict, lambda verdict: verdict_table(verdict, usual_language()))
        html.for_type(Bench, lambda bench: bench_table(bench, usual_language()))
        html.for_type(Tally, _votes_html)


def published(run: Run, language: Language, summary: str) -> tuple[str, str]:
    """The table of a run as HTML and as text; only the HTML has the summary, as times are never the same.

    Of a comparison of many cells both have the beginning, and say so: a notebook has to stay small enough to be opened.
    """
    parts = _parts(run, language)
    return _table(run, parts, language, summary), comparison_text(*parts, _caption(run, parts, language), language)


def _table(run: Run, parts: _Parts, language: Language, summary: str) -> str:
    return comparison_table(*parts, _caption(run, parts, language), language, summary=summary)


def _caption(run: Run, parts: _Parts, language: Language) -> str:
    """What stands above the table: how large the comparison is, and how much of it is shown, if not all."""
    known, count = words(language), len(run.plan.prompts)
    size = f"{known.title}: {known.size(count, len(parts.labels))}"
    shown = len(parts.prompts)
    return size if shown == count else f"{size} · {known.beginning.format(shown)}"


def as_run(given: object) -> Run:
    """A run. Raises UsageError for anything else."""
    return as_kind("run", given, Run, "give what `await wb.compare(…)` gives")


def unfinished(plan: Plan, language: Language) -> str:
    """The line that stands for a comparison as long as it is not over, where no kernel draws it."""
    known = words(language)
    size = known.size(len(plan.prompts), len(plan.candidates))
    return static_line(f"{known.title}: {size}", progress_words(language).unfinished, language)


def progress(run: Run, language: Language) -> str:
    """How many cells were answered, failed and stopped, as a phrase."""
    counts = run.counts
    return words(language).progress(
        {
            "answered": counts["answered"],
            "failed": counts["failed"],
            "stopped": counts["stopped"],
            "waiting": counts["not asked"],
        }
    )


def _votes_html(tally: Tally) -> str | None:
    return vote_result(tally, usual_language()) if tally.standing.counted else None


def _html(run: Run) -> str:
    language = usual_language()
    return _table(run, _parts(run, language), language, progress(run, language))


class _Parts(NamedTuple):
    prompts: list[str]
    labels: list[str]
    cells: list[list[list[Answer]]]


def _parts(run: Run, language: Language) -> _Parts:
    """The first rows of a run, as many as a table takes."""
    labels = [candidate.label for candidate in run.plan.candidates]
    prompts: list[str] = []
    cells: list[list[list[Answer]]] = []
    characters, earlier = 0, run.results.earlier_counts()
    for prompt in range(min(len(run.plan.prompts), max(1, _MOST_CELLS // (len(labels) * run.plan.repeats)))):
        row = [
            [
                _answer(run, run.result(prompt, candidate, repeat), earlier, language)
                for repeat in range(run.plan.repeats)
            ]
            for candidate in range(len(labels))
        ]
        text = run.plan.prompt_text(prompt)
        characters += len(text) + sum(len(answer.text) + len(answer.note) for cell in row for answer in cell)
        if cells and characters > _MOST_CHARACTERS:
            break
        prompts.append(text)
        cells.append(row)
    return _Parts(prompts, labels, cells)


def _answer(run: Run, result: Result | None, earlier: Mapping[int, int], language: Language) -> Answer:
    if result is None:
        return Answer("waiting", "", "")
    told = [note(result, language), *again_marks(earlier.get(result.cell.index, 0), language)]
    return Answer(result.status, run.transcript(result), ", ".join(told))


def note(result: Result, language: Language) -> str:
    """What stands beside the status of an answer: its time, tokens and warnings, or its problem in one line."""
    if result.problem is not None or result.reply is None:
        return result.problem or ""
    warned = [f"⚠ {warning(line, language)}" for line in result.reply.warnings]
    return ", ".join([short_note(result, language), *warned])


def short_note(result: Result, language: Language) -> str:
    """The same without warnings."""
    tokens = None if result.reply is None else result.reply.usage.completion_tokens
    counted = [] if tokens is None else [f"{tokens} {'Token' if language == 'de' else 'tokens'}"]
    return _timed(result, language, counted)


def timed_note(result: Result, language: Language) -> str:
    """The same without tokens, which the live view has among its numbers."""
    return _timed(result, language, [])


def _timed(result: Result, language: Language, counted: list[str]) -> str:
    """How long an answer took, with what else was counted and when it was recorded; of a failed one its problem."""
    if result.problem is not None or result.reply is None:
        return result.problem or ""
    if result.reply.recorded_at:
        counted = [*counted, f"⏺ {words(language).recorded_at(result.reply.recorded_at)}"]
    return ", ".join([seconds(result.reply.timing.total_s, language), *counted])
