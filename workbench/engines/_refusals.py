"""Telling from what a server refused which error of the family it is, and what to do about it."""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from typing import Any

from workbench.engines._place import Place
from workbench.errors import (
    AddressError,
    BudgetError,
    ContextError,
    EngineError,
    KeyRefusedError,
    ModelLoadingError,
    ModelUnknownError,
    RateLimitError,
    RequestRefusedError,
    ServerError,
)

# How llama.cpp, vLLM, OpenAI and Ollama word the same refusal.
_CONTEXT = re.compile(
    r"exceed_context_size|exceeds the available context|maximum context length|context_length_exceeded"
    r"|input length exceeds|exceeds maximum context|longer than the maximum model length",
    re.IGNORECASE,
)
# How LiteLLM words it, as status 400 or 429 by version.
_LONGEST_NAME = 80
_BUDGET = re.compile(
    r"budget_exceeded|budget has been exceeded|exceeded budget|crossed budget|over budget", re.IGNORECASE
)
# LiteLLM without a database, asked with a key that is not its own.
_NO_KEY_STORE = re.compile(r"no connected db", re.IGNORECASE)
_LOADING = re.compile(r"loading model|model is loading|still loading|warming up", re.IGNORECASE)
_NO_MODEL = re.compile(r"model.{0,200}(not found|does not exist|not exist)|try pulling it", re.IGNORECASE | re.DOTALL)
_TOOL_FLAGS = re.compile(r"enable-auto-tool-choice|tool-call-parser", re.IGNORECASE)
_NO_TOOLS = re.compile(r"does not support tools", re.IGNORECASE)


def said(body: str) -> str:
    """The message in a server's error body, whatever shape it has; the body itself where there is none.

    >>> said('{"error": {"message": "no such model", "code": 404}}')
    'no such model'
    >>> said('{"error": "no such model"}')
    'no such model'
    """
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        return body
    for name in ("error", "message", "detail"):
        if isinstance(value, dict) and value.get(name):
            value = value[name]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def refusal(place: Place, status: int, body: str, *, model: str = "") -> EngineError:
    """The error for an HTTP status that is not a success.

    Args:
        place: The server.
        status: HTTP status.
        body: Body of the response.
        model: The model that was asked, if any.
    """
    where, message = str(place), place.quote(said(body))
    if 300 <= status < 400:
        return AddressError(
            "the server points to another address",
            where=where,
            advice="name that address in the connection, if you trust it; nothing was sent there",
        )
    if status in (401, 403) or _NO_KEY_STORE.search(body):
        return _key_refused(place, status)
    if status == 404:
        return _not_found(place, message, model)
    if _BUDGET.search(body):
        return BudgetError(
            f"the budget of this key is used up: {message}",
            where=where,
            advice="ask whoever runs the gateway for more, or wait until it is renewed",
        )
    if status == 429:
        return RateLimitError(f"too many requests: {message}", where=where, advice="wait, or ask fewer at once")
    if status >= 500:
        return _failed(where, status, message, body)
    if _CONTEXT.search(body):
        return ContextError(
            f"prompt and answer do not fit into the context: {message}",
            where=where,
            advice="shorten the prompt, lower max_tokens, or give the model a longer context",
        )
    return _refused(where, message)


def _key_refused(place: Place, status: int) -> KeyRefusedError:
    if place.key is None:
        advice = f'give a reference to one: wb.connect("{place.connection}", …, key="env:NAME")'
        return KeyRefusedError(f"the server asks for a key (status {status})", where=str(place), advice=advice)
    return KeyRefusedError(
        f"the server refuses the key (status {status})",
        where=str(place),
        advice=f"check what {place.key.reference} holds, and whether it may use this server",
    )


def _not_found(place: Place, message: str, model: str) -> EngineError:
    if model and _NO_MODEL.search(message):
        return ModelUnknownError(f"no model {model!r}", where=str(place), advice="wb.models() lists what there is")
    return wrong_address(place, f"nothing is at this address (status 404: {message})")


def wrong_address(place: Place, what: str) -> AddressError:
    """The error for a server that does not speak the expected protocol at this address."""
    advice = "check the address and the kind of the connection"
    if not re.search(r"/v\d+$", place.address):
        advice += f'; a compatible server of kind "openai" is mostly at {place.address}/v1'
    return AddressError(what, where=str(place), advice=advice)


def _failed(where: str, status: int, message: str, body: str) -> EngineError:
    if _NO_TOOLS.search(body):  # by LiteLLM, for what Ollama behind it refuses
        return _refused(where, message)
    if status == 503 and _LOADING.search(body):
        return ModelLoadingError("the model is still being loaded", where=where, advice="ask again in a moment")
    if _CONTEXT.search(body):
        return ContextError(
            f"prompt and answer do not fit into the context: {message}",
            where=where,
            advice="shorten the prompt, or give a longer context=",
        )
    return ServerError(f"the server failed (status {status}): {message}", where=where, advice="see the server's log")


def _refused(where: str, message: str) -> RequestRefusedError:
    advice = "change what the message names"
    if _TOOL_FLAGS.search(message):
        advice = "start vLLM with --enable-auto-tool-choice and the --tool-call-parser of this model"
    elif _NO_TOOLS.search(message):
        advice = "take a model with native tool calls; wb.models() shows which"
    return RequestRefusedError(f"the server refuses the request: {message}", where=where, advice=advice)


def with_nearest(place: Place, error: ModelUnknownError, model: str, names: list[str]) -> ModelUnknownError:
    """The same error, offering the nearest of the names that the server has.

    >>> gpu = Place("gpu", "http://127.0.0.1:8000/v1")
    >>> str(with_nearest(gpu, ModelUnknownError("no model 'qwen4'"), "qwen4", ["qwen3", "llama"]))
    "no model 'qwen4': did you mean 'qwen3'?"
    """
    names = [name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…" for name in map(place.quote, names)]
    near = get_close_matches(model, names, n=3, cutoff=0.4)
    if near:
        advice = f"did you mean {' or '.join(map(repr, near))}?"
    elif names:
        advice = f"the server has {', '.join(map(repr, names[:8]))}"
    else:
        advice = "the server has no model yet"
    return error.anew(advice=advice)
