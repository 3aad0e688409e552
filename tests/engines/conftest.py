import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator

import psutil
import pytest
from engine_requests import SECRET, KnownKey
from faulty import Faulty, faulty_server
from hostile import Hostile, hostile_server

from workbench.engines import Limits, Place

# Long enough for a machine that stalls: what is left over stays for ever, so a longer wait hides nothing.
GONE_S = 10.0


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    with faulty_server() as server:
        yield server


@pytest.fixture
def place(faulty: Faulty) -> Callable[..., Place]:
    """A place at the faulty server, with a key, where the pauses between tries are short."""
    return lambda path="": Place("gpu", faulty.address + path, KnownKey(), limits=Limits(pause_s=0.01))


@pytest.fixture
async def hostile(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Hostile]:
    """A hostile server. All that is logged is kept, and after the test neither connection nor task is left over."""
    caplog.set_level(logging.DEBUG)
    before = asyncio.all_tasks()
    with hostile_server() as server:
        yield server
        end = time.monotonic() + GONE_S
        while left := [*sockets_at(server), *(asyncio.all_tasks() - before - {asyncio.current_task()})]:
            assert time.monotonic() < end, f"left over after {len(server.heads)} requests: {left}"
            await asyncio.sleep(0.01)
    assert SECRET not in caplog.text


def sockets_at(server: Hostile) -> list[object]:
    """The open sockets of this process at the server; another process may knock at a new port, and is none of ours."""
    return [one for one in psutil.Process().net_connections("tcp") if one.laddr and one.laddr.port in server.open]
