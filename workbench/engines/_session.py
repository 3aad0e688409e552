"""One HTTP session an event loop, which closes with the loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from weakref import WeakKeyDictionary

import aiohttp

_READ_BUFFER = 256 * 1024

_sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[AsyncGenerator[None, None], aiohttp.ClientSession]] = (
    WeakKeyDictionary()
)


async def session() -> aiohttp.ClientSession:
    """The session of the running loop. It closes with the loop, as asyncio then closes what still generates."""
    loop = asyncio.get_running_loop()
    if loop not in _sessions:
        opened = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
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
    return _sessions[loop][1]


async def _until_closed(loop: asyncio.AbstractEventLoop, opened: aiohttp.ClientSession) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        _sessions.pop(loop, None)
        await opened.close()
