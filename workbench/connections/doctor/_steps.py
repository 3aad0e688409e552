"""The way to a server, step by step: policy, name, port, TLS, path, key, health, cloud, models, one token, speed."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from time import perf_counter
from urllib.parse import urlsplit

from workbench.connections._registry import Connection
from workbench.connections.doctor._diagnosis import Step
from workbench.connections.kinds import Api, Said
from workbench.engines import Place
from workbench.engines.cassette import as_recorded, call, taped
from workbench.engines.openai._server import check_health, passes_on
from workbench.engines.sending._fetch import fetch
from workbench.engines.sending._leaving import noted
from workbench.engines.sending._product import Server
from workbench.errors import ConfigurationError, EngineError, KeyReferenceError, PolicyError, WorkbenchError
from workbench.messages import Reply
from workbench.model_info import ModelInfo

NETWORK_S = 10.0
_SPEED_S = 10.0
_BUSY_FOR_S = 0.5  # the machine is watched so long before it is asked
_BUSY_PERCENT = 40.0
_SLOW = 15.0  # tokens per second: slower than people read

Look = Callable[[], Awaitable[Said]]


def network_steps(connection: Connection) -> Iterator[tuple[str, Look]]:
    """The steps until the server answers as its kind does, by name; the caller stops at the first that fails."""
    place = connection.place()
    reached = urlsplit(connection.settings.transport.proxy or place.address)
    host = reached.hostname or ""
    port = reached.port or (443 if reached.scheme == "https" else 80)
    yield "policy", lambda: _policy(place)
    yield "name", lambda: _taped(place, "name", lambda: _name(host, port))
    yield "port", lambda: _taped(place, "port", lambda: _port(place, host, port))
    if urlsplit(place.address).scheme == "https" and not connection.settings.transport.proxy:
        yield "TLS", lambda: _taped(place, "TLS", lambda: _tls(place, host, port))
    yield "path", lambda: _path(connection)
    yield "key", lambda: _key(connection)


def settings_step(problem: WorkbenchError) -> Step:
    """The step for a connection that is described in a way that cannot be used."""
    return Step(name="settings", passed=False, said=f"{problem.what} ({problem.where})", advice=problem.advice)


async def timed(connection: str, name: str, look: Look, limit_s: float = 2 * NETWORK_S) -> Step:
    """A step with its duration; one that takes longer than the limit has failed."""
    begun = perf_counter()
    try:
        async with asyncio.timeout(limit_s):
            passed, said, advice = await look()
    except TimeoutError:
        passed, said, advice = False, f"no answer within {limit_s:.0f} s", "check firewall and server"
    except WorkbenchError as error:
        passed, said, advice = False, error.what, error.advice
    step = Step(name=name, passed=passed, said=said, advice=advice, seconds=perf_counter() - begun)
    return as_recorded(call("look", connection, "", f"step {name}"), step, Step)


async def _taped(place: Place, name: str, look: Look) -> Said:
    """What is seen of the network, which is not to be looked at while recorded answers are played."""
    return await taped(call("look", place.connection, "", name), look, tuple[bool, str, str], place.secrets)


async def _policy(place: Place) -> Said:
    try:
        place.gate.admit(place.address)
    except (PolicyError, ConfigurationError) as error:
        return False, error.what, error.advice
    return True, "this host may be reached", ""


async def _name(host: str, port: int) -> Said:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return False, f"the name {host!r} is not known", "check its spelling, and whether you are in the right network"
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    return True, f"{host} is {', '.join(addresses[:3])}" if host not in addresses else "an address, not a name", ""


async def _port(place: Place, host: str, port: int) -> Said:
    try:
        with noted(place, "TCP") as note:
            async with asyncio.timeout(NETWORK_S):
                _, writer = await asyncio.open_connection(host, port)
            note.answered()
    except TimeoutError:
        return False, f"port {port} does not answer", "a firewall may be in between; ask for this port to be opened"
    except OSError as error:
        said = os.strerror(error.errno).lower() if error.errno and error.errno > 0 else str(error)
        advice = "start the server, or check the port (Ollama: 11434, vLLM: 8000, llama.cpp: 8080, LiteLLM: 4000)"
        return False, f"port {port}: {said}", advice
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True, f"port {port} is open", ""


async def _tls(place: Place, host: str, port: int) -> Said:
    context = place.transport.for_request().get("ssl") or ssl.create_default_context()
    try:
        with noted(place, "TLS") as note:
            _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
            note.answered()
    except ssl.SSLCertVerificationError as error:
        advice = "give the file of your authority: ca=, or correct the name in the address"
        if "expired" in error.verify_message:
            advice = "the server's certificate must be renewed"
        return False, f"the certificate is not accepted: {error.verify_message}", advice
    except ssl.SSLError as error:
        if "WRONG_VERSION_NUMBER" in str(error) or "RECORD_LAYER_FAILURE" in str(error):
            return False, "the server does not speak TLS on this port", "write http:// instead of https://"
        return False, f"no secure connection: {error.reason}", "the server may want a certificate: certificate="
    except OSError as error:
        return False, f"no secure connection: {error.strerror or error}", "see the server's log"
    version = writer.get_extra_info("ssl_object").version()
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True, f"{version}, certificate accepted", ""


async def _path(connection: Connection) -> Said:
    """Whether what answers there speaks the protocol of the connection's kind; and if not, which it speaks."""
    await connection.find_kind()
    return await api_of(connection).speaks(connection.place())


