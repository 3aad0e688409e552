"""Requests to model servers: sent, watched, and read within limits, with every failure as an error of the family."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from workbench.engines.answer._answer import Answer
from workbench.engines.sending._leaving import outcome_of, request_line
from workbench.engines.sending._retries import sent
from workbench.engines.sending._upstream import admit
from workbench.engines.wire._place import Place
from workbench.engines.wire._records import EventReader, LineReader
from workbench.engines.wire._watchdog import Watchdog
from workbench.engines.wire.failures._network_errors import failure, too_long
from workbench.engines.wire.failures._refusals import wrong_address
from workbench.errors import EngineError


class Response:
    """An answer that has begun, read within the limits of its place.

    Attributes:
        content_type: What the server says it is.
    """

    def __init__(self, place: Place, response: aiohttp.ClientResponse, watchdog: Watchdog, answer: Answer) -> None:
        self.content_type = response.content_type
        self._place = place
        self._response = response
        self._watchdog = watchdog
        self._answer = answer
        self._size = 0

    async def records(self, reader: EventReader | LineReader) -> AsyncIterator[list[bytes]]:
        """The events or lines of the answer, those together that arrived together. Raises AnswerTooLongError.

        They end early where the answer is seen to repeat itself; leaving the request then makes the server stop.
        """
        watchdog = self._watchdog
        async for chunk in self._response.content.iter_any():
            if found := reader.feed(self._counted(chunk)):
                watchdog.pause()
                yield found
                if self._answer.is_stopped:
                    return
                watchdog.go_on()
        if found := reader.close():
            yield found

    async def whole(self) -> bytes:
        """The whole answer. Raises AnswerTooLongError."""
        return b"".join([self._counted(chunk) async for chunk in self._response.content.iter_any()])

    def _counted(self, chunk: bytes) -> bytes:
        self._size += len(chunk)
        if self._size > (most := self._place.limits.answer_bytes):
            raise too_long(self._place, f"the answer has more than {most} bytes (answer_bytes)")
        return chunk


@asynccontextmanager
async def post(place: Place, path: str, body: Mapping[str, Any], answer: Answer) -> AsyncIterator[Response]:
    """Send a request and give the response once it has begun; leaving before its end makes the server stop.

    Until an answer has begun the request is sent again where that may help: after a lost connection, and where the
    server says that it is busy or not ready. Raises PolicyError, and an EngineError for every failure of the network
    or the server; what had come of the answer until then is on it.
    """
    await admit(place, path, body)
    request = request_line("POST", place.url(path))

    def note(outcome: str = "") -> None:
        place.gate.note(answer.exchange(place.address, request, outcome))

    answer.leaves()
    failed: EngineError | None = None
    watchdog = Watchdog(place.limits)
    try:
        async with _opened(place, path, body, watchdog, answer, note) as response:
            yield response
    except (aiohttp.ClientError, TimeoutError, ValueError, RecursionError) as error:
        failed = watchdog.failure(place) or failure(place, error, begun=watchdog.has_begun)
    except EngineError as error:
        failed = error
    except BaseException as error:
        note(outcome_of(error))
        raise
    finally:
        watchdog.stop()
    # Raised here and without what led to it: the frames of a traceback hold headers and raw answers, key included.
    if failed is not None:
        failed = failed.anew()
        failed.reply = answer.reply() if answer.begun else None
        note(type(failed).__name__)
        raise failed from None
    note()


@asynccontextmanager
async def _opened(
    place: Place,
    path: str,
    body: Mapping[str, Any],
    watchdog: Watchdog,
    answer: Answer,
    note: Callable[[str], None],
) -> AsyncIterator[Response]:
    async with await sent(place, path, body, note) as response:
        watchdog.watch(response)
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            raise wrong_address(place, f"the answer came packed ({place.quote(encoding)}), which nobody asked for")
        try:
            yield Response(place, response, watchdog, answer)
            if answer.is_stopped:
                response.close()
        except BaseException:
            response.close()
            raise
