"""The engine for Ollama, by its native API: only there are the context's length, load times and thinking to be had."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pydantic

from workbench.engines.answer._answer import Answer
from workbench.engines.ollama._answer import Taking
from workbench.engines.ollama._client import looked_up, offering
from workbench.engines.ollama._package import ollama
from workbench.engines.sending._answered import answered, reply_of
from workbench.engines.sending._post import Response
from workbench.engines.sending._upstream import runs_at
from workbench.engines.wire._place import Place
from workbench.engines.wire._records import LineReader
from workbench.engines.wire.failures._network_errors import cut
from workbench.engines.wire.failures._refusals import wrong_address
from workbench.errors import ModelUnknownError, UnsupportedError
from workbench.messages import Message, Options, Piece, Reply, Request
from workbench.model_info import Capabilities, LoadedModel, ModelInfo

# "For ever" is a date in some centuries.
_STAYS = timedelta(days=3650)


class _Listed(ollama.ListResponse.Model):
    """A model in the list; some only stand for one that another host runs."""

    remote_host: Any = None


class _Tags(pydantic.BaseModel):
    models: list[_Listed]


class OllamaEngine:
    """An Ollama server.

    Args:
        place: The server; its address has no path.
        slots: How many requests it works on at once, if known.

    >>> OllamaEngine(Place("ollama", "http://127.0.0.1:11434")).connection
    'ollama'
    """

    def __init__(self, place: Place, slots: int | None = None) -> None:
        self.connection = place.connection
        self.address = place.address
        self.slots = slots
        self._place = replace(place, product="Ollama")

    async def models(self) -> list[ModelInfo]:
        """List all models that were pulled, with what each can do and whether it is loaded. Raises an EngineError.

        What runs elsewhere is only listed: to ask what it can do might reach the host that runs it.
        """
        place = self._place
        listed = (await looked_up(place, "/api/tags", _Tags)).models
        loaded = {entry.model for entry in (await looked_up(place, "/api/ps", ollama.ProcessResponse)).models}
        return await asyncio.gather(*(self._told(entry, entry.model in loaded) for entry in listed))

    async def _told(self, entry: _Listed, loaded: bool) -> ModelInfo:
        name = entry.model or ""
        host = urlsplit(str(entry.remote_host)).hostname if entry.remote_host else await runs_at(self._place, name)
        if host:
            return replace(_info(entry, Capabilities(), loaded), runs_at=host)
        return _info(entry, shown_capabilities(await self._shown(name)), loaded)

    async def capabilities(self, model: str) -> Capabilities:
        """Return what Ollama says of one model: tools, thinking, vision, context. Raises an EngineError."""
        try:
            return shown_capabilities(await self._shown(model))
        except ModelUnknownError as error:
            raise await offering(self._place, error, model) from None

    async def _shown(self, model: str) -> ollama.ShowResponse:
        return await looked_up(self._place, "/api/show", ollama.ShowResponse, {"model": model})

    def unsupported(self, options: Options) -> dict[str, UnsupportedError]:
        """List the options that Ollama does not have."""
        lacks = {}
        if options.tool_choice not in (None, "auto", "none"):
            lacks["tool_choice"] = (f"={options.tool_choice!r}", 'use "auto" or "none", or a vLLM connection')
        if options.choice:
            lacks["choice"] = ("=", 'give schema={"enum": [...]}, whose answer is one of them in quotation marks')
        if options.regex is not None:
            lacks["regex"] = ("=", "give schema=, or ask a vLLM connection")
        return {
            name: UnsupportedError(f"Ollama has no {name}{value}", where=str(self._place), advice=advice)
            for name, (value, advice) in lacks.items()
        }

    def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """Stream the answer as it arrives; the last piece carries the reply. Raises an EngineError."""
        return self._answered(request, is_stream=True)

    async def ask(self, request: Request) -> Reply:
        """Ask for the whole answer, without a stream. Raises an EngineError."""
        return await reply_of(self._answered(request, is_stream=False))

    def _answered(self, request: Request, *, is_stream: bool) -> AsyncGenerator[Piece, None]:
        return answered(
            self._place,
            "/api/chat",
            request,
            self._body(request) | {"stream": is_stream},
            taking=Taking,
            pieces=partial(self._pieces, is_stream),
            offering=partial(offering, self._place),
        )

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Embed each text as a vector of length 1. Raises an EngineError: a ContextError where a text is too long."""
        place = self._place
        # Ollama would cut a text that is too long without a word.
        body = {"model": model, "input": list(texts), "truncate": False}
        try:
            found = await looked_up(place, "/api/embed", ollama.EmbedResponse, body, limit_s=place.limits.first_s)
        except ModelUnknownError as error:
            raise await offering(place, error, model) from None
        return [list(vector) for vector in found.embeddings]

    async def tokenize(self, model: str, text: str) -> list[int]:
        """Raise UnsupportedError: Ollama does not tell tokens."""
        raise self._no_tokens()

    async def detokenize(self, model: str, tokens: Sequence[int]) -> str:
        """Raise UnsupportedError: Ollama does not tell tokens."""
        raise self._no_tokens()

    def _no_tokens(self) -> UnsupportedError:
        return UnsupportedError("Ollama does not tell tokens", where=str(self._place), advice="ask a vLLM server")

    async def loaded(self) -> list[LoadedModel]:
        """List the models that are in memory now. Raises an EngineError."""
        found = await looked_up(self._place, "/api/ps", ollama.ProcessResponse)
        return [_loaded(entry) for entry in found.models]

    async def _pieces(
        self, is_stream: bool, response: Response, answer: Answer, taking: Taking
    ) -> AsyncIterator[Piece]:
        """Yield what arrives of an answer: of one that comes whole there are no pieces."""
        if "json" not in response.content_type:
            raise wrong_address(self._place, f"the answer is not Ollama's but {response.content_type}")
        if not is_stream:
            taking.whole(await response.whole())
            return
        async for lines in response.records(LineReader(self._place.limits.line_bytes)):
            taking.take(lines)
            if piece := answer.piece():
                yield piece
        if answer.finish is None:
            raise cut(self._place)

    def _body(self, request: Request) -> dict[str, Any]:
        options = request.options
        body: dict[str, Any] = {
            "model": request.model,
            "messages": [_message(m) for m in request.messages],
            "options": _options(options),
            # Ollama would cut a prompt that is too long without a word; so it is told to refuse it instead.
            "truncate": False,
            "shift": False,
        }
        if options.schema is not None:
            body["format"] = dict(options.schema)
        if options.thinking is not None:
            body["think"] = options.thinking
        if options.logprobs is not None:
            body |= {"logprobs": True, "top_logprobs": options.logprobs}
        if options.tools and options.tool_choice != "none":
            body["tools"] = [
                {
                    "type": "function",
                    "function": {"name": t.name, "description": t.description, "parameters": dict(t.parameters)},
                }
                for t in options.tools
            ]
        return body


