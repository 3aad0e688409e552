"""The server that misbehaves under an address of loopback, which wants a key, beside paths at which HTTP fails."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from agents.tools.odd_server import made

KEY = "geheim-4711"


@dataclass
class Served:
    """A running server.

    Attributes:
        url: Its address.
        asked: The paths that were asked for, each with the key that came.
    """

    port: int
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    def at(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"


@contextmanager
def over_http() -> Iterator[Served]:
    app = made().streamable_http_app()
    listening = socket.create_server(("127.0.0.1", 0))
    served = Served(listening.getsockname()[1])

    async def answers(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        given = headers.get("authorization", "")
        served.asked.append((scope["path"], given))
        fault = FAULTS.get(scope["path"])
        if fault is None and given != f"Bearer {KEY}":
            fault = (401, {}, b'{"error": "wrong key: ' + given.encode() + b'"}')
        if fault is None:
            await app(scope, receive, send)
            return
        status, told, body = fault
        raw = [(name.encode(), value.encode()) for name, value in told.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})

    server = uvicorn.Server(uvicorn.Config(answers, log_level="critical", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield served
    server.should_exit = True
    thread.join(20)
    listening.close()


_HTML = {"content-type": "text/html"}
_JSON = {"content-type": "application/json"}
FAULTS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/away": (307, {"location": "http://127.0.0.2:1/mcp?key=geheim-4711"}, b""),
    "/near": (307, {"location": "/mcp"}, b""),
    "/broken": (500, {}, b"out of paper"),
    "/nothing": (404, {}, b"nothing here"),
    "/page": (200, _HTML, b"<html>Welcome</html>"),
    "/refused": (400, _JSON, b'{"jsonrpc": "2.0", "id": 1, "error": {"code": -32602, "message": "closed today"}}'),
    "/packed": (200, {**_JSON, "content-encoding": "gzip"}, b"\x1f\x8b"),
    "/garbled": (200, _JSON, b'{"jsonrpc": '),
    "/cut": (200, {**_JSON, "content-length": "1000"}, b'{"jsonrpc": "2.0"'),
}
