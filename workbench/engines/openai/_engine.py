"""The engine for every server that speaks OpenAI's chat completions: vLLM, LiteLLM, llama.cpp and others."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

from workbench.engines.answer._answer import Answer
from workbench.engines.answer._errors_inside import error_in, error_inside
from workbench.engines.openai import _server as server
from workbench.engines.openai._answer import Taking
from workbench.engines.openai._body import Constrain, by_vllm, request_body
from workbench.engines.openai._lists import models_in, vectors_in
from workbench.engines.sending._answered import answered, reply_of
from workbench.engines.sending._fetch import fetch
from workbench.engines.sending._once import ANSWER_S, Fetched
from workbench.engines.sending._post import Response
from workbench.engines.sending._upstream import runs_at
from workbench.engines.wire._place import Place
from workbench.engines.wire._records import EventReader
from workbench.engines.wire.failures._network_errors import cut
from workbench.engines.wire.failures._refusals import refusal, with_nearest, wrong_address
from workbench.errors import EngineError, ModelUnknownError, UnsupportedError
from workbench.messages import Options, Piece, Reply, Request
from workbench.model_info import Capabilities, LoadedModel, ModelInfo


class OpenAIEngine:
    """A server that speaks OpenAI's chat completions.

    Args:
        place: The server; its address ends, as a rule, in `/v1`.
        slots: How many requests it works on at once, if known.
        constrain: How this server is told to hold an answer to `choice=` or `regex=`.

    >>> engine = OpenAIEngine(Place("gpu", "http://127.0.0.1:8000/v1"))
    >>> engine.connection, engine.address
    ('gpu', 'http://127.0.0.1:8000/v1')
    """

    def __init__(self, place: Place, slots: int | None = None, constrain: Constrain = by_vllm) -> None:
        self.connection = place.connection
        self.address = place.address
        self.slots = slots
        self._place = place
        self._constrain = constrain

    async def models(self) -> list[ModelInfo]:
        """List the models that the server lists now. Raises an EngineError."""
        found = await self._asked("/models")
        if (listed := models_in(found.json)) is None:
            raise self._refused(found, "does not list models")
        return [replace(info, runs_at=await runs_at(self._place, info.name)) for info in listed]

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Embed each text as a vector. Raises an EngineError."""
        body = {"model": model, "input": list(texts)}
        found = await self._asked("/embeddings", body, limit_s=self._place.limits.first_s)
        if (vectors := vectors_in(found.json, len(texts))) is None:
            raise self._refused(found, f"does not make an embedding of each of {len(texts)} texts", model)
        return vectors

    def _refused(self, found: Fetched, what: str, model: str = "") -> EngineError:
        """The error for a body with status 200 that is not an answer: the one that it tells of, or that."""
        if isinstance(found.json, dict) and (error := error_in(found.json)) is not None:
            return error_inside(self._place, error, model)[0]
        return wrong_address(self._place, f"what answers there {what}")

    async def _asked(self, path: str, body: dict[str, Any] | None = None, limit_s: float = ANSWER_S) -> Fetched:
        found = await fetch(self._place, path, body, limit_s=limit_s)
        if found.status != 200:
            model = str((body or {}).get("model", ""))
            raise refusal(self._place, found.status, found.body.decode("utf-8", "replace"), model=model)
        return found

    async def tokenize(self, model: str, text: str) -> list[int]:
        """Split a text into tokens, on vLLM and llama.cpp. Raises UnsupportedError and an EngineError."""
        return await server.tokenize(self._place, model, text)

    async def detokenize(self, model: str, tokens: Sequence[int]) -> str:
        """Put tokens together to a text, on vLLM and llama.cpp. Raises UnsupportedError and an EngineError."""
        return await server.detokenize(self._place, model, list(tokens))

    async def loaded(self) -> list[LoadedModel]:
        """Raise UnsupportedError: such a server holds what it lists, and tells no memory."""
        raise UnsupportedError(
            "this server does not tell what is loaded", where=str(self._place), advice="it holds what wb.models() lists"
        )

    async def capabilities(self, model: str) -> Capabilities:
        """Return what the server says of one model: mostly only its context. Raises an EngineError."""
        listed = await self.models()
        for info in listed:
            if info.name == model:
                return info.capabilities
        error = ModelUnknownError(f"no model {model!r}", where=str(self._place))
        raise with_nearest(self._place, error, model, [info.name for info in listed])

    def unsupported(self, options: Options) -> dict[str, UnsupportedError]:
        """List the options that such a server does not have."""
        if options.context is None:
            return {}
        advice = "leave it out, or start the server with another length (vLLM: --max-model-len)"
        return {
            "context": UnsupportedError(
                "context= is fixed when this server starts", where=str(self._place), advice=advice
            )
        }

    def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """Stream the answer as it arrives; the last piece carries the reply. Raises an EngineError."""
        return self._answered(request, {"stream": True, "stream_options": {"include_usage": True}})

    async def ask(self, request: Request) -> Reply:
        """Ask for the whole answer, without a stream. Raises an EngineError."""
        return await reply_of(self._answered(request, {"stream": False}))

    def _answered(self, request: Request, how: dict[str, Any]) -> AsyncGenerator[Piece, None]:
        return answered(
            self._place,
            "/chat/completions",
            request,
            request_body(request, self._constrain) | how,
            taking=Taking,
            pieces=self._pieces,
            offering=self._offering,
        )

    async def _pieces(self, response: Response, answer: Answer, taking: Taking) -> AsyncIterator[Piece]:
        """Yield what arrives of an answer."""
        if "event-stream" in response.content_type:
            async for events in response.records(EventReader(self._place.limits.line_bytes)):
                taking.take(events)
                if piece := answer.piece():
                    yield piece
            is_whole = answer.finish is not None or taking.complete
        else:
            is_whole = self._take_whole(await self._whole(response), response.content_type, answer, taking)
        if not is_whole:
            raise cut(self._place)

    async def _whole(self, response: Response) -> bytes:
        if "html" in response.content_type:
            raise wrong_address(self._place, f"the answer is not a model's but {response.content_type}")
        return (await response.whole()).strip()

    def _take_whole(self, raw: bytes, kind: str, answer: Answer, taking: Taking) -> bool:
        """Take an answer that came in one go; whether it is whole. Its beginning shows what it is, not its type."""
        if raw.startswith((b"data:", b"event:", b":")):
            reader = EventReader(self._place.limits.line_bytes)
            taking.take(reader.feed(raw) + reader.close())
            return answer.finish is not None or taking.complete
        if "json" not in kind and not raw.startswith(b"{"):
            raise wrong_address(self._place, f"the answer is not a model's but {kind}")
        taking.whole(raw)
        return True

    async def _offering(self, error: ModelUnknownError, model: str) -> EngineError:
        try:
            return with_nearest(self._place, error, model, [info.name for info in await self.models()])
        except EngineError:
            return error
