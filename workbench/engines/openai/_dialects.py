"""Reading what a compatible server sends of an answer, also where it does not send it as OpenAI does."""

from __future__ import annotations

from typing import Any

import msgspec

from workbench.engines.answer import _loosely
from workbench.engines.answer._errors_inside import error_in
from workbench.engines.openai._chunks import (
    Alternative,
    Body,
    Call,
    Choice,
    Details,
    Function,
    Likely,
    Logprobs,
    Used,
    Words,
    decode,
)

_REASONING = ("reasoning", "reasoning_content", "thinking", "thought", "thoughts")
_REASONING_PARTS = ("thinking_blocks", "reasoning_details")  # what gateways send beside one of those, or instead
_FINISHES = ("finish_reason", "finishReason", "finish_details")


def read(raw: bytes) -> Body:
    """An event, or a whole answer, whatever its dialect.

    Raises ValueError or RecursionError where it is not a JSON object, or its text is not a text.

    >>> read(b'{"choices": [{"delta": {"content": [{"type": "text", "text": "Bonn"}]}}]}').choices[0].delta.content
    'Bonn'
    """
    try:
        found = decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return _body(_loosely.as_object(_loosely.loads(raw)))
    if found.choices or found.usage is not None:
        return found
    return _body(_loosely.as_object(_loosely.loads(raw)))


def _body(value: dict[str, Any]) -> Body:
    choices = value.get("choices")
    listed = [choices] if isinstance(choices, dict) else choices if isinstance(choices, list) else []
    return Body(
        choices=[_choice(one) for one in listed if isinstance(one, dict)],
        usage=_used(value.get("usage")),
        model=_loosely.word(value.get("model")),
        error=error_in(value),
    )


def _choice(value: dict[str, Any]) -> Choice:
    delta, message = (_words(value[name]) if value.get(name) is not None else None for name in ("delta", "message"))
    if delta is None and message is None and value.get("text"):
        delta = message = _words(value["text"])
    finish = next((value[name] for name in _FINISHES if value.get(name)), None)
    return Choice(
        delta=delta,
        message=message,
        logprobs=_logprobs(value.get("logprobs")),
        finish_reason=_loosely.word(finish.get("type") if isinstance(finish, dict) else finish),
        index=_loosely.count(value.get("index")) or 0,
        error=value.get("error"),
    )


def _words(value: object) -> Words:
    if not isinstance(value, dict):
        return Words(content=_loosely.content(value).text)
    found = _loosely.content(value.get("content"))
    thoughts = [_loosely.thoughts(value.get(name)) for name in _REASONING]
    if not any(thoughts) and not found.reasoning:
        thoughts = [next(filter(None, (_loosely.thoughts(value.get(name)) for name in _REASONING_PARTS)), "")]
    refusal = _loosely.content(value.get("refusal")).text
    others, said = found.others, found.text
    if isinstance(audio := value.get("audio"), dict):
        others, said = (*others, "audio"), said or _loosely.word(audio.get("transcript"))
    if value.get("images"):
        others = (*others, "images")
    return Words(
        content=said,
        reasoning="".join(dict.fromkeys([*thoughts, found.reasoning])),
        tool_calls=_calls(value) + [_call(one) for one in found.calls],
        refusal=found.refusal if found.refusal == refusal else found.refusal + refusal,
        others=others,
    )


def _calls(value: dict[str, Any]) -> list[Call]:
    calls = value.get("tool_calls")
    if isinstance(calls, dict):
        calls = [calls]
    if isinstance(calls, list) and calls:
        return [_call(one) for one in calls if isinstance(one, dict)]
    old = value.get("function_call")
    return [_call(old)] if isinstance(old, dict) else []


def _call(value: dict[str, Any]) -> Call:
    """A call, whose tool may stand in it, beside it, or under another name."""
    nested = value.get("function") or value.get("custom")
    function = nested if isinstance(nested, dict) else value
    given = next((function[name] for name in ("arguments", "input", "parameters") if name in function), None)
    return Call(
        Function(_loosely.word(function.get("name")), _loosely.arguments(given)),
        _loosely.count(value.get("index")),
        next((_loosely.word(value[name]) for name in ("id", "call_id", "tool_call_id") if value.get(name)), ""),
    )


def _logprobs(value: object) -> Logprobs:
    return Logprobs(
        [
            Likely(token.text, token.logprob, [Alternative(*one) for one in token.alternatives])
            for token in _loosely.tokens(value)
        ]
    )


def _used(value: object) -> Used | None:
    if not isinstance(value, dict):
        return None
    details = value.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    return Used(
        _loosely.count(value.get("prompt_tokens", value.get("input_tokens"))),
        _loosely.count(value.get("completion_tokens", value.get("output_tokens"))),
        Details(_loosely.count(cached)),
    )
