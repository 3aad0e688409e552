"""Asking a hostile server: engines at it with tight limits, and what must hold of every error that it causes."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from engine_requests import SECRET, request
from hostile import GIGABYTE, Asked, Behaviour, Hostile

from workbench import errors
from workbench.engines import Limits, OllamaEngine, OpenAIEngine, Place
from workbench.messages import Reply

Engine = OpenAIEngine | OllamaEngine

LIMITS = Limits(
    connect_s=2,
    first_s=1.0,
    token_s=0.5,
    request_s=2.0,
    answer_bytes=2 * 2**20,
    line_bytes=2**20,
    attempts=2,
    pause_s=0.01,
)
ROOMY = Limits(first_s=30, token_s=30, request_s=30, answer_bytes=4 * GIGABYTE, attempts=2, pause_s=0.01)
SLACK_S = 2.0


@dataclass(frozen=True)
class Key:
    """A key without a store behind it."""

    secret: str = field(default=SECRET, repr=False)
    reference: str = "env:TEST_KEY"

    def reveal(self) -> str:
        return self.secret


def answers(*pieces: bytes) -> Behaviour:
    """A behaviour that sends these and closes."""

    async def behave(asked: Asked) -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return behave


def delta(finish: object = None, **words: object) -> dict[str, Any]:
    """An event of a stream with the one choice that it changes."""
    return {"choices": [{"index": 0, "delta": words, "finish_reason": finish}], "model": "m"}


def openai(hostile: Hostile, name: str, limits: Limits = LIMITS, key: str = SECRET) -> OpenAIEngine:
    return OpenAIEngine(Place("gpu", f"{hostile.address}/{name}/v1", Key(key), limits=limits))


def ollama(hostile: Hostile, name: str, limits: Limits = LIMITS, key: str = SECRET) -> OllamaEngine:
    return OllamaEngine(Place("gpu", f"{hostile.address}/{name}", Key(key), limits=limits))


# For tests where a machine that stalls is not what is tried.
patient_openai = partial(openai, limits=ROOMY)
patient_ollama = partial(ollama, limits=ROOMY)


async def streamed(engine: Engine, text: str = "Wo?") -> Reply:
    """The reply; that a server says the same for ever is no reason to stop it here."""
    reply = None
    async for piece in engine.stream(request("small", text, stop_repeats=False)):
        reply = piece.reply
    assert reply is not None
    return reply


async def refused(call: Awaitable[object], limits: Limits = LIMITS) -> errors.EngineError:
    """The error in which a call ends, within its limits and fit to be shown. Waits longer only to say what was seen."""
    start = time.monotonic()
    with pytest.raises(errors.EngineError) as caught:
        await asyncio.wait_for(call, limits.request_s + 4)
    assert time.monotonic() - start < limits.request_s + SLACK_S
    assert_can_be_shown(caught.value)
    return caught.value


async def ended(call: Awaitable[Reply]) -> Reply | errors.EngineError:
    """The reply of a call, or the error in which it ended, which can be shown."""
    try:
        return await call
    except errors.EngineError as error:
        assert_can_be_shown(error)
        return error


def assert_can_be_shown(error: errors.EngineError) -> None:
    shown = str(error) + repr(error) + "".join(traceback.format_exception(error))
    assert SECRET not in shown
    assert str(error).isprintable(), repr(str(error))
    assert len(str(error)) < 1000
    assert error.advice
    assert SECRET not in repr(error.reply)
