"""What the clients of the `ollama` and `openai` packages share: the gate, certificates, and no key but its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import httpx

from workbench.engines.cassette import asked_cassette
from workbench.engines.sending._leaving import Note, noted, request_line
from workbench.engines.sending._once import ANSWER_S
from workbench.engines.sending._taped_exchange import json_body, taped
from workbench.engines.sending._upstream import admit
from workbench.engines.wire._place import Place


def _with_own_headers(place: Place) -> Callable[[Any], Any]:
    """What puts the place's own headers on a request, and takes off what a package has taken from the environment.

    Both packages look there for keys and organisations, which must not reach a server that nobody meant them for.
    """

    def change(request: Any) -> Any:
        for name in ("Authorization", "OpenAI-Organization", "OpenAI-Project"):
            request.headers.pop(name, None)
        request.headers.update(place.all_headers())
        return request

    return change


def client_arguments(place: Place, timeout_s: float | None = ANSWER_S) -> dict[str, Any]:
    """Arguments for a client of httpx that talks to this place, and asks its gate before each request.

    >>> sorted(client_arguments(Place("gpu", "http://127.0.0.1:8000/v1")))
    ['auth', 'follow_redirects', 'timeout', 'transport', 'trust_env']
    """
    sending = httpx.AsyncHTTPTransport(**place.transport.for_sending())
    return {
        "auth": _with_own_headers(place),
        "timeout": timeout_s,
        "transport": _Gated(place, sending),
        "trust_env": False,
        "follow_redirects": False,
    }


class _Gated(httpx.AsyncBaseTransport):
    """Sends what the gate of a place lets pass, and has it noted when its answer has ended."""

    def __init__(self, place: Place, sending: httpx.AsyncBaseTransport) -> None:
        self._place = place
        self._sending = sending

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if (cassette := asked_cassette()) is None:
            return await self._sent(request)
        return await taped(cassette, self._place, request, self._sent)

    async def _sent(self, request: httpx.Request) -> httpx.Response:
        body, path = json_body(request), request.url.path.removeprefix(urlsplit(self._place.base).path)
        await admit(self._place, path, body)
        request.url = httpx.URL(self._place.url(path, self._place.base))
        with ExitStack() as ending:
            note = ending.enter_context(noted(self._place, request_line(request.method, str(request.url)), body))
            response = await self._sending.handle_async_request(request)
            assert isinstance(response.stream, httpx.AsyncByteStream)
            response.stream = _Answer(response.stream, response.status_code, note, ending.pop_all())
        return response

    async def aclose(self) -> None:
        await self._sending.aclose()


class _Answer(httpx.AsyncByteStream):
    """The answer to a request, with whose end the request is noted."""

    def __init__(self, stream: httpx.AsyncByteStream, status: int, note: Note, ending: ExitStack) -> None:
        self._stream = stream
        self._status = status
        self._note = note
        self._ending = ending

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield chunk
        self._note.answered(self._status)

    async def aclose(self) -> None:
        with self._ending:
            await self._stream.aclose()
