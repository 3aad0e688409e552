"""A server of a test in a thread of its own, that leaves nothing open when the test is over."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
CLOSING_S = 0.05
# For servers that count who comes. At 127.0.0.1 strangers knock too: who waits for a kernel that has ended tries its
# port for ever, also once that is given to somebody else.
OWN_HOST = "127.0.0.2"


async def gone(writer: asyncio.StreamWriter) -> None:
    """Close a connection once all that was written is sent."""
    await writer.drain()
    writer.close()
    await writer.wait_closed()


@contextmanager
def served(talk: Talk, context: ssl.SSLContext | None = None, *, host: str = "127.0.0.1") -> Iterator[int]:
    """The free port of a loopback host at which each connection is talked to; with a context it speaks TLS.

    A client that holds its connection, or sends nothing on it, must not keep a socket open into the next test, which
    would then be told of it: each connection is ended with its talk, and each talk with the server.
    """
    talks: set[asyncio.Task[None]] = set()
    ports, ready = list[int](), threading.Event()
    ends: list[Callable[[], object]] = []

    async def talked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            pass  # the client went
        finally:
            writer.transport.abort()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(talked(reader, writer))
        talks.add(task)
        task.add_done_callback(talks.discard)

    async def serve() -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        ends.append(lambda: loop.call_soon_threadsafe(done.set))
        server = await asyncio.start_server(accept, host, 0, ssl=context)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        await done.wait()
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await asyncio.sleep(CLOSING_S)  # a transport closes its socket in a later round of the loop

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    try:
        yield ports[0]
    finally:
        ends[0]()
        thread.join()
