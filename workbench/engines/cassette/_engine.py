"""An engine whose questions go to the cassette that is inserted, if one is."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeVar

from msgspec import UNSET, Struct, UnsetType

from workbench.engines._protocol import Engine
from workbench.engines.cassette._calls import Call, Kind, call
from workbench.engines.cassette._cassette import Cassette
from workbench.engines.cassette._taped import asked_cassette, taped
from workbench.errors import UnsupportedError
from workbench.messages import Image, Options, Piece, Reply, Request, Role, ToolCall
from workbench.model_info import Capabilities, LoadedModel, ModelInfo

T = TypeVar("T")


class _Said(Struct):
    """A message as a recording has it."""

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...]
    tool_call_id: str | None
    name: str | None
    images: tuple[Image, ...] | UnsetType


@dataclass(frozen=True, slots=True)
class TapedEngine:
    """An engine of which everything is recorded or played while a cassette is inserted, and nothing otherwise.

    Attributes:
        inner: The engine that asks.
        secrets: Tells what must not be written down, in all its forms.
        kind: Tells what kind of connection it is, as far as that is known.
        find: Finds out what kind of server it is, where nobody has said it: that is recorded by itself, as others want
            to know it too.
    """

    inner: Engine
    secrets: Callable[[], tuple[str, ...]] = tuple
    kind: Callable[[], str | None] = lambda: None
    find: Callable[[], Awaitable[object]] | None = None

    @property
    def connection(self) -> str:
        """The name of the connection."""
        return self.inner.connection

    @property
    def address(self) -> str:
        """Where the server is."""
        return self.inner.address

    @property
    def slots(self) -> int | None:
        """How many requests the server is known to work on at once."""
        return self.inner.slots

    def unsupported(self, options: Options) -> dict[str, UnsupportedError]:
        """What of the options this kind of server cannot do."""
        return self.inner.unsupported(options)

    def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """The answer as it arrives; the last piece carries the reply."""
        if (cassette := asked_cassette()) is None:
            return self.inner.stream(request)
        asked = call("stream", self.connection, request.model, _said(request), self.kind() or "")
        if self.find is None:
            return cassette.pieces(asked, lambda: self.inner.stream(request), self.secrets)
        return self._found_stream(self.find, cassette, asked, request)

    async def _found_stream(
        self, find: Callable[[], Awaitable[object]], cassette: Cassette, asked: Call, request: Request
    ) -> AsyncGenerator[Piece, None]:
        await find()
        async with aclosing(cassette.pieces(asked, lambda: self.inner.stream(request), self.secrets)) as pieces:
            async for piece in pieces:
                yield piece

    async def ask(self, request: Request) -> Reply:
        """The whole answer, asked for without a stream."""
        return await self._taped("ask", request.model, _said(request), lambda: self.inner.ask(request), Reply)

    async def models(self) -> list[ModelInfo]:
        """The models that the server offers now."""
        return await self._taped("models", "", None, self.inner.models, list[ModelInfo])

    async def capabilities(self, model: str) -> Capabilities:
        """What one model can do, as far as the server says."""
        return await self._taped("capabilities", model, None, lambda: self.inner.capabilities(model), Capabilities)

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text."""
        return await self._taped("embed", model, texts, lambda: self.inner.embed(model, texts), list[list[float]])

    async def tokenize(self, model: str, text: str) -> list[int]:
        """The tokens of a text."""
        return await self._taped("tokenize", model, text, lambda: self.inner.tokenize(model, text), list[int])

    async def detokenize(self, model: str, tokens: Sequence[int]) -> str:
        """The text of tokens."""
        return await self._taped("detokenize", model, tokens, lambda: self.inner.detokenize(model, tokens), str)

    async def loaded(self) -> list[LoadedModel]:
        """The models that are in memory now."""
        return await self._taped("loaded", "", None, self.inner.loaded, list[LoadedModel])

    async def _taped(self, kind: Kind, model: str, said: Any, run: Callable[[], Awaitable[T]], result: type[T]) -> T:
        if asked_cassette() is None:
            return await run()
        if self.find is not None:
            await self.find()
        asked = call(kind, self.connection, model, said, self.kind() or "")
        return await taped(asked, run, result, self.secrets)


def _said(request: Request) -> dict[str, Any]:
    """What a request says beside the model."""
    # As they were before there were images: what is recorded is found by the very bytes of its question.
    said = [
        _Said(one.role, one.content, one.tool_calls, one.tool_call_id, one.name, one.images or UNSET)
        for one in request.messages
    ]
    return {"messages": said, "options": request.options.asked()}
