"""A call of a model as data: which one of a turn, what was asked, under which settings, and what came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autogen_core.models import CreateResult

from workbench.agents._desk import Asked
from workbench.agents._translate import as_messages
from workbench.errors import UsageError
from workbench.json_text import read_json
from workbench.messages import Message


def call_of_turn(asked: Sequence[Asked], agent: str, number: int, call: int | None) -> Asked:
    """One of the calls of models in a turn.

    Args:
        asked: What was asked in the turn.
        agent: Who took it.
        number: Its number, for the error.
        call: Which of the calls of models, from 0; None for the agent's own last, or the last of all without one.

    Raises:
        UsageError: If there is no such call.
    """
    calls = [one for one in asked if one.kind == "model"]
    own = [one for one in calls if one.where == f"{agent}/"]
    if not calls:
        raise UsageError(f"turn {number} asked no model", advice="session.turn(k).asked tells what a turn asked")
    if call is None:
        return (own or calls)[-1]
    if not 0 <= call < len(calls):
        raise UsageError(f"turn {number} has no call {call}", advice=f"its calls are 0 to {len(calls) - 1}")
    return calls[call]


def messages_of(asked: Asked) -> list[Message]:
    """The messages that a model was handed, with the system message that its client adds to every request."""
    messages = as_messages(asked.request.messages)
    system = asked.client.get("system")
    return messages if system is None else [Message("system", system), *messages]


def record_of(asked: Asked) -> dict[str, Any]:
    """All of a call as JSON holds it: `client`, `messages`, `settings`, `answer`."""
    return {
        "client": dict(asked.client),
        "messages": [one.model_dump(mode="json") for one in asked.request.messages],
        "settings": asked.request.settings,
        "answer": answer_of(asked.answer),
    }


def answer_of(result: CreateResult) -> dict[str, Any]:
    """An answer as JSON holds it: `text`, `calls` (tools and their arguments), `thought`, `finish`.

    >>> from autogen_core.models import RequestUsage
    >>> answer_of(CreateResult(finish_reason="stop", content="Bonn", usage=RequestUsage(1, 1), cached=False))
    {'text': 'Bonn', 'calls': [], 'thought': '', 'finish': 'stop'}
    """
    is_text = isinstance(result.content, str)
    return {
        "text": result.content if is_text else "",
        "calls": [] if is_text else [[one.name, _arguments(one.arguments)] for one in result.content],  # type: ignore[union-attr]
        "thought": result.thought or "",
        "finish": result.finish_reason,
    }


def _arguments(written: str) -> Any:
    """Arguments as values; as they were written where they cannot be read."""
    try:
        return read_json(written)
    except ValueError:
        return written
