"""A server that keeps every request it gets, and answers as Ollama and as compatible servers do.

What leaves this process is compared with what such a server has seen; and what answers at an address can be chosen
more freely than with real servers: under a path, with a key, with some of the paths only.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CLOUD = ("small:cloud", "small:120b-cloud")
ENDED = {"done": True, "done_reason": "stop", "prompt_eval_count": 3, "eval_count": 1}
SAID = {"role": "assistant", "content": "Bonn"}
USAGE = {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}

Body = dict[str, Any]
Answer = tuple[int, str, bytes]
"""Status, content type and body."""


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    request: str
    headers: dict[str, str] = field(repr=False)
    body: Body

    @property
    def path(self) -> str:
        return self.request.partition(" ")[2].partition("?")[0]


@dataclass
class StandIn:
    """A running server.

    Attributes:
        prefix: The path under which it is, as behind a gateway; elsewhere there is nothing.
        speaks: The starts of the paths that it knows.
        key: The key that it wants for everything, or "".
        models: What it lists.
        sees: Models that take images.
        far: Models that it passes on, and the addresses to which it does.
        status: The status with which everything is answered, if that is not to be 200.
        address: Where it is, without the prefix.
        seen: Every request, in the order in which they came.
    """

    prefix: str = ""
    speaks: tuple[str, ...] = ("/api/", "/v1/")
    key: str = ""
    models: tuple[str, ...] = ("small", *CLOUD)
    sees: tuple[str, ...] = ()
    far: dict[str, str] = field(default_factory=dict)
    status: int = 200
    address: str = ""
    seen: list[Seen] = field(default_factory=list)

    @property
    def requests(self) -> list[str]:
        """Method and path of all requests."""
        return [one.request for one in self.seen]

    def named(self, name: str) -> list[str]:
        """Method and path of the requests that hold a name."""
        return [one.request for one in self.seen if name in json.dumps(one.body)]

    def answer(self, asked: Seen) -> Answer:
        """Status, content type and body."""
        if self.key and asked.headers.get("authorization") != f"Bearer {self.key}":
            return _json({"error": "unauthorized"}, 401)
        path = asked.path.removeprefix(self.prefix)
        if not asked.path.startswith(self.prefix) or not path.startswith(self.speaks):
            return _json({"detail": "Not Found"}, 404)
        if self.status != 200:
            return _json({"error": "not now"}, self.status)
        if path.startswith("/api/blobs/"):
            return _json({}, 404 if asked.request.startswith("HEAD") else 201)
        if path in OF_A_MODEL and asked.body.get("model") not in self.models:
            return _json({"error": f"model '{asked.body.get('model')}' not found"}, 404)
        found = ANSWERS.get(path)
        return found(self, asked.body) if found else _json({"detail": "Not Found"}, 404)

    def told_host(self, name: str) -> dict[str, str]:
        """Where a model runs, as Ollama says it."""
        return {"remote_host": self.far[name]} if name in self.far else {}


def _json(said: object, status: int = 200) -> Answer:
    return status, "application/json", json.dumps(said).encode()


def _tags(server: StandIn, _body: Body) -> Answer:
    listed = [{"name": one, "model": one, "digest": "a" * 64, "size": 1} for one in server.models]
    return _json({"models": [one | server.told_host(str(one["name"])) for one in listed]})


def _show(server: StandIn, body: Body) -> Answer:
    sees = ["vision"] if body["model"] in server.sees else []
    can = {"details": {}, "model_info": {}, "capabilities": ["completion", "tools", "embedding", *sees]}
    return _json(can | server.told_host(body["model"]))


def _native(_server: StandIn, body: Body) -> Answer:
    said = {"model": body["model"], "message": SAID, **ENDED}
    return _lines(said) if body.get("stream") else _json(said)


def _compatible(_server: StandIn, body: Body) -> Answer:
    if not body.get("stream"):
        choice = {"index": 0, "message": SAID, "finish_reason": "stop"}
        return _json({"model": body["model"], "choices": [choice], "usage": USAGE})
    choice = {"index": 0, "delta": SAID, "finish_reason": "stop"}
    event = {"model": body["model"], "choices": [choice], "usage": USAGE}
    return 200, "text/event-stream", b"data: " + json.dumps(event).encode() + b"\n\ndata: [DONE]\n\n"


def _vectors(_server: StandIn, body: Body) -> Answer:
    data = [{"object": "embedding", "index": at, "embedding": [1.0]} for at in range(len(body["input"]))]
    return _json({"object": "list", "model": body["model"], "data": data, "usage": USAGE})


def _lines(said: object) -> Answer:
    return 200, "application/x-ndjson", json.dumps(said).encode() + b"\n"


OF_A_MODEL = ("/api/show", "/api/chat", "/api/generate", "/api/embed")
ANSWERS: dict[str, Callable[[StandIn, Body], Answer]] = {
    "/api/version": lambda *_: _json({"version": "0.33.0"}),
    "/api/status": lambda *_: _json({"cloud": {"disabled": False, "source": "none"}}),
    "/api/tags": _tags,
    "/api/ps": lambda *_: _json({"models": []}),
    "/api/show": _show,
    "/api/chat": _native,
    "/api/embed": lambda _, body: _json({"embeddings": [[1.0]] * len(body["input"]), "prompt_eval_count": 3}),
    "/api/generate": lambda *_: _json({"response": "", "done": True}),
    "/api/pull": lambda *_: _lines({"status": "success"}),
    "/api/push": lambda *_: _lines({"status": "success"}),
    "/api/create": lambda *_: _lines({"status": "success"}),
    "/api/copy": lambda *_: _json({}),
    "/api/delete": lambda *_: _json({}),
    "/v1/models": lambda server, _: _json({"data": [{"id": one} for one in server.models]}),
    "/v1/chat/completions": _compatible,
    "/v1/embeddings": _vectors,
    "/version": lambda *_: _json({"version": "0.32.0"}),
    "/health": lambda *_: _json({}),
    "/tokenize": lambda *_: _json({"tokens": [1, 2, 3]}),
    "/detokenize": lambda *_: _json({"prompt": "Amt"}),
    "/metrics": lambda *_: (200, "text/plain", b"vllm:num_requests_running 0.0\n"),
}


@contextmanager
def standing_in(**how: Any) -> Iterator[StandIn]:
    """Such a server in threads of its own, on a free port of loopback."""
    state = StandIn(**how)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            heads = {name.lower(): value for name, value in self.headers.items()}
            try:
                body = json.loads(raw)
            except ValueError:
                body = {}
            asked = Seen(f"{self.command} {self.path}", heads, body if isinstance(body, dict) else {})
            state.seen.append(asked)
            status, kind, said = state.answer(asked)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(said)

        do_GET = do_POST = do_DELETE = do_HEAD = answer

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
