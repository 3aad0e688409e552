"""One HTTP session an event loop, which closes with the loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp
from aiohttp.client_proto import ResponseHandler

_READ_BUFFER = 256 * 1024

_sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[AsyncGenerator[None, None], aiohttp.ClientSession]] = (
    WeakKeyDictionary()
)


async def session() -> aiohttp.ClientSession:
    """The session of the running loop. It closes with the loop, as asyncio then closes what still generates."""
    loop = asyncio.get_running_loop()
    if (kept := _sessions.get(loop)) is not None:
        return kept[1]
    opened = aiohttp.ClientSession(
        connector=_Connector(limit=0),
        timeout=aiohttp.ClientTimeout(total=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        read_bufsize=_READ_BUFFER,
        # A small answer can unpack to gigabytes, so none is asked for packed, and none is unpacked.
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,
    )
    lifetime = _until_closed(loop, opened)
    _sessions[loop] = (lifetime, opened)
    await anext(lifetime)
    return opened


class _Handler(ResponseHandler):
    """A connection that need not go on reading, as it never paused.

    aiohttp 3.14 has its parser look for leftovers after every chunk that is taken, of which a streamed answer has as
    many as tokens: a third of the time that a whole answer takes it. Only a pause can leave any.
    """

    _has_paused = False

    def pause_reading(self) -> None:
        self._has_paused = True
        super().pause_reading()

    def resume_reading(self, *args: Any, **kwargs: Any) -> None:
        if self._has_paused:
            super().resume_reading(*args, **kwargs)


class _Connector(aiohttp.TCPConnector):
    """Makes such connections. A version of aiohttp that does not know the attribute makes its own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._factory = partial(_Handler, loop=self._loop)  # type: ignore[assignment]


async def _until_closed(loop: asyncio.AbstractEventLoop, opened: aiohttp.ClientSession) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        _sessions.pop(loop, None)
        await opened.close()
