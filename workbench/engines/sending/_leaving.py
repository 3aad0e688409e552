"""What every request is told to before it leaves, and when it has ended: the gate of its place."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import msgspec

from workbench.engines.wire._gate import Exchange
from workbench.engines.wire._place import Place

# Where requests to Ollama and to compatible servers name a model; making and copying one names two.
_NAMES = ("model", "name", "from", "source", "destination")
_SAID = ("messages", "input", "prompt")


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None


class _Counted(msgspec.Struct):
    """Where servers say how many tokens they have read."""

    prompt_eval_count: int | None = None
    usage: _Usage | None = None


@dataclass
class Note:
    """What is noted of a request once it has ended.

    Attributes:
        outcome: How it ended, as in an `Exchange`.
        prompt_tokens: Tokens that were read, as the server counted them.
    """

    outcome: str = "cancelled"
    prompt_tokens: int | None = None

    def answered(self, status: int = 200, body: bytes = b"") -> None:
        """Take over what came: an HTTP status, if any, and the body where that may tell of tokens."""
        self.outcome = "stop" if status < 300 else f"status {status}"
        if not body:
            return
        try:
            counted = msgspec.json.decode(body, type=_Counted)
        except (ValueError, RecursionError):
            return
        self.prompt_tokens = counted.usage.prompt_tokens if counted.usage else counted.prompt_eval_count


@contextmanager
def noted(place: Place, request: str, body: Mapping[str, Any] | None = None) -> Iterator[Note]:
    """Record at the gate of a place something short that leaves for it, however it ends.

    Args:
        place: Where it goes.
        request: What it is, as in an `Exchange`.
        body: What it carries.

    Raises:
        PolicyError: If nothing may be sent there.
    """
    place.gate.admit(place.address)
    start, note = perf_counter(), Note()
    try:
        yield note
    except Exception as error:
        note.outcome = type(error).__name__
        raise
    finally:
        place.gate.note(
            Exchange(
                connection=place.connection,
                address=place.address,
                request=request,
                model=next(iter(names_in(body)), ""),
                messages=_said(body),
                answer="",
                prompt_tokens=note.prompt_tokens,
                completion_tokens=None,
                total_s=perf_counter() - start,
                outcome=note.outcome,
            )
        )


def outcome_of(error: BaseException) -> str:
    """How a request has ended that was broken off.

    >>> outcome_of(TimeoutError()), outcome_of(GeneratorExit())
    ('TimeoutError', 'cancelled')
    """
    is_cancelled = isinstance(error, (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt))
    return "cancelled" if is_cancelled else type(error).__name__


def request_line(method: str, address: str) -> str:
    """Method and path of a request.

    >>> request_line("POST", "http://127.0.0.1:8000/v1/embeddings")
    'POST /v1/embeddings'
    """
    return f"{method} {urlsplit(address).path or '/'}"


def names_in(body: Mapping[str, Any] | None) -> list[str]:
    """The names of models in the body of a request.

    >>> names_in({"source": "smollm2", "destination": "small"}), names_in(None)
    (['smollm2', 'small'], [])
    """
    return [value for key in _NAMES if isinstance(value := (body or {}).get(key), str)]


def _said(body: Mapping[str, Any] | None) -> object:
    """What a request says beside the model's name: the texts where there are some."""
    rest = {key: value for key, value in (body or {}).items() if key not in _NAMES}
    return next((rest[key] for key in _SAID if key in rest), rest or None)
