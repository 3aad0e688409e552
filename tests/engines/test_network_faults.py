"""Through a real Toxiproxy that makes the network fail: every request ends in time, and nothing is left over."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from engine_requests import request
from servers.run import Server, process_of
from toxiproxy import Proxy, Toxiproxy

from workbench import errors
from workbench.connections.configuration._keys import KeyReference
from workbench.engines import Limits, OllamaEngine, OllamaModels, OpenAIEngine, Place
from workbench.engines.wire import _breaker
from workbench.messages import Reply, Request

BENCH_SERVER = Path(__file__).parents[2] / "bench" / "server.py"
IN_FLIGHT = 32
# What a busy machine may add to a deadline before a request counts as late.
SLACK_S = 2.0
GONE_S = 10.0
PATIENT = Limits(connect_s=20, first_s=60, token_s=60, request_s=60, attempts=2, pause_s=0.02)
HASTY = Limits(connect_s=0.5, first_s=0.5, token_s=0.5, request_s=1.0, attempts=2, pause_s=0.02)
LONG = "Tell a very long story about a town hall."

Engine = OpenAIEngine | OllamaEngine


@dataclass(frozen=True)
class Fault:
    """A toxic, how patient the client is, and in what alone a request may end; None stands for an answer."""

    toxic: str
    measures: dict[str, int]
    limits: Limits
    ends: frozenset[type[errors.EngineError] | None]

    def __str__(self) -> str:
        return "-".join([self.toxic, *map(str, self.measures.values())])


def fault(toxic: str, limits: Limits, *ends: type[errors.EngineError] | None, **measures: int) -> Fault:
    return Fault(toxic, measures, limits, frozenset(ends))


BROKEN = (errors.UnreachableError, errors.StreamCutError)
FAULTS = [
    fault("latency", PATIENT, None, latency=100, jitter=80),
    fault("latency", HASTY, errors.DeadlineError, latency=5000, jitter=0),
    fault("slicer", PATIENT, None, average_size=60, size_variation=30, delay=10),
    fault("reset_peer", PATIENT, *BROKEN, timeout=0),
    fault("timeout", HASTY, errors.DeadlineError, timeout=0),
    fault("bandwidth", HASTY, errors.DeadlineError, rate=1),
    fault("limit_data", PATIENT, errors.StreamCutError, bytes=4000),
    fault("slow_close", PATIENT, None, delay=500),
]
REAL_FAULTS = [
    fault("latency", PATIENT, None, latency=100, jitter=80),
    # Here a connection is reset when the first piece of an answer comes, for which a real server takes its time.
    fault("reset_peer", PATIENT, *BROKEN, timeout=0),
    fault("timeout", HASTY, errors.DeadlineError, timeout=0),
    fault("bandwidth", PATIENT, None, rate=1),
    fault("limit_data", PATIENT, errors.StreamCutError, bytes=1500),
    fault("slow_close", PATIENT, None, delay=300),
]


@dataclass(frozen=True)
class Outcome:
    """How one request ended: the class of its error or None, what had been answered, and the seconds it took."""

    kind: type[Exception] | None
    reply: Reply | None
    seconds: float


async def outcome(engine: Engine, wanted: Request) -> Outcome:
    start, kind, reply = time.monotonic(), None, None
    try:
        async for piece in engine.stream(wanted):
            reply = piece.reply
    except Exception as error:  # noqa: BLE001 - which one it was is what the test asks
        kind, reply = type(error), getattr(error, "reply", None)
    return Outcome(kind, reply, time.monotonic() - start)


async def outcomes(engine: Engine, wanted: Request, count: int) -> list[Outcome]:
    """Send a request that often, some in flight at once; of it all no task is left, and no socket but idle ones."""
    free = asyncio.Semaphore(IN_FLIGHT)

    async def one() -> Outcome:
        async with free:
            return await outcome(engine, wanted)

    found = await asyncio.gather(*(one() for _ in range(count)))
    port = urlsplit(engine.address).port
    # A connection may be kept for the next request only after a whole answer.
    most = min(IN_FLIGHT, sum(each.kind is None for each in found))
    await until_none(lambda: connections(port)[most:], "connections of failed requests")
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return found


async def until_none(left: Callable[[], Any], what: str) -> None:
    end = time.monotonic() + GONE_S
    while found := left():
        assert time.monotonic() < end, f"left after {GONE_S:.0f} s: {what}: {found}"
        await asyncio.sleep(0.05)


def connections(port: int | None = None, pid: int | None = None) -> list[Any]:
    """Open connections of this or another process, all or those to or from one port."""
    found = psutil.Process(pid).net_connections("tcp")
    return [each for each in found if each.raddr and port in (None, each.raddr.port, each.laddr.port)]


def in_own_loop(run: Callable[[], Any]) -> Any:
    """What it returns, after proof that its event loop has left neither a thread nor an open file or socket."""
    before = (connections(), psutil.Process().num_fds(), set(threading.enumerate()))
    found = asyncio.run(run())
    assert (connections(), psutil.Process().num_fds(), set(threading.enumerate())) == before
    return found


def assert_ended_in_time(found: list[Outcome], fault: Fault) -> None:
    assert {each.kind for each in found} <= fault.ends, Counter(each.kind for each in found)
    assert max(each.seconds for each in found) < fault.limits.request_s + SLACK_S


@pytest.fixture(scope="module")
def quick() -> Iterator[tuple[int, int]]:
    """A compatible server without delay in a process of its own: its port and its process."""
    with subprocess.Popen([sys.executable, BENCH_SERVER], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = urlsplit(process.stdout.readline().strip()).port
        assert port is not None
        yield port, process.pid
        process.terminate()


def engine_at(proxy: Proxy, limits: Limits, circuit: _breaker.Breaker | None = None) -> OpenAIEngine:
    """An engine behind a proxy. Its breaker, if none is given, never opens: so every request meets the fault."""
    place = Place("faulty", f"http://127.0.0.1:{proxy.port}/v1", limits=limits)
    _breaker._breakers[place.address] = circuit or _breaker.Breaker(failures=10**9)
    return OpenAIEngine(place)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_two_hundred_requests_end_in_an_answer_or_a_named_error(
    toxiproxy: Toxiproxy, quick: tuple[int, int], fault: Fault
) -> None:
    port, pid = quick
    with toxiproxy.proxy(port) as proxy:
        proxy.toxic(fault.toxic, **fault.measures)
        engine = engine_at(proxy, fault.limits)
        found = in_own_loop(lambda: outcomes(engine, request("tokens-64"), 200))
        asyncio.run(until_none(lambda: connections(port, pid), "connections at the server"))
    assert len(found) == 200
    assert_ended_in_time(found, fault)
    if fault.toxic == "limit_data":
        assert {bool(each.reply and each.reply.text.startswith(" Amt Amt")) for each in found} == {True}
    if None in fault.ends:
        assert {each.reply.text for each in found if each.reply} == {" Amt" * 64}


def test_a_server_that_goes_away_is_left_alone_and_asked_again_when_it_is_back(
    toxiproxy: Toxiproxy, quick: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(proxy: Proxy) -> tuple[list[Outcome], list[Outcome]]:
        engine = engine_at(proxy, PATIENT, _breaker.Breaker())
        proxy.down()
        away = await outcomes(engine, request("tokens-64"), 200)
        proxy.up()
        # On a busy machine a short pause would be over before all were refused.
        monkeypatch.setattr(_breaker, "monotonic", lambda: time.monotonic() + _breaker.PAUSE_S)
        assert (await outcome(engine, request("tokens-64"))).kind is None
        return away, await outcomes(engine, request("tokens-64"), 200)

    with toxiproxy.proxy(quick[0]) as proxy:
        away, back = in_own_loop(lambda: run(proxy))
    kinds = Counter(each.kind for each in away)
    assert set(kinds) == {errors.UnreachableError, errors.CircuitOpenError}
    assert kinds[errors.UnreachableError] <= IN_FLIGHT + _breaker.FAILURES
    assert max(each.seconds for each in away) < HASTY.request_s + SLACK_S
    assert {each.kind for each in back} == {None}


def real_engine(server: Server, port: int, limits: Limits) -> Engine:
    """An engine for a real server, at its own port or that of a proxy, whose breaker never opens."""
    address = f"http://127.0.0.1:{port}{urlsplit(server.url).path}"
    key = KeyReference("env:TEST_VLLM_KEY") if server.key else None
    place = Place("faulty", address, key, limits=limits)
    _breaker._breakers[address] = _breaker.Breaker(failures=10**9)
    return OllamaEngine(place) if server.name == "Ollama" else OpenAIEngine(place)


@pytest.fixture(params=["ollama", "vllm"])
def real(request: pytest.FixtureRequest) -> Server:
    """Each of the two real servers."""
    found: Server = request.getfixturevalue(request.param)
    return found


def at_work(vllm: Server) -> float:
    """How many requests vLLM works on or holds in its queue, by its own count."""
    with urllib.request.urlopen(vllm.url.removesuffix("/v1") + "/metrics", timeout=30) as response:
        lines = response.read().decode().splitlines()
    counts = ("vllm:num_requests_running", "vllm:num_requests_waiting{")
    return sum(float(line.split()[-1]) for line in lines if line.startswith(counts))


async def asked_directly(real: Server) -> Outcome:
    """What comes of a question past the failing network."""
    return await outcome(real_engine(real, port_of(real), PATIENT), request(real.model, max_tokens=1))


async def assert_works_on_nothing(real: Server) -> None:
    """No request is left on a real server: vLLM says so, and Ollama, which takes one at a time, answers the next."""
    if real.name == "vLLM":
        await until_none(lambda: at_work(real), "requests on which vLLM works")
        return
    answered = await asked_directly(real)
    if answered.kind is errors.DeadlineError:
        # After many requests that end early, Ollama's runner at times locks up: it sleeps, at no cost of time, and
        # answers nobody any more. A request of ours that was left would hold its connection, which is counted too.
        await end_runners(real)
        answered = await asked_directly(real)
    assert answered.kind is None
    assert answered.seconds < GONE_S


async def end_runners(ollama: Server) -> None:
    """End what Ollama runs models in; it starts the next for the next request.

    Unloading would do, but waits as long as somebody else's request, which is not answered either.
    """
    if (own := process_of(ollama)) is None:
        await OllamaModels(Place("ollama", ollama.url)).unload(ollama.model)
        return
    runners = psutil.Process(own).children()
    for runner in runners:
        runner.terminate()
    await asyncio.to_thread(psutil.wait_procs, runners, 10)


def port_of(server: Server) -> int:
    port = urlsplit(server.url).port
    assert port is not None
    return port


@pytest.mark.parametrize("fault", REAL_FAULTS, ids=str)
def test_a_real_server_behind_a_failing_network_has_nothing_left_to_do(
    toxiproxy: Toxiproxy, real: Server, fault: Fault
) -> None:
    # Where no whole answer can come a long one is asked for, on which the server would work for minutes.
    length = 3 if None in fault.ends else 1800
    wanted = request(real.model, LONG, max_tokens=length, temperature=0)
    with toxiproxy.proxy(port_of(real)) as proxy:
        engine = real_engine(real, proxy.port, fault.limits)
        if None in fault.ends:
            asyncio.run(outcome(engine, wanted))  # the model is loaded
        proxy.toxic(fault.toxic, **fault.measures)
        found = in_own_loop(lambda: outcomes(engine, wanted, 20))
        asyncio.run(assert_works_on_nothing(real))
    assert_ended_in_time(found, fault)
    if fault.toxic == "limit_data":
        assert all(each.reply and each.reply.text for each in found)


@pytest.mark.parametrize("failure", ["silent", "cut"])
def test_a_real_server_whose_network_fails_in_mid_stream(toxiproxy: Toxiproxy, real: Server, failure: str) -> None:
    limits = Limits(first_s=60, token_s=1.0, request_s=60, attempts=2, pause_s=0.02)
    wanted = request(real.model, LONG, max_tokens=1800, temperature=0)

    async def run(proxy: Proxy) -> Outcome:
        engine = real_engine(real, proxy.port, limits)
        begun = asyncio.Event()

        async def read() -> None:
            try:
                async for _ in engine.stream(wanted):
                    begun.set()
            finally:
                begun.set()

        reading = asyncio.ensure_future(read())
        await begun.wait()
        failed_at = time.monotonic()
        if failure == "silent":
            proxy.toxic("timeout", timeout=0)
        else:
            proxy.down()
        with pytest.raises(errors.EngineError) as caught:
            await reading
        return Outcome(caught.type, caught.value.reply, time.monotonic() - failed_at)

    with toxiproxy.proxy(port_of(real)) as proxy:
        ended = in_own_loop(lambda: run(proxy))
        asyncio.run(assert_works_on_nothing(real))
    assert ended.kind is (errors.DeadlineError if failure == "silent" else errors.StreamCutError)
    assert ended.reply is not None
    assert ended.reply.text
    assert ended.seconds < limits.token_s + SLACK_S
