"""Reading what a server sends where it is not as it should be: numbers as texts, text in parts, odd logprobs."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from workbench.messages import Token

_MOST = 2**53  # more tokens than any server has read
_LONGEST_NUMBER = 400
_LEAST_LOGPROB = -9999.0  # what vLLM tells for a token that cannot come
_TEXTS = ("text", "output_text", "input_text", "content", "value", "parts")
_CALL = re.compile(r"tool_use|tool_call|function_call")
_THOUGHT = re.compile(r"think|reason|thought")
_FILE = re.compile(r"image|audio|video|file|document")
_THOUGHTS = ("thinking", "reasoning", "thought", "thoughts", "reasoning_content", "summary", "reasoning_text")


def loads(raw: bytes) -> Any:
    """JSON, with what JSON has no numbers for (NaN, Infinity) or that are out of all proportion.

    Raises ValueError or RecursionError where it is not JSON, or holds half a character.

    >>> loads(b'{"n": NaN, "m": 1}')
    {'n': nan, 'm': 1}
    """
    text = raw.decode()
    value = json.loads(text, parse_int=_integer)
    if "\\ud" in text.lower():
        json.dumps(value, ensure_ascii=False).encode()  # UnicodeEncodeError, a ValueError, for half a character
    return value


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < _LONGEST_NUMBER else math.inf


def count(value: object) -> int | None:
    """A number of tokens, whatever it came as; None where it cannot be one.

    >>> count("12"), count(12.0), count(-1), count(None), count("many")
    (12, 12, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return int(number) if 0 <= number <= _MOST else None


def as_object(value: object) -> dict[str, Any]:
    """A JSON object. Raises ValueError where the value is another, as it would for text that is not JSON.

    >>> as_object({})
    {}
    """
    if isinstance(value, dict):
        return value
    raise ValueError("it is not a JSON object")


def word(value: object) -> str:
    """A name or an id, whatever it came as; "" where it cannot be one.

    >>> word("c1"), word(7), word(None), word({})
    ('c1', '7', '', '')
    """
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def arguments(value: object) -> str | None:
    """A tool's arguments as JSON text, where some servers send the object itself.

    >>> arguments({"ort": "Bonn"}), arguments('{"ort"')
    ('{"ort": "Bonn"}', '{"ort"')
    """
    return value if isinstance(value, str) or value is None else json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Content:
    """What the content of an answer holds.

    Attributes:
        text: What the model answers.
        reasoning: What it thinks.
        refusal: Why it does not answer.
        calls: Tool calls that stand in the content.
        others: Kinds of what else stands in it, such as pictures.
    """

    text: str
    reasoning: str = ""
    refusal: str = ""
    calls: tuple[dict[str, Any], ...] = ()
    others: tuple[str, ...] = ()


def content(value: object) -> Content:
    """The content of a message: a text, a part, or a list of parts. Raises ValueError where it is not one of these.

    >>> content([{"type": "thinking", "thinking": "Am Rhein."}, {"type": "text", "text": "Bonn"}])
    Content(text='Bonn', reasoning='Am Rhein.', refusal='', calls=(), others=())
    """
    parts = _Parts()
    parts.take(value)
    text, reasoning, refusal = map("".join, (parts.text, parts.reasoning, parts.refusal))
    return Content(text, reasoning, refusal, tuple(parts.calls), tuple(parts.others))


class _Parts:
    """The parts of a content, sorted."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.refusal: list[str] = []
        self.calls: list[dict[str, Any]] = []
        self.others: list[str] = []

    def take(self, value: object) -> None:
        if isinstance(value, str):
            self.text.append(value)
        elif isinstance(value, list):
            for part in value:
                self.take(part)
        elif isinstance(value, dict):
            self._take_part(value, word(value.get("type")).lower())
        elif value is not None:
            raise ValueError("the content is not a text")

    def _take_part(self, part: dict[str, Any], kind: str) -> None:
        text = next((part[name] for name in _TEXTS if part.get(name)), None)
        if _CALL.search(kind):
            self.calls.append(part)
        elif _THOUGHT.search(kind) or part.get("thought") is True:
            self.reasoning.append(thoughts(part))
        elif part.get("refusal"):
            self.refusal.append(content(part["refusal"]).text)
        elif text is not None and not _FILE.search(kind):
            self.take(text)
        elif thought := thoughts(part):
            self.reasoning.append(thought)
        elif _FILE.search(kind) or (kind and not any(name in part for name in _TEXTS)):
            self.others.append(kind)


def thoughts(value: object) -> str:
    """Thoughts, as a text or in parts.

    >>> thoughts([{"type": "reasoning.text", "text": "Am "}, "Rhein."])
    'Am Rhein.'
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(thoughts, value))
    if isinstance(value, dict):
        return next((thoughts(value[name]) for name in (*_THOUGHTS, *_TEXTS) if thoughts(value.get(name))), "")
    return ""


def tokens(value: object) -> list[Token]:
    """The tokens of an answer with how likely they were, in the shapes that are about; other values are passed over.

    >>> tokens({"tokens": ["Bonn"], "token_logprobs": [-0.1], "top_logprobs": [{"Bonn": -0.1}]})
    [Token(text='Bonn', logprob=-0.1, alternatives=(('Bonn', -0.1),))]
    """
    return list(_tokens(value))


def _tokens(value: object) -> Iterator[Token]:
    if isinstance(value, dict) and isinstance(value.get("tokens"), list):
        likely, others = (_listed(value.get(name)) for name in ("token_logprobs", "top_logprobs"))
        for number, text in enumerate(value["tokens"]):
            logprob = _logprob(likely[number] if number < len(likely) else None)
            if isinstance(text, str) and logprob is not None:
                yield Token(text, logprob, _alternatives(others[number] if number < len(others) else None))
        return
    for one in _listed(value.get("content") if isinstance(value, dict) else value):
        if isinstance(one, dict) and isinstance(one.get("token"), str):
            logprob = _logprob(one.get("logprob"))
            if logprob is not None:
                yield Token(one["token"], logprob, _alternatives(one.get("top_logprobs")))


def _alternatives(value: object) -> tuple[tuple[str, float], ...]:
    pairs = (
        value.items()
        if isinstance(value, dict)
        else ((one.get("token"), one.get("logprob")) for one in _listed(value) if isinstance(one, dict))
    )
    told = [
        (text, logprob) for text, given in pairs if isinstance(text, str) and (logprob := _logprob(given)) is not None
    ]
    return tuple(sorted(told, key=lambda one: -one[1]))


def _logprob(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return None if math.isnan(number) else max(min(number, 0.0), _LEAST_LOGPROB)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
