"""What a notebook shows of a run, a verdict, a server bench and votes: its table, wherever a cell ends in one."""

from __future__ import annotations

from collections.abc import Mapping

from IPython.core.getipython import get_ipython

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
    """The table of a run as HTML and as text; only the HTML has the summary, as times are never the same."""
    prompts, labels, cells = _parts(run, language)
    return (
        comparison_table(prompts, labels, cells, language=language, summary=summary),
        comparison_text(prompts, labels, cells, language=language),
    )


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
    return comparison_table(*_parts(run, language), language=language, summary=progress(run, language))


def _parts(run: Run, language: Language) -> tuple[list[str], list[str], list[list[list[Answer]]]]:
    prompts = [run.plan.prompt_text(number) for number in range(len(run.plan.prompts))]
    labels = [candidate.label for candidate in run.plan.candidates]
    earlier = run.results.earlier_counts()
    cells = [
        [
            [
                _answer(run, run.result(prompt, candidate, repeat), earlier, language)
                for repeat in range(run.plan.repeats)
            ]
            for candidate in range(len(labels))
        ]
        for prompt in range(len(prompts))
    ]
    return prompts, labels, cells


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
    if result.problem is not None or result.reply is None:
        return result.problem or ""
    tokens = result.reply.usage.completion_tokens
    counted = [] if tokens is None else [f"{tokens} {'Token' if language == 'de' else 'tokens'}"]
    if result.reply.recorded_at:
        counted.append(f"⏺ {words(language).recorded_at(result.reply.recorded_at)}")
    return ", ".join([seconds(result.reply.timing.total_s, language), *counted])
