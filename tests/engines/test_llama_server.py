"""The embedded engine's server: it takes as many threads as there is room for, and nobody notices when that changes."""

import asyncio
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from engine_requests import request

from workbench.engines.embedded import _llama_server, _room, _threads
from workbench.engines.embedded._engine import EmbeddedEngine, packaged_model
from workbench.engines.embedded._llama_server import LlamaServer, Shared
from workbench.engines.embedded._room import Watch
from workbench.messages import Reply, Request

LONG = "Tell a very long story about a town hall."
linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux tells what is busy")


class Room:
    """For how many threads there is room, as a test says it."""

    def __init__(self) -> None:
        self.threads = 2


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    """A machine whose room a test changes."""
    said = Room()

    async def threads(_: Watch) -> int:
        return said.threads

    monkeypatch.setattr(Watch, "threads", threads)
    return said


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The packaged model's weights at a place of their own, so that no other test shares the server."""
    own = tmp_path / "own.gguf"
    own.write_bytes(packaged_model().read_bytes())
    return own


def story(tokens: int) -> Request:
    return request("own", LONG, max_tokens=tokens, temperature=0, stop_repeats=False)


async def test_the_server_is_started_anew_with_as_many_threads_as_there_is_room_for(file: Path, room: Room) -> None:
    engine, shared = EmbeddedEngine("own", file), _llama_server.shared(file)
    first = await engine.ask(story(16))
    room.threads = 1
    second = await engine.ask(story(16))
    third = await engine.ask(story(16))
    assert shared._running is not None
    assert shared._running.threads == 1
    assert first.text == second.text == third.text
    assert first.timing.load_s > 0
    assert second.timing.load_s > 0
    assert third.timing.load_s == 0


async def test_those_who_are_being_answered_are_answered_to_the_end(
    file: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_llama_server, "_DRAIN_S", 120.0)
    engine, shared = EmbeddedEngine("own", file), _llama_server.shared(file)
    begun = asyncio.Event()

    async def long() -> Reply | None:
        reply = None
        async for piece in engine.stream(story(40)):
            begun.set()
            reply = piece.reply or reply
        return reply

    answering = asyncio.ensure_future(long())
    await begun.wait()
    before = shared._running
    room.threads = 1
    others = await asyncio.gather(*(engine.ask(story(8)) for _ in range(3)))
    reply = await answering
    assert reply is not None
    assert reply.usage.completion_tokens == 40
    assert shared._running is not before
    assert {other.usage.completion_tokens for other in others} == {8}
    assert sum(other.timing.load_s > 0 for other in others) == 1


async def test_nobody_waits_long_for_an_answer_that_does_not_end(
    file: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_llama_server, "_DRAIN_S", 2.0)
    shared = Shared(file, None)
    async with shared.serving("own") as (server, _):
        room.threads = 1
        async with shared.serving("own") as (same, load_s):
            assert same is server
        assert load_s == 0
        # What was waited for in vain is not waited for again at once.
        loop = asyncio.get_running_loop()
        begun = loop.time()
        async with shared.serving("own") as (same, _):
            assert same is server
        assert loop.time() - begun < 2


async def test_who_waits_takes_the_server_as_it_is_once_there_is_room_for_it_again(
    file: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_llama_server, "_DRAIN_S", 120.0)
    shared = Shared(file, None)

    async def use() -> LlamaServer:
        async with shared.serving("own") as (server, _):
            return server

    async with shared.serving("own") as (server, _):
        room.threads = 1
        waiting = asyncio.ensure_future(use())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        room.threads = 2
        assert await asyncio.wait_for(waiting, 60) is server


async def test_who_gives_up_while_it_starts_leaves_it_starting(
    file: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, begun, may_go_on = Shared(file, None), threading.Event(), threading.Event()

    def held(file: Path, name: str, count: int) -> LlamaServer:
        begun.set()
        may_go_on.wait(60)
        return LlamaServer(file, name, count)

    monkeypatch.setattr(_llama_server, "LlamaServer", held)

    async def use() -> int:
        async with shared.serving("own") as (server, _):
            return server.threads

    impatient = asyncio.ensure_future(use())
    await asyncio.to_thread(begun.wait, 60)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert shared._is_starting
    may_go_on.set()
    assert await use() == 2
    room.threads = 1
    assert await use() == 1


async def test_a_number_that_somebody_said_stays(file: Path, room: Room) -> None:
    shared = Shared(file, 1)
    async with shared.serving("own") as (server, _):
        pass
    room.threads = 2
    async with shared.serving("own") as (same, _):
        assert same is server
    assert server.threads == 1


DROPPED = """
from workbench.engines.embedded._engine import packaged_model
from workbench.engines.embedded._llama_server import LlamaServer
for number in range(6):
    LlamaServer(packaged_model(), "own", 1)
"""


def test_a_server_that_is_dropped_at_once_ends() -> None:
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    try:
        done = subprocess.run([sys.executable, "-c", DROPPED], timeout=120, check=False)
    finally:
        for each in busy:
            each.kill()
            each.wait()
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("processors", "usable", "busy", "threads"),
    [
        (2, 2, 0.0, 2),
        (2, 2, 0.4, 2),
        (2, 2, 0.8, 1),
        (2, 2, 3.2, 1),
        (64, 2, 30.0, 2),
        (16, 16, 3.0, 13),
        (16, 4, 15, 1),
    ],
)
def test_room_is_what_others_leave_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, processors: int, usable: int, busy: float, threads: int
) -> None:
    monkeypatch.setattr(_room.os, "cpu_count", lambda: processors)
    monkeypatch.setattr(_threads, "processors", lambda: usable)
    monkeypatch.setattr(_threads, "cores", lambda: usable)
    assert _room.room(busy) == threads


def test_one_thread_more_or_less_among_many_is_no_reason() -> None:
    watch = Watch()
    assert [watch.agreed(seen) for seen in (16, 15, 15, 15, 15, 8, 9, 8, 8)] == [16] * 7 + [8, 8]


@linux
def test_what_others_do_is_seen_and_what_this_process_does_is_not() -> None:
    before = mean_of_looks()
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(8)]
    try:
        time.sleep(0.5)
        beside = mean_of_looks()
    finally:
        for other in others:
            other.kill()
            other.wait()
    # What else this machine does meanwhile comes and goes.
    assert 4 < beside - before < 12


def mean_of_looks() -> float:
    async def looks() -> float:
        return statistics.fmean([await _room.busy_elsewhere() for _ in range(20)])

    return asyncio.run(looks())


@linux
def test_where_the_system_does_not_tell_all_seems_free(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_room, "_LOADAVG", tmp_path / "none")
    assert asyncio.run(_room.busy_elsewhere()) == 0
    (tmp_path / "odd").write_text("0.00 0.00 0.00\n")
    monkeypatch.setattr(_room, "_LOADAVG", tmp_path / "odd")
    assert asyncio.run(_room.busy_elsewhere()) == 0
