"""Requests of the `ollama` and `openai` packages as a cassette keeps them: the status, and line by line what came."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from time import perf_counter
from typing import Any

import httpx
import msgspec

from workbench.engines.cassette import Cassette, Entry, Recording, call, encoded
from workbench.engines.sending._leaving import request_line
from workbench.engines.wire._place import Place
from workbench.messages import Piece

Send = Callable[[httpx.Request], Awaitable[httpx.Response]]


class _Head(msgspec.Struct):
    """What is known of a response before its first line."""

    status: int
    content_type: str


async def taped(cassette: Cassette, place: Place, request: httpx.Request, send: Send) -> httpx.Response:
    """The response to a request: from the cassette, or sent, and added to it once it has ended.

    Args:
        cassette: The cassette.
        place: The server.
        request: The request.
        send: Sends it.

    Raises:
        CassetteMissError: If it is not there, and nothing may be asked.
        WorkbenchError: What was raised when it was recorded.
    """
    said = {"request": request_line(request.method, str(request.url)), "body": json_body(request)}
    asked = call("exchange", place.connection, "", said)
    if (entry := cassette.take(asked)) is not None:
        cassette.check_error(entry)
        return _response(request, cassette.value_of(entry, _Head), _Played(cassette, entry))
    recording = Recording(asked)
    try:
        with recording.inside():
            response = await send(request)
    except Exception as error:
        cassette.add(recording.failed(error), place.secrets)
        raise
    head = _Head(response.status_code, response.headers.get("content-type", ""))
    return _response(request, head, _Growing(cassette, place, recording, response, head))


def _response(request: httpx.Request, head: _Head, stream: httpx.AsyncByteStream) -> httpx.Response:
    return httpx.Response(head.status, headers={"Content-Type": head.content_type}, stream=stream, request=request)


class _Played(httpx.AsyncByteStream):
    """The lines of a response, when they came."""

    def __init__(self, cassette: Cassette, entry: Entry) -> None:
        self._cassette = cassette
        self._entry = entry

    async def __aiter__(self) -> AsyncIterator[bytes]:
        begun = perf_counter()
        for part in self._entry.parts:
            await self._cassette.until(part.seconds, begun)
            yield part.text.encode()
        self._cassette.check_end(self._entry)


class _Growing(httpx.AsyncByteStream):
    """The lines of a response as they come, which are recorded."""

    def __init__(
        self, cassette: Cassette, place: Place, recording: Recording, response: httpx.Response, head: _Head
    ) -> None:
        self._cassette = cassette
        self._place = place
        self._recording = recording
        self._response = response
        self._head = encoded(head)
        self._is_kept = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for line in self._response.aiter_lines():
            self._recording.take(Piece(f"{line}\n"))
            yield f"{line}\n".encode()
        self._keep()

    async def aclose(self) -> None:
        self._keep(was_stopped=True)
        await self._response.aclose()

    def _keep(self, *, was_stopped: bool = False) -> None:
        if not self._is_kept:
            self._is_kept = True
            entry = self._recording.ended(value=self._head, was_stopped=was_stopped)
            self._cassette.add(entry, self._place.secrets)


def json_body(request: httpx.Request) -> dict[str, Any] | None:
    """What a request says as JSON; None where it says nothing, or sends a file."""
    try:
        said = json.loads(request.content)
    except (httpx.RequestNotRead, ValueError):
        return None
    return said if isinstance(said, dict) else None
