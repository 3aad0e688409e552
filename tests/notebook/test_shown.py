"""The table that a notebook keeps of a run: whole where it is small, else its beginning, which still opens."""

from __future__ import annotations

from time import perf_counter

from workbench.comparison import Plan, Result, Run, make_plan
from workbench.comparison.results._results import MemoryResults
from workbench.messages import Reply, Timing, Usage
from workbench.notebook._shown import published, short_note, timed_note


async def model(prompt: str) -> str:
    return prompt


def run_of(plan: Plan, text: str) -> Run:
    results = MemoryResults()
    for cell in plan.cells():
        reply = Reply(text=text, finish="stop", usage=Usage(9, 12), timing=Timing(0.0, 0.1, 1.25, 9.6))
        results.add(Result(cell, reply))
    return Run(plan, results)


def plan_of(prompts: int, candidates: int) -> Plan:
    return make_plan([f"Frage {n}" for n in range(prompts)], {f"m{n}": model for n in range(candidates)})


def test_a_small_run_is_kept_whole() -> None:
    html, text = published(run_of(plan_of(3, 2), "Bonn"), "en", "6 of 6 answered")
    assert html.count("<tr>") == 4
    assert "Comparison: 3 prompts, 2 models <span" in html
    assert text.startswith("Comparison: 3 prompts, 2 models\n")


def test_of_a_hundred_thousand_cells_the_beginning_is_kept_soon_and_says_so() -> None:
    run = run_of(plan_of(25_000, 4), "Die Gemeinde stellt ihn aus. " * 20)
    begun = perf_counter()
    html, text = published(run, "de", "alles beantwortet")
    assert perf_counter() - begun < 20
    assert html.count("<tr>") == 1 + 500
    assert len(html) + len(text) < 8_000_000
    told = "Vergleich: 25000 Fragen, 4 Modelle · die ersten 500 sind gezeigt; run.frame und run.save(…) haben alle"
    assert told in html
    assert "die ersten 500 sind gezeigt" in " ".join(text[:300].split())


def test_long_answers_are_bounded_too_and_one_row_is_always_there() -> None:
    html, _ = published(run_of(plan_of(40, 2), "x" * 400_000), "en", "")
    assert html.count("<tr>") == 1 + 6
    html, _ = published(run_of(plan_of(2, 1), "x" * 6_000_000), "en", "")
    assert html.count("<tr>") == 1 + 1


def test_the_note_of_the_live_view_leaves_tokens_to_its_numbers() -> None:
    run = run_of(plan_of(1, 1), "Bonn")
    assert short_note(run.results[0], "en") == "1.2 s, 12 tokens"
    assert timed_note(run.results[0], "en") == "1.2 s"
