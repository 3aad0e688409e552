"""The call of `wb.compare` that asks a run again, as Python for a cell of a notebook."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from workbench.comparison.code._candidates import written_candidates
from workbench.comparison.code._expressions import Expression, Text, Word, bracketed, call, needed, written
from workbench.comparison.code._prompts import written_prompts
from workbench.comparison.code._scorers import written_scorers
from workbench.comparison.code._words import code_words
from workbench.comparison.journal._journal import KeptScorer
from workbench.comparison.plan._plan import Plan
from workbench.language import Language
from workbench.texts import line, plain

_WORKBENCH = "import workbench as wb"


def code_of(
    plan: Plan,
    name: str | None,
    scored_by: Collection[str],
    scorers: Sequence[KeptScorer],
    language: Language,
) -> str:
    """The call that asks the same.

    Args:
        plan: What was asked.
        name: The name under which it is kept; None where it is not.
        scored_by: The names of all that have scored it.
        scorers: What is known of them.
        language: Of the comments.

    Returns:
        The code. What it cannot hold is said in comments before the call: a function is named where it has a name, a
        place that only its author can fill is `...`, which `wb.compare` refuses.
    """
    words = code_words(language)
    prompts, candidates = written_prompts(plan), written_candidates(plan.candidates)
    scoring, unknown = written_scorers(scored_by, scorers)
    named: dict[str, Expression] = {**prompts.named, **candidates.named}
    if plan.repeats > 1:
        named["repeats"] = Word(str(plan.repeats))
    if plan.shuffle is not None:
        named["shuffle"] = Word(str(plan.shuffle))
    if scoring:
        named["scorers"] = bracketed(scoring)
    if name is not None:
        named["name"] = Text(name)
    remarks = [*prompts.remarks, *candidates.remarks, *(("scorer", one) for one in unknown)]
    comments = dict.fromkeys(f"# {plain(line(words[key].format(about)))}" for key, about in remarks)
    variable = "table" if plan.table is not None and not prompts.remarks else "prompts"
    asked = call("wb.compare", Word(variable), candidates.given, **named)
    imports = sorted({*needed(prompts.given), *needed(asked)})
    parts = [
        "\n".join([*imports, _WORKBENCH]),
        "\n".join([*comments, written(prompts.given, before=f"{variable} = ")]),
        written(asked, before="run = await "),
    ]
    return "\n\n".join(parts) + "\n"
