"""Raw sockets: the same requests, nothing decoded. No client to work with; it shows how much the server gives."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

from measure import QUESTION, keep_asking, report

_END = b"0\r\n\r\n"
_TOKEN = b'"content":" Amt'


class _Connection(asyncio.Protocol):
    """One connection kept open, on which one reply at a time is received."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.reply += data
        if self.reply.endswith(_END):
            self.whole.set_result(self.reply.count(_TOKEN))

    def connection_lost(self, error: Exception | None) -> None:
        if not self.whole.done():
            self.whole.set_exception(error or ConnectionError("the server closed the connection"))

    def ask(self, request: bytes) -> asyncio.Future[int]:
        """Send a request; gives the tokens of its reply."""
        self.reply = b""
        self.whole: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.whole


async def run(address: str, model: str, replies: int) -> int:
    place = urlsplit(address)
    body = json.dumps({"model": model, "stream": True, "messages": [{"role": "user", "content": QUESTION}]}).encode()
    head = f"POST {place.path}/chat/completions HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {len(body)}\r\n\r\n"
    request = head.encode() + body
    idle: list[_Connection] = []

    async def answer() -> int:
        if not idle:
            loop = asyncio.get_running_loop()
            idle.append((await loop.create_connection(_Connection, place.hostname, place.port))[1])
        connection = idle.pop()
        tokens = await connection.ask(request)
        idle.append(connection)
        return tokens

    tokens = await keep_asking(answer, replies)
    for connection in idle:
        connection.transport.close()
    return tokens


if __name__ == "__main__":
    report(run)
