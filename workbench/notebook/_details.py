"""All that is known of one answer of a run, in the words of the live view."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from workbench.comparison import Cell, Result, Run
from workbench.connections import Model
from workbench.language import Language, localized
from workbench.messages import Reply
from workbench.reply_warnings import WarningKind, warning_kind
from workbench.views import Details, answer_words, warning, words


def details(run: Run, index: int, language: Language) -> Details:
    """All that is known of a cell, be it answered or not.

    Raises:
        JournalError: If it cannot be read.
    """
    cell = run.plan.cell_at(index)
    prompt = run.plan.prompt_text(cell.prompt)
    result = run.results.get(index)
    options, system = _asked(run, cell, language)
    if result is None:
        return Details(prompt=prompt, options=options, system=system)
    reply = result.reply
    return Details(
        prompt=prompt,
        text=run.transcript(result),
        reasoning="\n\n".join(filter(None, (one.reasoning for one in result.replies))),
        problem=result.problem or "",
        warnings=tuple(warning(line, language) for line in reply.warnings) if reply else (),
        facts=tuple(_facts(result, language)),
        options=options,
        system=system,
        sent=reply.sent if reply else {},
        earlier=tuple(run.transcript(one) for one in run.results.earlier(index)),
    )


def marks(reply: Reply | None, language: Language) -> list[str]:
    """What is to be known of an answer, each in a word or two; the whole sentences are its warnings.

    >>> from workbench.messages import Usage
    >>> marks(Reply(text="…", finish="length", usage=Usage(9, 120), warnings=("the answer is empty",)), "en")
    ['⚠ empty']
    >>> cut = "the answer was cut by the limit of tokens"
    >>> marks(Reply(text="…", finish="length", usage=Usage(9, 120), warnings=(cut,)), "de")
    ['⚠ abgeschnitten bei 120']
    """
    known = answer_words(language)
    if reply is None:
        return []
    kinds = dict.fromkeys(map(warning_kind, reply.warnings))
    return [f"⚠ {_mark(kind, reply, known['marks'])}" for kind in kinds]


def again_marks(earlier: int, language: Language) -> list[str]:
    """What is to be known of an answer that took the place of others.

    >>> again_marks(0, "en"), again_marks(1, "en"), again_marks(2, "de")
    ([], ['↻ asked 2 times'], ['↻ 3-mal gefragt'])
    """
    return [f"↻ {answer_words(language)['asked'].format(earlier + 1)}"] if earlier else []


def _mark(kind: WarningKind | None, reply: Reply, known: Mapping[str, str]) -> str:
    tokens = reply.usage.completion_tokens
    if kind == "cut by the limit" and tokens is not None:
        return known["cut at"].format(tokens)
    return known["other" if kind is None else kind]


def _facts(result: Result, language: Language) -> Iterator[tuple[str, str]]:
    """How an answer came about, as names and values; what nobody knows is left out."""
    known, reply = answer_words(language), result.reply
    if reply is not None:
        timing, usage = reply.timing, reply.usage
        yield known["finish"], known["finishes"][reply.finish]
        yield from _seconds(known["first_token"], timing.first_token_s, language)
        yield from _seconds(known["total"], timing.total_s, language)
        yield from _seconds(known["load"], timing.load_s or None, language)
        if timing.tokens_per_s is not None:
            yield known["speed"], localized(f"{timing.tokens_per_s:.1f}", language)
        if usage.completion_tokens is not None:
            yield known["tokens"], str(usage.completion_tokens)
        if usage.prompt_tokens is not None:
            yield known["prompt_tokens"], str(usage.prompt_tokens)
        if reply.served_by:
            yield known["served_by"], reply.served_by
        if reply.recorded_at:
            yield known["recorded"], words(language).recorded_at(reply.recorded_at)
    if result.tries > 1:
        yield known["tries"], str(result.tries)


def _seconds(name: str, count: float | None, language: Language) -> Iterator[tuple[str, str]]:
    if count is not None:
        yield name, localized(f"{count:.2f} s", language)


def _asked(run: Run, cell: Cell, language: Language) -> tuple[tuple[tuple[str, str], ...], str]:
    """What a cell is asked with besides the prompt: its options by name, and the system message."""
    one: Any = run.plan.candidate(cell)
    asked = one.options.asked() if isinstance(one, Model) else one.identity.get("options") or {}
    schema = {"schema": one.schema} if one.schema is not None and "schema" not in asked else {}
    named = [(answer_words(language)["model"], one.name), *((name, _value(asked[name])) for name in asked)]
    return (*named, *((name, _value(value)) for name, value in schema.items())), one.system or ""


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
