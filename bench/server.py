"""A compatible server with no delay: replies are encoded beforehand and written in one go.

It shows how fast a client is, as it gives several times what any client takes (`clients/raw_sockets.py` shows it).
`python bench/server.py` prints its address and serves until it is ended. The name of the model says how long a reply
is: `tokens-64` has 64 tokens. Those of `prose-64` do not nearly repeat themselves.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import string
from typing import ClassVar

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_TOKENS = re.compile(rb'"(tokens|prose)-(\d+)"')


def word(number: int) -> str:
    """A token. In long replies every fourth is longer, in its own way: a reply that repeats itself would be stopped.

    >>> word(5), word(64), word(80)
    (' Amt', ' Amtmq', ' Amtho')
    """
    if number < 64 or number % 4:
        return " Amt"
    drawn = random.Random(number)
    return " Amt" + "".join(drawn.choices(string.ascii_lowercase, k=2))


def syllables(number: int) -> str:
    """A token as of prose: three or four letters, now and then the beginning of a word or the end of a sentence.

    >>> [syllables(number) for number in range(6)]
    [' tvtk', 'dwt', 'yyb', ' jgoj', 'gck', 'qtu']
    """
    drawn = random.Random(number)
    letters = "".join(drawn.choices(string.ascii_lowercase, k=3))
    return f"{letters}." if number % 48 == 47 else letters if number % 3 else f" {drawn.choice(letters)}{letters}"


WORDS = {b"tokens": word, b"prose": syllables}


def encoded(kind: bytes, tokens: int) -> bytes:
    """A streamed reply of that many tokens, an event each, as vLLM sends them; HTTP head and chunks included."""
    usage = {"prompt_tokens": 12, "completion_tokens": tokens, "total_tokens": 12 + tokens}
    shared = {
        "id": "chatcmpl-bench",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": f"{kind.decode()}-{tokens}",
    }
    deltas = [{"role": "assistant", "content": ""}, *({"content": WORDS[kind](number)} for number in range(tokens))]
    events = [{**shared, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    events[-1]["choices"][0]["finish_reason"] = "stop"  # type: ignore[index]
    events.append({**shared, "choices": [], "usage": usage})
    lines = [f"data: {json.dumps(event, separators=(',', ':'))}\n\n".encode() for event in events]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(line), line) for line in [*lines, b"data: [DONE]\n\n"])
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + chunks + b"0\r\n\r\n"


class _Connection(asyncio.Protocol):
    """One connection: for every whole request the reply that its model names."""

    replies: ClassVar[dict[tuple[bytes, int], bytes]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self._buffer, 0, end)
            whole = end + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < whole:
                return
            request, self._buffer = self._buffer[:whole], self._buffer[whole:]
            wanted = (asked[1], int(asked[2])) if (asked := _TOKENS.search(request)) else (b"tokens", 64)
            if wanted not in self.replies:
                self.replies[wanted] = encoded(*wanted)
            self._transport.write(self.replies[wanted])  # type: ignore[attr-defined]


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", 0, backlog=512)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}/v1", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
