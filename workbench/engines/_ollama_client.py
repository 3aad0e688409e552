"""The `ollama` package's client for a place, and its failures told as errors of the family."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from typing import TypeVar

import httpx
import ollama

from workbench.engines._clients import ANSWER_S, client_arguments
from workbench.engines._failures import cut, unreachable
from workbench.engines._place import Place
from workbench.engines._refusals import refusal, with_nearest, wrong_address
from workbench.errors import DeadlineError, EngineError, ModelUnknownError

T = TypeVar("T")


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
    return ollama.AsyncClient(host=place.address, **arguments)


def raw_client(place: Place, timeout_s: float = ANSWER_S) -> httpx.AsyncClient:
    """The same for requests that the `ollama` package does not offer. Raises PolicyError."""
    return httpx.AsyncClient(base_url=place.address, **client_arguments(place, timeout_s))


async def told(place: Place, call: Awaitable[T], model: str = "", *, begun: bool = False) -> T:
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
    raise failed


async def offering(place: Place, error: ModelUnknownError, model: str) -> EngineError:
    """The same error, offering the nearest of the models that were pulled."""
    try:
        async with client(place) as asked:
            listed = await told(place, asked.list())
    except EngineError:
        return error
    offered = with_nearest(error, model, [entry.model or "" for entry in listed.models])
    advice = f"{offered.advice} (`ollama pull {model}` fetches another)"
    return ModelUnknownError(error.what, where=error.where, advice=advice)


def _body(error: ollama.ResponseError) -> str:
    """What the server said; the package hands on whatever stands under "error", be it a text or not."""
    said: object = error.error
    return said if isinstance(said, str) else json.dumps({"error": said})


def _late(place: Place, error: httpx.TimeoutException) -> EngineError:
    if isinstance(error, httpx.ConnectTimeout):
        return unreachable(place, TimeoutError(f"no connection within {place.limits.connect_s:g} s (connect_s)"))
    what = f"nothing came in time ({ANSWER_S:g} s, or first_s where the server has work to do)"
    return DeadlineError(what, where=str(place), advice="see what the server is doing, or raise first_s")
