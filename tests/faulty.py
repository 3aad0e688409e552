"""A server that fails in one chosen way: what no real server can be made to do on demand.

The name of the model that is asked chooses the way. It speaks just enough HTTP for one answer a connection.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from loopback import gone, served

HEAD = "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n{more}\r\n"


def whole(status: str, body: str, kind: str = "application/json", more: str = "") -> bytes:
    """A complete response."""
    raw = body.encode()
    more += f"Content-Length: {len(raw)}\r\n"
    return HEAD.format(status=status, kind=kind, more=more).encode() + raw


def started(kind: str) -> bytes:
    """The head of a response in chunks."""
    return HEAD.format(status="200 OK", kind=kind, more="Transfer-Encoding: chunked\r\n").encode()


def chunk(text: str | bytes) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return f"{len(raw):x}\r\n".encode() + raw + b"\r\n"


def event(content: str, finish: str | None = None) -> str:
    """One event of a compatible server's stream."""
    return (
        f"data: {json.dumps({'choices': [{'index': 0, 'delta': {'content': content}, 'finish_reason': finish}]})}\n\n"
    )


def line(content: str, done: bool = False) -> str:
    """One line of Ollama's stream."""
    reason = {"done_reason": "stop"} if done else {}
    return json.dumps({"message": {"role": "assistant", "content": content}, "done": done, **reason}) + "\n"


SSE = started("text/event-stream")
NDJSON = started("application/x-ndjson")
END = b"0\r\n\r\n"

ANSWERS: dict[str, Callable[[str], bytes]] = {
    # compatible servers
    "whole": lambda key: SSE + chunk(event("Bonn", "stop") + "data: [DONE]\n\n") + END,
    "cut": lambda key: SSE + chunk(event("Rathaus ")) + chunk(event("am")),
    "ended": lambda key: SSE + chunk(event("Rathaus ")) + END,
    "garbled": lambda key: SSE + chunk(event("Rathaus ")) + chunk("data: {not json\n\n") + END,
    "wrong-shape": lambda key: SSE + chunk('data: {"choices": [{"delta": {"content": 5}}]}\n\n') + END,
    "not-utf8": lambda key: SSE + chunk(b'data: {"choices": [{"delta": {"content": "\xff"}}]}\n\n') + END,
    "no-http": lambda key: b"SSH-2.0-OpenSSH_9.2\r\n",
    "huge-line": lambda key: SSE + chunk("data: " + "x" * 9_000_000) + END,
    "error-event": lambda key: SSE + chunk(event("Rathaus ")) + chunk('data: {"error": {"message": "boom"}}\n\n') + END,
    "html": lambda key: whole("200 OK", "<h1>It works</h1>", "text/html"),
    "loading": lambda key: whole("503 Service Unavailable", '{"error": {"message": "Loading model"}}'),
    "failing": lambda key: whole("500 Internal Server Error", '{"error": {"message": "out of memory"}}'),
    "busy": lambda key: whole("429 Too Many Requests", '{"error": {"message": "slow down"}}'),
    "echo-key": lambda key: whole("400 Bad Request", json.dumps({"error": {"message": f"bad header {key}\x1b[31m\n"}})),
    "echo-key-500": lambda key: SSE + chunk(f'data: {{"error": "bad header {key}"}}\n\n') + END,
    "redirect": lambda key: whole("307 Temporary Redirect", "", more="Location: http://127.0.0.1:1/\r\n"),
    "silent": lambda key: b"",
    "whole-at-second": lambda key: b"",
    # Ollama
    "line-whole": lambda key: NDJSON + chunk(line("Bonn") + line("", done=True)) + END,
    "line-cut": lambda key: NDJSON + chunk(line("Rathaus ")),
    "line-ended": lambda key: NDJSON + chunk(line("Rathaus ")) + END,
    "line-garbled": lambda key: NDJSON + chunk(line("Rathaus ")) + chunk("{not json\n") + END,
    "line-error": lambda key: NDJSON + chunk(line("Rathaus ")) + chunk('{"error": "boom"}\n') + END,
}

SHAKY = ("failing", "busy", "cut", "garbled")


@dataclass
class Faulty:
    """A running faulty server.

    Attributes:
        address: Its address, without a path.
        heads: The head of every request that came, with its headers, save those that ask for a head alone.
        chance: What the model "shaky" fails by, in one of twenty requests for each of some ways.
    """

    address: str = ""
    chance: random.Random = field(default_factory=lambda: random.Random(5))
    heads: list[str] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if head.startswith("HEAD "):  # whether this is an Ollama; no model is asked
            writer.write(HEAD.format(status="404 Not Found", kind="text/plain", more="").encode())
            await gone(writer)
            return
        self.heads.append(head)
        fields = dict(row.lower().split(": ", 1) for row in head.split("\r\n")[1:] if ": " in row)
        body = json.loads(await reader.readexactly(int(fields.get("content-length", 0))) or b"{}")
        key = fields.get("authorization", "").removeprefix("bearer ")
        asked = body.get("model", "")
        if asked == "shaky":
            asked = self.chance.choices(("whole", *SHAKY), (1 - 0.05 * len(SHAKY), *[0.05] * len(SHAKY)))[0]
        if asked in ("whole-at-second", "cut-at-first"):
            # What a server is asked of itself meanwhile is no answer.
            tries = sum(one.startswith("POST") for one in self.heads)
            asked = "whole" if tries > 1 else {"cut-at-first": "cut"}.get(asked, asked)
        writer.write(ANSWERS.get(asked, lambda key: whole("404 Not Found", "{}"))(key))
        await gone(writer)


@contextmanager
def faulty_server() -> Iterator[Faulty]:
    """A faulty server in a thread of its own, on a free port of loopback."""
    state = Faulty()
    with served(state.answer) as port:
        state.address = f"http://127.0.0.1:{port}"
        yield state