def _options(options: Options) -> dict[str, Any]:
    """Ollama's own names for the options, checked by its package."""
    chosen = ollama.Options(
        temperature=options.temperature,
        top_p=options.top_p,
        seed=options.seed,
        num_predict=options.max_tokens,
        num_ctx=options.context,
        stop=list(options.stop) or None,
    )
    return chosen.model_dump(exclude_none=True)


def _message(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.images:
        body["images"] = [one.data for one in message.images]
    if message.tool_calls:
        body["tool_calls"] = [
            {"id": call.id, "function": {"name": call.name, "arguments": call.parsed}} for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        body["tool_call_id"] = message.tool_call_id
    if message.role == "tool" and message.name is not None:
        body["tool_name"] = message.name
    return body


def shown_capabilities(show: ollama.ShowResponse) -> Capabilities:
    """What a model can do, by what Ollama shows of it."""
    names = set(show.capabilities or [])
    lengths = [value for name, value in (show.modelinfo or {}).items() if name.endswith(".context_length")]
    return Capabilities(
        chat="completion" in names,
        tools="tools" in names,
        schema="completion" in names,
        thinking="thinking" in names,
        vision="vision" in names,
        embedding="embedding" in names,
        context=int(lengths[0]) if lengths else None,
    )


def _loaded(entry: ollama.ProcessResponse.Model) -> LoadedModel:
    left = entry.expires_at - datetime.now(UTC) if entry.expires_at is not None else _STAYS
    return LoadedModel(
        name=entry.model or "",
        memory_bytes=int(entry.size or 0),
        gpu_bytes=int(entry.size_vram or 0),
        context=entry.context_length,
        expires_s=max(left.total_seconds(), 0.0) if left < _STAYS else None,
    )


def _info(entry: ollama.ListResponse.Model, can: Capabilities, loaded: bool) -> ModelInfo:
    return ModelInfo(
        name=entry.model or "",
        digest=entry.digest or "",
        size_bytes=int(entry.size) if entry.size is not None else None,
        parameters=(entry.details.parameter_size or "") if entry.details else "",
        quantization=(entry.details.quantization_level or "") if entry.details else "",
        loaded=loaded,
        resident=loaded,
        capabilities=can,
    )