def api_of(connection: Connection) -> Api:
    """How the server is spoken to, as far as its kind is known by now."""
    api = connection.record.api
    assert api is not None, "an engine in this process is not reached over the network"
    return api


async def _key(connection: Connection) -> Said:
    place = connection.place()
    path = api_of(connection).models_path
    try:
        place.all_headers()
    except KeyReferenceError as error:
        return False, str(error), error.advice
    found = await fetch(place, path)
    without = await fetch(place, path, with_key=False) if place.key else found
    if found.status in (401, 403):
        if place.key is None:
            return False, "the server asks for a key", f'wb.connect("{connection.name}", …, key="env:NAME")'
        return False, f"the server refuses the key of {place.key.reference}", "check what it holds, and what it may do"
    if place.key is None:
        return True, "the server asks for none", ""
    if without.status == 200:
        return True, "accepted, though the server answers without one too", ""
    return True, f"accepted, from {place.key.reference}", ""


def product_steps(place: Place, product: Server) -> Iterator[tuple[str, Look]]:
    """The steps that only some products know, by name."""
    if product.tells_health:
        yield "health", lambda: _health(place)
    if product.product == "Ollama":
        yield "cloud", lambda: _cloud(place)


async def _health(place: Place) -> Said:
    """Whether the server says that it is well."""
    await check_health(place)
    return True, "the server says that it is well", ""


async def _cloud(place: Place) -> Said:
    """Whether an Ollama would pass on to ollama.com what it is asked; that is not a failure, but to be known."""
    passes = await passes_on(place)
    if passes is None:
        return True, "the server does not say whether it passes anything on to ollama.com", ""
    if not passes:
        return True, "switched off: nothing is passed on to ollama.com", ""
    said = "switched on: the server itself would pass on to ollama.com what is meant for models that run there"
    return True, said, "let Ollama be started with OLLAMA_NO_CLOUD=1, so that nobody can send anything there"


async def models_step(connection: str, listed: Awaitable[list[ModelInfo]], wanted: str) -> tuple[Step, list[ModelInfo]]:
    """Whether the server has the model that is to be examined; and all that it has."""
    found: list[ModelInfo] = []

    async def look() -> Said:
        found.extend(await listed)
        names = [info.name for info in found]
        if not names:
            return False, "the server has no model", "load one (Ollama: wb.pull)"
        if wanted and not any(same_model(name, wanted) for name in names):
            return False, f"no model {wanted!r} among {len(names)}", f"there are {', '.join(names[:8])}"
        return True, f"{len(names)}: {', '.join(names[:5])}{' …' if len(names) > 5 else ''}", ""

    return await timed(connection, "models", look), found


def same_model(listed: str, wanted: str) -> bool:
    """Whether two names mean the same model: Ollama's names end in `:latest` where nothing else is said.

    >>> same_model("smollm2:latest", "smollm2"), same_model("smollm2:360m", "smollm2")
    (True, False)
    """
    return listed.removesuffix(":latest") == wanted.removesuffix(":latest")


async def token_step(connection: str, asked: Awaitable[Reply], limit_s: float) -> Step:
    """Whether the model writes one token."""

    async def look() -> Said:
        reply = await asked
        load = f", {reply.timing.load_s:.1f} s of it to load the model" if reply.timing.load_s >= 0.1 else ""
        return True, f"answered after {reply.timing.total_s + reply.timing.load_s:.1f} s{load}", ""

    return await timed(connection, "token", look, limit_s)


async def _busy(connection: str) -> float:
    """How busy this machine is, in percent; or was, when it was recorded."""

    async def look() -> float:
        import psutil  # browsers have none

        return await asyncio.to_thread(psutil.cpu_percent, _BUSY_FOR_S)

    return await taped(call("look", connection, "", "busy"), look, float)


async def speed_step(connection: str, ask: Callable[[], Awaitable[Reply]], slow_advice: Callable[[], str]) -> Step:
    """How fast a server on this machine writes, and what to do where other work makes it slow."""

    async def look() -> Said:
        busy = await _busy(connection)
        begun, tokens = perf_counter(), 0
        with suppress(TimeoutError, EngineError):
            async with asyncio.timeout(_SPEED_S):
                tokens = (await ask()).usage.completion_tokens or 0
        speed = tokens / (perf_counter() - begun)
        said = f"{speed:.0f} tokens/s" if tokens else f"no answer of a few tokens within {_SPEED_S:.0f} s"
        if busy < _BUSY_PERCENT or speed >= _SLOW:
            return True, said, ""
        return True, f"{said}, while other work takes {busy:.0f} % of this machine", slow_advice()

    return await timed(connection, "speed", look, _BUSY_FOR_S + _SPEED_S + NETWORK_S)
