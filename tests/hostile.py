"""A server that means harm: answers without end, answers that lie, answers that give back what was secret.

The first part of an address's path chooses the behaviour, so that lists of models can be hostile too. A behaviour
yields bytes; what it yields is sent as long as the client takes it, so none needs to be held in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from faulty import END, NDJSON, SSE, chunk, event, line, whole
from loopback import OWN_HOST, gone, served

LINE = b"HTTP/1.1 %s\r\nContent-Type: %s\r\n%s\r\n"
KIB64 = b"x" * 65536
GIGABYTE = 2**30
ANSWER = json.dumps({"choices": [{"message": {"content": "Bonn"}, "finish_reason": "stop"}]})


@dataclass
class Asked:
    """One request as it came: its head, its body unless the behaviour is an early one, and the key in it."""

    head: str
    body: bytes
    key: str

    @property
    def path(self) -> str:
        return self.head.split(" ")[1]

    @property
    def name(self) -> str:
        """The behaviour that it asks for."""
        return self.path.split("/")[1]


Behaviour = Callable[[Asked], AsyncIterator[bytes]]
BEHAVIOURS: dict[str, Behaviour] = {}


def behaviour(function: Behaviour) -> Behaviour:
    BEHAVIOURS[function.__name__.replace("_", "-")] = function
    return function


def says(name: str, answer: Callable[[Asked], bytes]) -> None:
    """A behaviour that is one answer."""

    async def once(asked: Asked) -> AsyncIterator[bytes]:
        yield answer(asked)

    BEHAVIOURS[name] = once


def head(status: str = "200 OK", kind: str = "application/json", *more: str) -> bytes:
    return LINE % (status.encode(), kind.encode(), "".join(f"{each}\r\n" for each in more).encode())


async def silence() -> None:
    """Until the client goes away, upon which the task of this connection is cancelled."""
    await asyncio.Event().wait()


# Without end


@behaviour
async def endless(asked: Asked) -> AsyncIterator[bytes]:
    """Events as fast as they are taken."""
    yield SSE
    piece = chunk(event("Amt ") * 400)
    while True:
        yield piece


@behaviour
async def endless_lines(asked: Asked) -> AsyncIterator[bytes]:
    """Ollama's lines as fast as they are taken."""
    yield NDJSON
    piece = chunk(line("Amt ") * 400)
    while True:
        yield piece


@behaviour
async def slow_endless(asked: Asked) -> AsyncIterator[bytes]:
    """A token now and then, for ever."""
    yield SSE
    while True:
        yield chunk(event("Amt "))
        await asyncio.sleep(0.02)


@behaviour
async def comments(asked: Asked) -> AsyncIterator[bytes]:
    """One event, then comments, which are no events."""
    yield SSE + chunk(event("Amt "))
    while True:
        yield chunk(": still here\n\n")
        await asyncio.sleep(0.02)


