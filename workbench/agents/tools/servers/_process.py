"""A server of tools that is a program of this machine: started with what it is given and nothing else, and ended."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
from mcp.shared.message import SessionMessage
from mcp.types import jsonrpc_message_adapter

from workbench.agents.tools.servers import _guard
from workbench.agents.tools.servers._wire import LONGEST, Wire
from workbench.errors import AnswerTooLongError

_ENDS_WITHIN_S = 8.0  # longer than the guard takes
_HAS_GUARD = os.name == "posix"


@asynccontextmanager
async def process_transport(
    command: Sequence[str], environment: Mapping[str, str], folder: str | None, wire: Wire
) -> AsyncGenerator[tuple[Any, Any]]:
    """The streams of messages from and to a program, which runs meanwhile.

    Args:
        command: The program and its arguments.
        environment: All of its environment.
        folder: Where it runs.
        wire: What is seen of it.
    """
    guard = [sys.executable, "-I", "-S", str(Path(_guard.__file__)), str(os.getpid())] if _HAS_GUARD else []
    process = await asyncio.create_subprocess_exec(
        *guard,
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(environment),
        cwd=folder,
        limit=LONGEST,
        start_new_session=True,
    )
    incoming, read = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    write, outgoing = anyio.create_memory_object_stream[SessionMessage](0)
    tasks = [
        asyncio.create_task(_reads(process, incoming, wire)),
        asyncio.create_task(_writes(process, outgoing)),
        asyncio.create_task(_hears(process, wire)),
    ]
    try:
        yield read, write
    finally:
        wire.closed = True
        with anyio.CancelScope(shield=True):
            await _end(process, tasks)
            for stream in (incoming, read, write, outgoing):
                await stream.aclose()


async def _reads(process: asyncio.subprocess.Process, incoming: Any, wire: Wire) -> None:
    assert process.stdout is not None
    async with incoming:
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:
                what = f"the server wrote a message of more than {LONGEST >> 20} MiB"
                wire.fatal = AnswerTooLongError(what, where=wire.where, advice="ask for less, or see its log")
                break
            if not line:
                break
            try:
                message = SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
            except ValueError:  # many print a greeting or a log where only messages should be
                wire.hears(line)
                continue
            with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                await incoming.send(message)
        wire.closed = True


async def _writes(process: asyncio.subprocess.Process, outgoing: Any) -> None:
    assert process.stdin is not None
    async for one in outgoing:
        line = one.message.model_dump_json(by_alias=True, exclude_unset=True)
        with suppress(OSError):  # it has ended, as who reads from it notices
            process.stdin.write(f"{line}\n".encode())
            await process.stdin.drain()


async def _hears(process: asyncio.subprocess.Process, wire: Wire) -> None:
    assert process.stderr is not None
    while raw := await process.stderr.read(65536):
        wire.hears(raw)


async def _end(process: asyncio.subprocess.Process, tasks: Sequence[asyncio.Task[None]]) -> None:
    """End the program: by the end of its input, then by force."""
    tasks[1].cancel()
    tasks[0].cancel()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    draining = asyncio.create_task(_drained(process.stdout))  # one that still writes could not end
    try:
        await asyncio.wait_for(process.wait(), _ENDS_WITHIN_S)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _ENDS_WITHIN_S)
    for task in (*tasks, draining):
        task.cancel()
    await asyncio.gather(*tasks, draining, return_exceptions=True)
    # What it has started may still hold the pipes, which would wait for it.
    process._transport.close()  # type: ignore[attr-defined]


async def _drained(stream: asyncio.StreamReader) -> None:
    with suppress(ValueError, RuntimeError):
        while await stream.read(65536):
            pass
