"""The cells of a run as lines of JSON whose fields are named as OpenTelemetry names what is asked of models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from workbench.comparison.card._card import CandidateCard, RunCard
from workbench.comparison.plan._dialogue import conversation
from workbench.comparison.plan._identity import plain
from workbench.comparison.plan._plan import Cell, Plan
from workbench.comparison.results._result import Result
from workbench.comparison.results._results import Results
from workbench.gen_ai import message_parts, reasoning_part, text_part
from workbench.messages import Reply

# Names of OpenTelemetry's semantic conventions for generative AI, v0.1.0; what these do not name begins otherwise.
_OPTIONS = {
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
    "max_tokens": "gen_ai.request.max_tokens",
    "stop": "gen_ai.request.stop_sequences",
    "tools": "gen_ai.tool.definitions",
}
_AT_ONCE = 200

_encode = msgspec.json.Encoder(enc_hook=plain).encode


def lines(plan: Plan, results: Results, card: RunCard) -> Iterator[bytes]:
    """A line for each cell, in the order of the plan, with its line end.

    Args:
        plan: What was to be asked.
        results: What came.
        card: Under which conditions.
    """
    cards = {one.label: one for one in card.candidates}
    for start in range(0, len(plan), _AT_ONCE):
        indices = range(start, min(start + _AT_ONCE, len(plan)))
        for cell, result in zip(map(plan.cell_at, indices), results.several(indices), strict=True):
            label = plan.candidates[cell.candidate].label
            yield _encode(_fields(plan, cell, result, cards.get(label, CandidateCard(label=label, model="")))) + b"\n"


def _fields(plan: Plan, cell: Cell, result: Result | None, card: CandidateCard) -> dict[str, Any]:
    candidate = plan.candidates[cell.candidate]
    asked = {said: card.asked[name] for name, said in _OPTIONS.items() if name in card.asked}
    found: dict[str, Any] = {
        "workbench.cell": cell.index,
        "workbench.prompt_id": cell.prompt,
        "workbench.candidate": candidate.label,
        "workbench.repeat": cell.repeat,
        "workbench.status": "not asked" if result is None else result.status,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": (card.facts.product or candidate.connection).lower(),
        "gen_ai.request.model": candidate.name.partition("/")[2],
        **asked,
    }
    if card.seed is not None:
        found["gen_ai.request.seed"] = card.seed + cell.repeat
    if card.facts.address:
        found["server.address"] = card.facts.address
    if candidate.system is not None:
        found["gen_ai.system_instructions"] = [text_part(candidate.system)]
    earlier = () if result is None else result.earlier
    messages = conversation(plan.prompts[cell.prompt], earlier)
    found["gen_ai.input.messages"] = [message_parts(one) for one in messages]
    if result is not None:
        found |= _came(result)
    return found


def _came(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = {"workbench.tries": result.tries}
    if result.error is not None:
        found |= {"error.type": type(result.error).__name__, "error.message": result.problem}
    return found if result.reply is None else found | _replied(result.reply)


def _replied(reply: Reply) -> dict[str, Any]:
    message = message_parts(reply.message)
    if reply.reasoning:
        message["parts"].insert(0, reasoning_part(reply.reasoning))
    told = {
        "gen_ai.output.messages": [message | {"finish_reason": reply.finish}],
        "gen_ai.output.type": "text" if reply.parsed is None else "json",
        "gen_ai.response.finish_reasons": [reply.finish],
        "gen_ai.response.model": reply.served_by or None,
        "gen_ai.usage.input_tokens": reply.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": reply.usage.completion_tokens,
        "workbench.load_s": reply.timing.load_s,
        "workbench.first_token_s": reply.timing.first_token_s,
        "workbench.total_s": reply.timing.total_s,
        "workbench.recorded_at": reply.recorded_at or None,
    }
    return {name: value for name, value in told.items() if value is not None}