@behaviour
async def huge_event(asked: Asked) -> AsyncIterator[bytes]:
    """One event of a gigabyte."""
    yield SSE + chunk(event("Amt ")) + chunk('data: {"choices": [{"delta": {"content": "')
    for _ in range(GIGABYTE // len(KIB64)):
        yield chunk(KIB64)
    yield chunk('"}}]}\n\n') + END


@behaviour
async def huge_line(asked: Asked) -> AsyncIterator[bytes]:
    """One line of a gigabyte."""
    yield NDJSON + chunk(line("Amt ")) + chunk('{"message": {"content": "')
    for _ in range(GIGABYTE // len(KIB64)):
        yield chunk(KIB64)
    yield chunk('"}}\n') + END


@behaviour
async def many_data_lines(asked: Asked) -> AsyncIterator[bytes]:
    """One event of ever more short lines."""
    yield SSE
    while True:
        yield chunk(b"data: 1\n" * 4000)


@behaviour
async def huge_body(asked: Asked) -> AsyncIterator[bytes]:
    """A whole answer of a gigabyte."""
    yield head("200 OK", "application/json", f"Content-Length: {GIGABYTE}")
    for _ in range(GIGABYTE // len(KIB64)):
        yield KIB64


@behaviour
async def huge_error(asked: Asked) -> AsyncIterator[bytes]:
    """An error of a gigabyte."""
    yield head("500 Internal Server Error", "application/json", f"Content-Length: {GIGABYTE}")
    for _ in range(GIGABYTE // len(KIB64)):
        yield KIB64


@behaviour
async def headers(asked: Asked) -> AsyncIterator[bytes]:
    """A head without end, of small fields."""
    yield b"HTTP/1.1 200 OK\r\n"
    number = 0
    while True:
        yield b"".join(b"X-%d: %d\r\n" % (each, each) for each in range(number, number + 1000))
        number += 1000


@behaviour
async def huge_header(asked: Asked) -> AsyncIterator[bytes]:
    """A head with one field without end."""
    yield b"HTTP/1.1 200 OK\r\nX-Long: "
    while True:
        yield KIB64


@behaviour
async def continues(asked: Asked) -> AsyncIterator[bytes]:
    """Interim responses without end."""
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n" * 200


# Too slow


async def drip(raw: bytes) -> AsyncIterator[bytes]:
    """Byte after byte, each well within the time that may pass between two pieces; then more of the same for ever."""
    while True:
        for position in range(len(raw)):
            yield raw[position : position + 1]
            await asyncio.sleep(0.05)


@behaviour
async def drip_event(asked: Asked) -> AsyncIterator[bytes]:
    """The first event comes, the second never ends."""
    yield SSE + chunk(event("Amt "))
    while True:
        yield chunk("x")
        await asyncio.sleep(0.05)


@behaviour
async def drip_first(asked: Asked) -> AsyncIterator[bytes]:
    """Not even the first event ends."""
    yield SSE
    while True:
        yield chunk("x")
        await asyncio.sleep(0.05)


@behaviour
async def drip_head(asked: Asked) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nX-Slow: "
    async for piece in drip(b"x"):
        yield piece


@behaviour
async def drip_body(asked: Asked) -> AsyncIterator[bytes]:
    yield head("200 OK", "application/json", "Content-Length: 100000")
    async for piece in drip(b" "):
        yield piece


@behaviour
async def drip_error(asked: Asked) -> AsyncIterator[bytes]:
    yield head("500 Internal Server Error", "application/json", "Content-Length: 100000")
    async for piece in drip(b"x"):
        yield piece


@behaviour
async def stalls(asked: Asked) -> AsyncIterator[bytes]:
    """One event, then nothing."""
    yield SSE + chunk(event("Amt "))
    await silence()


# Packed


@behaviour
async def bomb(asked: Asked) -> AsyncIterator[bytes]:
    """A few megabytes that unpack to gigabytes."""
    kind = "application/json" if b'"stream":true' not in asked.body else "text/event-stream"
    yield head("200 OK", kind, "Content-Encoding: gzip", "Connection: close")
    packed = gzip.compress(bytes(2**24), 9)
    for _ in range(4 * GIGABYTE // 2**24):
        yield packed


# Lying


@behaviour
async def length_too_long(asked: Asked) -> AsyncIterator[bytes]:
    yield head("200 OK", "application/json", f"Content-Length: {len(ANSWER) + 100}") + ANSWER.encode()


@behaviour
async def length_never_reached(asked: Asked) -> AsyncIterator[bytes]:
    yield head("200 OK", "application/json", f"Content-Length: {len(ANSWER) + 100}") + ANSWER.encode()
    await silence()


@behaviour
async def length_too_short(asked: Asked) -> AsyncIterator[bytes]:
    """The whole answer, and one that nobody asked for behind it on the same connection."""
    start = head("200 OK", "application/json", f"Content-Length: {len(ANSWER)}")
    yield start + ANSWER.encode() + start + ANSWER.replace("Bonn", "Gift").encode()
    await silence()


@behaviour
async def early_close(asked: Asked) -> AsyncIterator[bytes]:
    """Nothing, and the connection closed while the request is still being sent."""
    return
    yield b""


says("early-answer", lambda asked: whole("200 OK", ANSWER))
says("early-refusal", lambda asked: whole("413 Content Too Large", '{"error": {"message": "too much"}}'))
says("chunk-size", lambda asked: SSE + b"ZZ\r\nnonsense\r\n")
says("chunk-overflow", lambda asked: SSE + b"f" * 40 + b"\r\nnonsense\r\n")
says("no-content", lambda asked: head("204 No Content"))
says("switching", lambda asked: head("101 Switching Protocols", "text/plain", "Upgrade: x", "Connection: upgrade"))
says("cookie", lambda asked: whole("200 OK", ANSWER, more="Set-Cookie: track=1; Path=/\r\n"))
says("to-itself", lambda asked: whole("307 Temporary Redirect", "", more=f"Location: {asked.path}\r\n"))


@dataclass
class Hostile:
    """A running hostile server.

    Attributes:
        address: Its address, without a path.
        heads: The head of every request that came.
        answers: Further behaviours by name, for one test.
        connections: How many were opened.
        open: The ports of the clients whose connections are open now.
        taken: Bytes that were sent.
    """

    address: str = ""
    heads: list[str] = field(default_factory=list)
    answers: dict[str, Behaviour] = field(default_factory=dict)
    connections: int = 0
    open: set[int] = field(default_factory=set)
    taken: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, for one request."""
        self.connections += 1
        port = writer.get_extra_info("peername")[1]
        self.open.add(port)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.heads.append(head)
            fields = {name.lower(): value for name, _, value in (row.partition(": ") for row in head.split("\r\n"))}
            asked = Asked(head, b"", fields.get("authorization", "").removeprefix("Bearer "))
            if not asked.name.startswith("early"):
                asked.body = await reader.readexactly(int(fields.get("content-length", 0)))
            await self._answer(asked, reader, writer)
            await gone(writer)
        finally:
            self.open.discard(port)

    async def _answer(self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send what the behaviour yields; as soon as the client is gone there is nobody to send it to."""
        found = self.answers.get(asked.name) or BEHAVIOURS[asked.name]

        async def send() -> None:
            async for piece in found(asked):
                writer.write(piece)
                await writer.drain()
                self.taken += len(piece)

        sending = asyncio.ensure_future(send())
        gone = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                await sending
        finally:
            for task in (sending, gone):
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await asyncio.gather(sending, gone, return_exceptions=True)


@contextmanager
def hostile_server() -> Iterator[Hostile]:
    """A hostile server in a thread of its own, on a free port of a loopback host of its own."""
    state = Hostile()
    with served(state.serve, host=OWN_HOST) as port:
        state.address = f"http://{OWN_HOST}:{port}"
        yield state
