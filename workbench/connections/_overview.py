"""Everything there is at a glance: connections, their models, what is loaded, and the memory of this machine."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from workbench.connections._registry import Connection, connections, problems
from workbench.connections.configuration._files import NAME as FILE
from workbench.connections.kinds import Api
from workbench.engines.cassette import call, taped
from workbench.engines.openai._server import check_health
from workbench.errors import UnsupportedError, WorkbenchError
from workbench.model_info import Capabilities, Gauges, LoadedModel, ModelInfo

ANSWER_S = 3.0
_ABILITIES = ("tools", "thinking", "vision", "embedding")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelState:
    """A model of a server now.

    Attributes:
        name: Its name on the server.
        is_loaded: Whether it is in memory; None where the server does not say.
        loaded: What it takes there, where the server says so.
        size_bytes: Size of its files.
        context: Length of the context, in tokens.
        can: What it can do beside chatting: "tools", "thinking", "vision", "embedding".
        adapter_of: The model that this LoRA adapter changes; "" for a model of its own.
        runs_at: The host to which the server passes on what it is asked; "" where it answers itself.
    """

    name: str
    is_loaded: bool | None = None
    loaded: LoadedModel | None = None
    size_bytes: int | None = None
    context: int | None = None
    can: tuple[str, ...] = ()
    adapter_of: str = ""
    runs_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    """A server now.

    Attributes:
        name: Name of its connection.
        kind: Kind of the connection; "" where nobody knows it.
        address: Where it is.
        product: What it says it is.
        problem: Why it cannot be asked; "" where it can.
        manages: Whether its models can be fetched, loaded, unloaded and deleted from here.
        models: Its models.
        gauges: How busy it is, where it says so.
    """

    name: str
    kind: str
    address: str
    product: str = ""
    problem: str = ""
    manages: bool = False
    models: tuple[ModelState, ...] = ()
    gauges: Gauges | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """All servers now.

    Attributes:
        servers: One for each connection.
        memory_total_bytes: Memory of this machine.
        memory_free_bytes: What of it is free for a model.
    """

    servers: tuple[ServerState, ...]
    memory_total_bytes: int
    memory_free_bytes: int


async def overview() -> Overview:
    """Ask all connections at once; one that cannot be used or does not answer within 3 seconds tells its problem.

    Returns:
        What there is now. The usual address of Ollama is left out where nothing answers.

    >>> import asyncio
    >>> asyncio.run(overview()).servers[0].name
    'embedded'
    """
    servers = await asyncio.gather(*(_server(asked) for asked in connections()))
    total, free = await _memory()
    files = [ServerState(name=FILE, kind="", address=one.where, problem=str(one)) for one in problems()]
    return Overview((*(one for one in servers if one is not None), *files), total, free)


async def _memory() -> tuple[int, int]:
    """The memory of this machine in bytes, and what of it is free; of another one while a recording is played."""

    async def look() -> tuple[int, int]:
        import psutil  # browsers have none

        memory = psutil.virtual_memory()
        return memory.total, memory.available

    return await taped(call("look", "", "", "memory"), look, tuple[int, int])


async def _server(asked: Connection) -> ServerState | None:
    address = asked.settings.url
    try:
        engine = asked.engine()
        address = engine.address
        async with asyncio.timeout(ANSWER_S):
            listed = await engine.models()
            address = engine.address  # what answers there may have told where its API begins
            held = await _loaded(asked)
            kind = asked.record  # which what answers there may have told too
            product = await _product(asked, kind.api) if kind.api else kind.product.product
            busy = await kind.api.gauges(asked.place()) if kind.api else None
    except (WorkbenchError, TimeoutError) as error:
        if asked.settings.source == "default":
            return None
        problem = str(error) if isinstance(error, WorkbenchError) else f"no answer within {ANSWER_S:g} s"
        return ServerState(name=asked.name, kind=asked.kind or "", address=address, problem=problem)
    return ServerState(
        name=asked.name,
        kind=asked.kind or "",
        address=address,
        product=product,
        manages=kind.models is not None,
        models=tuple(_model(info, held) for info in listed),
        gauges=busy,
    )


async def _product(asked: Connection, api: Api) -> str:
    server = await api.product(asked.place())
    if server.tells_health:
        await check_health(asked.place())
    return str(server)


async def _loaded(asked: Connection) -> dict[str, LoadedModel]:
    try:
        return {one.name: one for one in await asked.engine().loaded()}
    except UnsupportedError:
        return {}


def _model(info: ModelInfo, held: dict[str, LoadedModel]) -> ModelState:
    return ModelState(
        name=info.name,
        is_loaded=info.loaded,
        loaded=held.get(info.name),
        size_bytes=info.size_bytes,
        context=info.capabilities.context,
        can=_can(info.capabilities),
        adapter_of=info.adapter_of,
        runs_at=info.runs_at,
    )


def _can(found: Capabilities) -> tuple[str, ...]:
    return tuple(name for name in _ABILITIES if getattr(found, name))
