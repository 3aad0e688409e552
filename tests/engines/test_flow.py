"""Flow control: a reader that is slow makes the server wait, and loses nothing."""

import asyncio
import json
from collections.abc import AsyncGenerator

from engine_requests import request
from hostile import Asked, head, hostile_server

from workbench.engines import Limits, OpenAIEngine, Place

EVENTS, WORDS = 3000, 2000  # 24 megabytes, more than all buffers on the way hold


async def test_a_slow_reader_gets_all_of_a_long_answer() -> None:
    sent = 0

    async def long(_: Asked) -> AsyncGenerator[bytes, None]:
        nonlocal sent
        yield head("200 OK", "text/event-stream", "Transfer-Encoding: chunked")
        for number in range(EVENTS):
            delta = {"content": f"{number} " + "Amt " * WORDS}
            event = f"data: {json.dumps({'choices': [{'delta': delta}]})}\n\n".encode()
            sent += 1
            yield b"%x\r\n%b\r\n" % (len(event), event)
        yield b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"

    with hostile_server() as server:
        server.answers["v1"] = long
        pieces, waited_for = [], 0
        async for piece in OpenAIEngine(Place("slow", f"{server.address}/v1")).stream(request("m", stop_repeats=False)):
            if not pieces:
                await asyncio.sleep(0.5)
                waited_for = sent
            pieces.append(piece)
    assert waited_for < EVENTS, "the server was not made to wait"
    reply = pieces[-1].reply
    assert reply is not None
    assert reply.text == "".join(f"{number} " + "Amt " * WORDS for number in range(EVENTS))


async def test_a_pause_by_the_number_of_chunks_leaves_nothing_behind() -> None:
    """As many tiny chunks as make aiohttp pause, the last of them the last of its read, and then the rest."""

    async def tiny(_: Asked) -> AsyncGenerator[bytes, None]:
        yield head("200 OK", "text/event-stream", "Transfer-Encoding: chunked")
        yield b"1\r\n:\r\n" * 16_385
        await asyncio.sleep(0.5)
        for event in (b"\n\n", b'data: {"choices": [{"delta": {"content": "Bonn"}}]}\n\n', b"data: [DONE]\n\n"):
            yield b"%x\r\n%b\r\n" % (len(event), event)
        yield b"0\r\n\r\n"

    with hostile_server() as server:
        server.answers["v1"] = tiny
        engine = OpenAIEngine(Place("tiny", f"{server.address}/v1", limits=Limits(token_s=5)))
        async with asyncio.timeout(20):
            pieces = [piece async for piece in engine.stream(request("m"))]
    assert pieces[-1].reply is not None
    assert pieces[-1].reply.text == "Bonn"
