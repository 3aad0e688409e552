"""HTTP for all engines: one session an event loop, and failures of the network told as errors of the family."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp
import msgspec

from workbench.engines._answer import Answer
from workbench.engines._lines import EventReader, LineReader, TooLongError
from workbench.engines._place import Place
from workbench.engines._refusals import refusal, wrong_address
from workbench.errors import (
    DeadlineError,
    EngineError,
    StreamCutError,
    StreamGarbledError,
    UnreachableError,
)

CONNECT_S = 10.0
SILENCE_S = 600.0
_READ_BUFFER = 256 * 1024

_sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[AsyncGenerator[None, None], aiohttp.ClientSession]] = (
    WeakKeyDictionary()
)


async def _session() -> aiohttp.ClientSession:
    """The session of the running loop. It closes with the loop, as asyncio then closes what still generates."""
    loop = asyncio.get_running_loop()
    if loop not in _sessions:
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=_READ_BUFFER,
        )
        lifetime = _until_closed(loop, session)
        _sessions[loop] = (lifetime, session)
        await anext(lifetime)
    return _sessions[loop][1]


async def _until_closed(loop: asyncio.AbstractEventLoop, session: aiohttp.ClientSession) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        _sessions.pop(loop, None)
        await session.close()


def encode(body: Mapping[str, Any]) -> bytes:
    """A request's body as JSON."""
    return msgspec.json.encode(body)


@asynccontextmanager
async def post(
    place: Place, path: str, body: Mapping[str, Any], answer: Answer
) -> AsyncIterator[aiohttp.ClientResponse]:
    """Send a request and give the response once it has begun; leaving before its end makes the server stop.

    Raises an EngineError for every failure of the network; what had come of the answer until then is on it.
    """
    failed: EngineError | None = None
    status = 0
    try:
        async with await _sent(place, path, encode(body)) as response:
            status = response.status
            if status != 200:
                raise refusal(place, status, await _start_of(response), model=str(body.get("model", "")))
            try:
                yield response
            except BaseException:
                response.close()
                raise
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        failed = _failure(place, error, begun=status == 200)
    except EngineError as error:
        failed = error
    # Raised here, not in the handlers above: a traceback that chained them would show the headers, key included.
    if failed is not None:
        failed.reply = answer.reply() if answer.begun else None
        raise failed from None


async def _sent(place: Place, path: str, body: bytes) -> aiohttp.ClientResponse:
    """The response to a request, once its head has come."""
    session = await _session()
    for is_last in (False, True):
        try:
            return await session.post(
                place.address + path, data=body, headers=place.all_headers(), allow_redirects=False
            )
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            # A server may close a connection that was kept open at the very moment in which it is used again.
            if is_last or isinstance(error, aiohttp.ClientConnectorError):
                raise
    raise AssertionError("the last attempt returns or raises")


async def _start_of(response: aiohttp.ClientResponse) -> str:
    """The first part of an error body; nobody reads more, and a hostile server may never end it."""
    return (await response.content.read(16 * 1024)).decode("utf-8", "replace")


def _failure(place: Place, error: Exception, *, begun: bool) -> EngineError:
    """The error of the family for a failure of the network or of reading."""
    where, cause = str(place), place.quote(str(error) or type(error).__name__)
    match error:
        case TimeoutError():
            return _late(where, error)
        case aiohttp.ClientSSLError():
            advice = "the server's certificate or protocol is not accepted; check https:// and who signed it"
            return UnreachableError(f"no secure connection: {cause}", where=where, advice=advice)
        case TooLongError():
            return StreamGarbledError(f"the answer cannot be read: {cause}", where=where, advice="check the server")
        case aiohttp.ClientResponseError():
            return wrong_address(place, f"what answers there speaks no HTTP: {cause}")
        case aiohttp.ClientError() if begun:
            return cut(place)
        case aiohttp.ClientError():
            return unreachable(place, error)
    return StreamGarbledError(
        f"the answer cannot be read: {cause}", where=where, advice="check that the server speaks this protocol"
    )


def unreachable(place: Place, error: BaseException) -> UnreachableError:
    """The error for a server that does not answer, whatever library has noticed it."""
    return UnreachableError(
        f"no server answers: {place.quote(_cause(error))}",
        where=str(place),
        advice="start the server, or check host, port and firewall",
    )


def _cause(error: BaseException | None) -> str:
    """What the operating system said, at the bottom of a chain of exceptions; the first one's words if it did not."""
    bottom = error
    while bottom is not None:
        if isinstance(bottom, socket.gaierror):
            return "the host's name is not known"
        if isinstance(bottom, OSError) and bottom.errno and bottom.errno > 0:
            return os.strerror(bottom.errno)
        bottom = bottom.__cause__ or bottom.__context__
    return str(error) or type(error).__name__


def cut(place: Place) -> StreamCutError:
    """The error for an answer that ends without its end."""
    return StreamCutError(
        "the connection ended in the middle of the answer",
        where=str(place),
        advice="what had come is on the error's reply; ask again, or see the server's log",
    )


def _late(where: str, error: Exception) -> EngineError:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        advice = "check host, port and firewall"
        return UnreachableError(f"no connection within {CONNECT_S:.0f} s", where=where, advice=advice)
    return DeadlineError(f"nothing came for {SILENCE_S:.0f} s", where=where, advice="see what the server is doing")


async def records(response: aiohttp.ClientResponse, reader: EventReader | LineReader) -> AsyncIterator[list[bytes]]:
    """The events or lines of a response, those together that arrived together."""
    async for chunk in response.content.iter_any():
        if found := reader.feed(chunk):
            yield found
    if found := reader.close():
        yield found
