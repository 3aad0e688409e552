"""What a comparison will ask, and about how many tokens and how much time that takes, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from statistics import median

import pandas as pd

from workbench.arguments import as_whole
from workbench.comparison.journal._journal import Journal
from workbench.comparison.journal._keys import Keys
from workbench.comparison.journal._results import JournalResults
from workbench.comparison.journal._unnamed import all_paths, found_journal
from workbench.comparison.plan._candidate import Candidate
from workbench.comparison.plan._dialogue import Question, turns
from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._encoding import decode_asked
from workbench.comparison.run._run import Run
from workbench.comparison.run._saved_runs import open_run
from workbench.comparison.scoring._scorer import Scorer
from workbench.connections import Model
from workbench.errors import WorkbenchError
from workbench.messages import Reply

_LOOKED_AT = 200  # answers for each model: enough for a median
_CHARACTERS_A_TOKEN = 3.0  # a rough figure for German text, used where the model was never asked here
_TYPES = {
    "model": "string",
    "cells": "Int64",
    "answered": "Int64",
    "prompt_tokens": "Int64",
    "answer_tokens": "Int64",
    "seconds": "Float64",
    "answers_known": "Int64",
}


def estimate(
    plan: Plan, name: str | None = None, *, concurrency: int | None = None, scorers: Sequence[Scorer] = ()
) -> pd.DataFrame:
    """Estimate how much a plan will ask, in tokens and seconds. Nobody is asked anything.

    The figures follow what the same models answered in the comparisons that are kept in this folder. Where there is
    none, prompts count a token for three characters, answers as many tokens as `max_tokens` allows, and no time is
    told. In a dialogue every turn is a request that holds all before it; kept dialogues tell nothing of others.

    Args:
        plan: What is to be asked.
        name: The name under which it is to be kept; what is answered there already is not asked again.
        concurrency: Requests kept in flight on each server; None counts with as many as it is known to take.
        scorers: What scores the answers; those that ask a model are told too.

    Returns:
        A row for each candidate: `model` (its label), `cells`, `answered` (of them, already), and of those still to be
        asked `prompt_tokens`, `answer_tokens` and `seconds`, missing where nothing tells them; `answers_known` is how
        many answers the figures rest on. Different connections are asked at the same time, candidates of one connection
        share its time. Below them a row for each scorer that asks a model, whose `cells` are all answers, as it sees
        each; its tokens depend on what it will see.

    Raises:
        JournalError: If the journal of this name cannot be read.

    >>> from workbench.comparison import make_plan
    >>> found = estimate(make_plan(["Was ist ein Amt?"] * 3, "embedded", max_tokens=50))
    >>> found["cells"].tolist()
    [3]
    """
    at_once = None if concurrency is None else as_whole("concurrency=", concurrency, 1)
    answered = _answered(plan, name)
    requests = sum(max(len(turns(prompt)), 1) for prompt in plan.prompts) / len(plan.prompts)
    rows = []
    for number, candidate in enumerate(plan.candidates):
        count = len(plan) // len(plan.candidates)
        done = answered[number]
        known = list(islice(_known(candidate), _LOOKED_AT))
        left = count - done
        rows.append(
            {
                "model": candidate.label,
                "cells": count,
                "answered": done,
                "prompt_tokens": round(_prompt_tokens(plan, candidate, known) * left),
                "answer_tokens": _whole(_answer_tokens(candidate, known), left * requests),
                "seconds": _seconds(known, left * requests, min(at_once or _at_once(candidate), max(left, 1))),
                "answers_known": len(known),
            }
        )
    rows += [{"model": f"{one.name} ({one.model.label})", "cells": len(plan)} for one in scorers if one.model]
    return pd.DataFrame(rows, columns=list(_TYPES)).astype(_TYPES)


def _answered(plan: Plan, name: str | None) -> list[int]:
    """How many cells of each candidate are answered under the name."""
    counts = [0] * len(plan.candidates)
    path = found_journal(name) if name is not None else None
    if path is None or not path.exists():
        return counts
    journal = Journal(path)
    before = journal.plan()
    with journal.understood():
        digests = decode_asked(before)[1] if before else {}
    results = JournalResults(plan, Keys(plan, digests), journal)
    for index in results:
        counts[plan.cell_at(index).candidate] += results.status(index) == "answered"
    return counts


def _known(candidate: Candidate) -> Iterator[tuple[int, Reply]]:
    """What the same model answered in the comparisons of this folder: characters of the prompt, and the reply."""
    for path in sorted(all_paths(), key=lambda one: one.lstat().st_mtime, reverse=True):
        # What one damaged file holds must not keep the others from being used.
        with suppress(WorkbenchError):
            yield from _replies(open_run(path.stem), candidate)


def _replies(run: Run, candidate: Candidate) -> Iterator[tuple[int, Reply]]:
    same = {number for number, one in enumerate(run.plan.candidates) if one.name == candidate.name}
    for index in run.results if same else ():
        cell = run.plan.cell_at(index)
        reply = (
            run.results[index].reply if cell.candidate in same and not turns(run.plan.prompts[cell.prompt]) else None
        )
        if reply is not None and reply.finish in ("stop", "length", "repetition"):
            system = run.plan.candidates[cell.candidate].system or ""
            yield len(run.plan.prompt_text(cell.prompt)) + len(system), reply


def _prompt_tokens(plan: Plan, candidate: Candidate, known: list[tuple[int, Reply]]) -> float:
    """Tokens sent for a prompt, on average."""
    told = [(length, reply.usage.prompt_tokens) for length, reply in known if reply.usage.prompt_tokens]
    a_token = sum(length for length, _ in told) / sum(tokens for _, tokens in told) if told else _CHARACTERS_A_TOKEN
    answer = _answer_tokens(candidate, known) or 0.0
    system = len(candidate.system or "")
    sent = [_sent(prompt, len(plan.prompt_text(number)), system) for number, prompt in enumerate(plan.prompts)]
    return sum(characters / a_token + answers * answer for characters, answers in sent) / len(sent)


def _sent(prompt: Question, characters: int, system: int) -> tuple[int, int]:
    """How many characters and how many answers are sent for a prompt: in a dialogue some again and again."""
    if not (said := turns(prompt)):
        return characters + system, 0
    count = len(said)
    again = sum(len(turn) * (count - number) for number, turn in enumerate(said))
    return again + system * count, count * (count - 1) // 2


def _answer_tokens(candidate: Candidate, known: list[tuple[int, Reply]]) -> float | None:
    """Tokens of an answer, on average."""
    most = candidate.options.max_tokens
    told = [reply.usage.completion_tokens for _, reply in known if reply.usage.completion_tokens is not None]
    if not told:
        return most
    usual = sum(told) / len(told)
    return usual if most is None else min(usual, most)


def _whole(each: float | None, count: float) -> int | None:
    return None if each is None else round(each * count)


def _seconds(known: list[tuple[int, Reply]], requests: float, at_once: int) -> float | None:
    return median(reply.timing.total_s for _, reply in known) * requests / at_once if known else None


def _at_once(candidate: Candidate) -> int:
    return (candidate.engine.slots if isinstance(candidate, Model) else None) or candidate.slots
