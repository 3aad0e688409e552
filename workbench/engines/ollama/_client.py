"""The `ollama` package's client for a place, and its failures told as errors of the family."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from typing import Any, TypeVar

import httpx
import pydantic

from workbench.engines.ollama._package import ollama
from workbench.engines.sending._fetch import fetch
from workbench.engines.sending._once import ANSWER_S
from workbench.engines.sending._package_clients import client_arguments
from workbench.engines.wire._place import Place
from workbench.engines.wire.failures._network_errors import cut, unreachable
from workbench.engines.wire.failures._refusals import refusal, with_nearest, wrong_address
from workbench.errors import DeadlineError, EngineError, ModelUnknownError

T = TypeVar("T")
M = TypeVar("M", bound=pydantic.BaseModel)


def client(place: Place, timeout_s: float | None = ANSWER_S) -> ollama.AsyncClient:
    """A client that talks to this place and no other: it follows no redirect and sends no key but the place's own.

    Args:
        place: The server.
        timeout_s: Seconds of silence after which it gives up; None takes the place's limit for a first piece, for
            what a server works on before it answers.

    Raises:
        PolicyError: If nothing may be sent there.

    >>> type(client(Place("ollama", "http://127.0.0.1:11434"))).__name__
    'AsyncClient'
    """
    silence = place.limits.first_s if timeout_s is None else timeout_s
    arguments = client_arguments(place) | {"timeout": httpx.Timeout(silence, connect=place.limits.connect_s)}
    return ollama.AsyncClient(host=place.base, **arguments)


def raw_client(place: Place, timeout_s: float = ANSWER_S) -> httpx.AsyncClient:
    """The same for requests that the `ollama` package does not offer. Raises PolicyError."""
    return httpx.AsyncClient(base_url=place.base, **client_arguments(place, timeout_s))


async def with_own_errors(place: Place, call: Awaitable[T], model: str = "", *, begun: bool = False) -> T:
    """The result of a call of one of these clients, with its failures told as errors of the family.

    Args:
        place: The server.
        call: The call.
        model: The model that it is about, if any.
        begun: Whether the server has already sent a part of its answer.

    Raises:
        EngineError: What went wrong.
    """
    failed: EngineError
    try:
        return await call
    except ollama.ResponseError as error:
        failed = refusal(place, error.status_code, _body(error), model=model)
    except httpx.HTTPStatusError as error:
        failed = refusal(place, error.response.status_code, error.response.text, model=model)
    except httpx.TimeoutException as error:
        failed = _late(place, error)
    except (ConnectionError, httpx.TransportError) as error:
        failed = cut(place) if begun else unreachable(place, error)
    except (TypeError, ValueError):
        failed = wrong_address(place, "what answers there is not Ollama")
    # Raised here, not in the handlers above: a traceback that chained them would show the headers, key included.
    raise failed.with_traceback(None) from None


async def looked_up(
    place: Place, path: str, kind: type[M], body: dict[str, Any] | None = None, *, limit_s: float = ANSWER_S
) -> M:
    """The answer to a short question, as a type of the `ollama` package.

    It is not asked by that package's client, which would read an answer of any length for any time.

    Args:
        place: The server.
        path: What to ask for.
        kind: The type.
        body: What to send; with it the question is a POST.
        limit_s: Seconds for all of it.

    Raises:
        PolicyError: If nothing may be sent there, or nothing to the model that the body names.
        EngineError: What went wrong.
    """
    answer = await fetch(place, path, body, limit_s=limit_s)
    if answer.status != 200:
        said = answer.body.decode("utf-8", "replace")
        raise refusal(place, answer.status, said, model=str((body or {}).get("model", "")))
    given = answer.json
    if isinstance(given, dict) and given.get("models", ()) is None:
        given = given | {"models": []}  # as some servers say that there are none
    try:
        return kind.model_validate(given)
    except pydantic.ValidationError:
        failed = wrong_address(place, "what answers there is not Ollama")
    raise failed


async def offering(place: Place, error: ModelUnknownError, model: str) -> EngineError:
    """The same error, offering the nearest of the models that were pulled."""
    try:
        listed = await looked_up(place, "/api/tags", ollama.ListResponse)
    except EngineError:
        return error
    offered = with_nearest(place, error, model, [entry.model or "" for entry in listed.models])
    return offered.anew(advice=f"{offered.advice} (`ollama pull {place.quote(model)}` fetches another)")


def _body(error: ollama.ResponseError) -> str:
    """What the server said; the package hands on whatever stands under "error", be it a text or not."""
    said: object = error.error
    return said if isinstance(said, str) else json.dumps({"error": said})


def _late(place: Place, error: httpx.TimeoutException) -> EngineError:
    if isinstance(error, httpx.ConnectTimeout):
        return unreachable(place, TimeoutError(f"no connection within {place.limits.connect_s:g} s (connect_s)"))
    what = f"nothing came in time ({ANSWER_S:g} s, or first_s where the server has work to do)"
    return DeadlineError(what, where=str(place), advice="see what the server is doing, or raise first_s")
