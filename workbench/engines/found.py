"""An engine for a server of which nobody has said what it is: what answers says it, at the first use."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from workbench.engines._protocol import Engine
from workbench.engines.sending._once import Fetched, once
from workbench.engines.wire._place import Place
from workbench.engines.wire._remembered import Remembered
from workbench.errors import UnsupportedError
from workbench.messages import Options, Piece, Reply, Request
from workbench.model_info import Capabilities, LoadedModel, ModelInfo

_UNSURE_S = 10.0
_log = logging.getLogger("workbench")


@dataclass(frozen=True, slots=True)
class Found:
    """What answers at an address.

    Attributes:
        kind: Kind of the server.
        address: Where its API begins.
        is_sure: Whether it has shown that; else it is only the likelier kind.
    """

    kind: Literal["ollama", "openai"]
    address: str
    is_sure: bool = True


_known: dict[tuple[str, str], Found] = {}
_looked = Remembered[Found](_UNSURE_S)


def known_kind(place: Place) -> Found | None:
    """Return what was found at a place; None where nobody has asked yet, or nothing has told it."""
    return _known.get((place.connection, place.address))


async def find_kind(place: Place) -> Found:
    """Find out once what answers at a place. Raises PolicyError, and an EngineError where nothing answers."""
    key = (place.connection, place.address)
    if (found := _known.get(key)) is not None:
        return found
    found = await _looked.get(key, partial(_look, place))
    assert found is not None
    if found.is_sure and key not in _known:
        _known[key] = found
        _log.info("connection %r: %s answers at %s", place.connection, found.kind, found.address)
    return found


def forget_kinds(connection: str = "") -> None:
    """Ask anew what answers: for one connection, or for all."""
    for key in [key for key in _known if connection in ("", key[0])]:
        del _known[key]
    _looked.forget()


async def _look(place: Place) -> Found:
    if await _is_ollama(place):
        return Found("ollama", place.address)
    likely = Found("openai", place.address, is_sure=False)
    for part in ("", "/v1"):
        here = replace(place, address=place.url(part))
        listed = await once(place, here.url("/models"))
        if _lists(listed, "data"):
            return Found("openai", here.address)
        if listed.status in (401, 403):  # the key is missing or wrong, as whoever asks a model is told
            return Found("openai", here.address, is_sure=False)
    return likely


async def _is_ollama(place: Place) -> bool:
    # LiteLLM passes unknown paths on, to an Ollama perhaps.
    if (await once(place, place.url("/health/readiness"))).field("litellm_version"):
        return False
    if not (await once(place, place.url("/api/version"))).field("version"):
        return False
    return _lists(await once(place, place.url("/api/tags")), "models")  # others tell a version there too


def _lists(fetched: Fetched, name: str) -> bool:
    found = fetched.json if fetched.status == 200 else None
    return isinstance(found, dict) and isinstance(found.get(name), list)


class FoundEngine:
    """A server whose kind is found out at the first use, and remembered for this process.

    Args:
        place: The server.
        make: Makes the engine of a kind for a place, with as many slots.
        slots: How many requests it works on at once, if known.

    >>> from workbench.engines import OllamaEngine
    >>> FoundEngine(Place("gpu", "http://127.0.0.1:8000"), lambda kind, *given: OllamaEngine(*given)).address
    'http://127.0.0.1:8000'
    """

    def __init__(
        self, place: Place, make: Callable[[str, Place, int | None], Engine], slots: int | None = None
    ) -> None:
        self.connection = place.connection
        self.slots = slots
        self._place = place
        self._make = make

    @property
    def address(self) -> str:
        """Where the server is; where its API begins, once that is known."""
        found = known_kind(self._place)
        return found.address if found else self._place.address

    async def find(self) -> Engine:
        """Find the engine for what answers. Raises PolicyError, and an EngineError where nothing answers."""
        return self._of(await find_kind(self._place))

    def _of(self, found: Found) -> Engine:
        return self._make(found.kind, replace(self._place, address=found.address), self.slots)

    async def models(self) -> list[ModelInfo]:
        """List the models that the server offers now."""
        return await (await self.find()).models()

    async def capabilities(self, model: str) -> Capabilities:
        """Say what one model can do, as far as the server says."""
        return await (await self.find()).capabilities(model)

    def unsupported(self, options: Options) -> dict[str, UnsupportedError]:
        """List what of the options the server cannot do; nothing, as long as nobody knows what it is."""
        found = known_kind(self._place)
        return self._of(found).unsupported(options) if found else {}

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """Stream the answer as it arrives; the last piece carries the reply."""
        answering = (await self.find()).stream(request)
        try:
            async for piece in answering:
                yield piece
        finally:
            await answering.aclose()

    async def ask(self, request: Request) -> Reply:
        """Ask for the whole answer, without a stream."""
        return await (await self.find()).ask(request)

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Embed each text as a vector."""
        return await (await self.find()).embed(model, texts)

    async def tokenize(self, model: str, text: str) -> list[int]:
        """Split a text into tokens."""
        return await (await self.find()).tokenize(model, text)

    async def detokenize(self, model: str, tokens: Sequence[int]) -> str:
        """Put tokens together to a text."""
        return await (await self.find()).detokenize(model, tokens)

    async def loaded(self) -> list[LoadedModel]:
        """List the models that are in memory now."""
        return await (await self.find()).loaded()
