"""Telling from what a server refused which error of the family it is, and what to do about it."""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from typing import Any

from workbench.engines.wire._place import Place
from workbench.engines.wire.failures import _refusal_words as words
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

_LONGEST_NAME = 80
_TOO_MANY = (429, 498, 529)  # 498 and 529 are those of Groq and Anthropic
_LONGEST_READ = 16 * 1024  # characters of a refusal in which words are looked for
_MOST_DEPTH = 6
_MESSAGES = ("error", "errors", "message", "detail", "msg", "error_message", "error_msg", "errorMessage", "reason")


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
    for _ in range(_MOST_DEPTH):
        value = _inner(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _inner(value: Any) -> Any:
    """What stands under the name of a message, or in a list of one; the value itself where nothing does."""
    if isinstance(value, list) and len(value) == 1:
        return value[0]
    if isinstance(value, dict):
        return next((value[name] for name in _MESSAGES if value.get(name)), value)
    return value


def refusal(place: Place, status: int, body: str, *, model: str = "") -> EngineError:
    """The error for an HTTP status that is not a success.

    Args:
        place: The server.
        status: HTTP status.
        body: Body of the response.
        model: The model that was asked, if any.
    """
    where, message, body = str(place), place.quote(said(body)), body[:_LONGEST_READ]
    if 300 <= status < 400:
        return AddressError(
            "the server points to another address",
            where=where,
            advice="name that address in the connection, if you trust it; nothing was sent there",
        )
    if (told := _by_words(where, status, message, body)) is not None:
        return told
    if model and (words.NO_SUCH_MODEL.search(body) or (status == 404 and words.NO_MODEL.search(message))):
        return ModelUnknownError(f"no model {model!r}", where=where, advice="wb.models() lists what there is")
    if status in (401, 403, 407) or words.NO_KEY_STORE.search(body):
        return _key_refused(place, status, message)
    if status == 404:
        return wrong_address(place, f"nothing is at this address (status 404: {message})")
    if status in _TOO_MANY or (status >= 500 and words.RATE.search(body)):
        return RateLimitError(f"too many requests: {message}", where=where, advice="wait, or ask fewer at once")
    if status >= 500 or status == 408:
        return _failed(where, status, message)
    return _refused(where, status, message, body)


def _by_words(where: str, status: int, message: str, body: str) -> EngineError | None:
    """The refusals that servers give with whatever status; their words tell them apart."""
    if status == 402 or (words.BUDGET.search(body) and not (status == 429 and _comes_back(body))):
        return BudgetError(
            f"the budget of this key is used up: {message}",
            where=where,
            advice="ask whoever runs the gateway for more, or wait until it is renewed",
        )
    if words.NO_SYSTEM.search(body):
        return RequestRefusedError(
            f"this model does not take a system message: {message}",
            where=where,
            advice="write what it says at the beginning of the first user message",
        )
    if words.ROLES.search(body):
        return RequestRefusedError(
            f"this model takes only conversations in which user and assistant take turns: {message}",
            where=where,
            advice="begin and end with a user message, join messages of one role that follow each other, and have at "
            "most one system message, which comes first",
        )
    lacks = (words.NO_TOOLS, words.NO_EMBEDDINGS, words.CLOUD_OFF, words.JINJA_FLAG, words.TEMPLATE, words.FILTERED)
    if any(kind.search(body) for kind in lacks):
        return _refused(where, status, message, body)
    if status not in (401, 404, 429) and words.CONTEXT.search(body):
        return ContextError(
            f"prompt and answer do not fit into the context: {message}",
            where=where,
            advice="shorten the prompt, lower max_tokens, or give the model a longer context",
        )
    if words.LOADING.search(message) and not words.LOADING_FAILED.search(message):
        return ModelLoadingError("the model is still being loaded", where=where, advice="ask again in a moment")
    return None


def _comes_back(body: str) -> bool:
    """Whether a quota is one that is renewed within minutes, and not what is left of the money."""
    return words.SOON_AGAIN.search(body) is not None and "insufficient_quota" not in body


def _key_refused(place: Place, status: int, message: str) -> KeyRefusedError:
    told = f" (status {status})" + (f": {message}" if message else "")
    if place.key is None:
        advice = f'give a reference to one: wb.connect("{place.connection}", …, key="env:NAME")'
        return KeyRefusedError(f"the server asks for a key{told}", where=str(place), advice=advice)
    return KeyRefusedError(
        f"the server refuses the key{told}",
        where=str(place),
        advice=f"check what {place.key.reference} holds, and whether it may use this server",
    )


def wrong_address(place: Place, what: str) -> AddressError:
    """The error for a server that does not speak the expected protocol at this address."""
    advice = "check the address and the kind of the connection"
    if not re.search(r"/v\d+$", place.address):
        advice += f'; a compatible server of kind "openai" is mostly at {place.address}/v1'
    return AddressError(what, where=str(place), advice=advice)


def _failed(where: str, status: int, message: str) -> ServerError:
    return ServerError(f"the server failed (status {status}): {message}", where=where, advice="see the server's log")


def _refused(where: str, status: int, message: str, body: str) -> RequestRefusedError:
    advice = "change what the message names"
    if words.TOOL_FLAGS.search(message):
        advice = "start vLLM with --enable-auto-tool-choice and the --tool-call-parser of this model"
    elif words.JINJA_FLAG.search(message):
        advice = "start llama-server with --jinja"
    elif words.NO_TOOLS.search(body):
        advice = "take a model with native tool calls; wb.models() shows which"
    elif words.NO_EMBEDDINGS.search(body):
        advice = "take a model that was made for embeddings"
    elif words.CLOUD_OFF.search(body):
        advice = "take a model that runs on that server itself"
    elif words.FILTERED.search(body):
        advice = (
            "the server's filter does not let this prompt pass: word it in another way, or ask whoever runs the filter"
        )
    elif status == 413 or words.TOO_LARGE.search(body):
        advice = "shorten the prompt: the server, or a proxy before it, does not take a request of this size"
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
