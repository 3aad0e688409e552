"""The engine for every server that speaks OpenAI's chat completions: vLLM, LiteLLM, llama.cpp and others."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pydantic

from workbench.engines import server
from workbench.engines._answer import Answer
from workbench.engines._failures import cut
from workbench.engines._fetch import ANSWER_S, Fetched, fetch
from workbench.engines._http import Response, post
from workbench.engines._lines import EventReader
from workbench.engines._openai_body import Constrain, by_vllm, request_body
from workbench.engines._place import Place
from workbench.engines._refusals import refusal, with_nearest, wrong_address
from workbench.engines._upstream import runs_at
from workbench.errors import (
    EngineError,
    ModelUnknownError,
    ServerError,
    UnsupportedError,
)
from workbench.messages import Capabilities, LoadedModel, ModelInfo, Options, Piece, Reply, Request, Usage


class _Function(msgspec.Struct, gc=False):
    name: str | None = None
    arguments: str | None = None


class _Call(msgspec.Struct, gc=False):
    index: int = 0
    id: str | None = None
    function: _Function | None = None


class _Words(msgspec.Struct, gc=False):
    """A delta of a stream, or the message of a whole answer. vLLM says `reasoning`, others `reasoning_content`."""

    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[_Call] | None = None


class _Alternative(msgspec.Struct, gc=False):
    token: str
    logprob: float


class _Token(msgspec.Struct, gc=False):
    token: str
    logprob: float
    top_logprobs: list[_Alternative] | None = None


class _Logprobs(msgspec.Struct, gc=False):
    content: list[_Token] | None = None


class _Choice(msgspec.Struct, gc=False):
    delta: _Words | None = None
    message: _Words | None = None
    logprobs: _Logprobs | None = None
    finish_reason: str | None = None


class _Details(msgspec.Struct, gc=False):
    cached_tokens: int | None = None


class _Usage(msgspec.Struct, gc=False):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None


class _Body(msgspec.Struct, gc=False):
    """An event of a stream, or a whole answer: only the fields that are needed are decoded."""

    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    model: str | None = None
    error: Any = None


class _Listed(pydantic.BaseModel, extra="allow"):
    id: str


class _Models(pydantic.BaseModel):
    data: list[_Listed]


_decode = msgspec.json.Decoder(_Body).decode
_NO_WORDS = _Words()
_NO_CHOICE = _Choice()


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
        """The models that the server lists now. Raises an EngineError."""
        found = await self._asked("/models")
        try:
            listed = _Models.model_validate(found.json)
        except pydantic.ValidationError:
            failed = wrong_address(self._place, "what answers there lists no models")
        else:
            infos = [_info(entry.model_dump()) for entry in listed.data]
            return [replace(info, runs_at=await runs_at(self._place, info.name)) for info in infos]
        raise failed

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text. Raises an EngineError."""
        from openai.types import CreateEmbeddingResponse

        body = {"model": model, "input": list(texts)}
        found = await self._asked("/embeddings", body, limit_s=self._place.limits.first_s)
        try:
            vectors = CreateEmbeddingResponse.model_validate(found.json).data
        except pydantic.ValidationError:
            failed = wrong_address(self._place, "what answers there makes no embeddings")
        else:
            return [entry.embedding for entry in sorted(vectors, key=lambda entry: entry.index)]
        raise failed

    async def _asked(self, path: str, body: dict[str, Any] | None = None, limit_s: float = ANSWER_S) -> Fetched:
        found = await fetch(self._place, path, body, limit_s=limit_s)
        if found.status != 200:
            model = str((body or {}).get("model", ""))
            raise refusal(self._place, found.status, found.body.decode("utf-8", "replace"), model=model)
        return found

    async def tokenize(self, model: str, text: str) -> list[int]:
        """The tokens of a text, on vLLM and llama.cpp. Raises UnsupportedError and an EngineError."""
        return await server.tokenize(self._place, model, text)

    async def detokenize(self, model: str, tokens: Sequence[int]) -> str:
        """The text of tokens, on vLLM and llama.cpp. Raises UnsupportedError and an EngineError."""
        return await server.detokenize(self._place, model, list(tokens))

    async def loaded(self) -> list[LoadedModel]:
        """Raises UnsupportedError: such a server holds what it lists, and tells no memory."""
        raise UnsupportedError(
            "this server does not tell what is loaded", where=str(self._place), advice="it holds what wb.models() lists"
        )

    async def capabilities(self, model: str) -> Capabilities:
        """What the server says of one model: mostly only its context. Raises an EngineError."""
        listed = await self.models()
        for info in listed:
            if info.name == model:
                return info.capabilities
        error = ModelUnknownError(f"no model {model!r}", where=str(self._place))
        raise with_nearest(self._place, error, model, [info.name for info in listed])

    def unsupported(self, options: Options) -> dict[str, UnsupportedError]:
        """The options that such a server does not have."""
        if options.context is None:
            return {}
        advice = "leave it out, or start the server with another length (vLLM: --max-model-len)"
        return {
            "context": UnsupportedError(
                "context= is fixed when this server starts", where=str(self._place), advice=advice
            )
        }

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """The answer as it arrives; the last piece carries the reply. Raises an EngineError."""
        body = request_body(request, self._constrain) | {"stream": True, "stream_options": {"include_usage": True}}
        answer = Answer(self.connection, request, body, self._place.secrets())
        try:
            async with post(self._place, "/chat/completions", body, answer) as response:
                if "event-stream" not in response.content_type:
                    raise wrong_address(self._place, f"the answer is no event stream but {response.content_type}")
                async for piece in self._pieces(response, answer):
                    yield piece
        except ModelUnknownError as error:
            raise await self._offering(error, request.model) from None
        if rest := answer.rest():
            yield rest
        yield Piece(reply=answer.reply())

    async def ask(self, request: Request) -> Reply:
        """The whole answer, asked for without a stream. Raises an EngineError."""
        body = request_body(request, self._constrain) | {"stream": False}
        answer = Answer(self.connection, request, body, self._place.secrets())
        try:
            async with post(self._place, "/chat/completions", body, answer) as response:
                if "json" not in response.content_type:
                    raise wrong_address(self._place, f"the answer is no JSON but {response.content_type}")
                found = _decode(await response.whole())
                if not found.choices or found.choices[0].message is None:
                    raise self._broken(found)
        except ModelUnknownError as error:
            raise await self._offering(error, request.model) from None
        words = found.choices[0].message
        answer.whole(words.content or "", words.reasoning or words.reasoning_content or "")
        for position, call in enumerate(words.tool_calls or []):
            call.index = position  # only a stream numbers its calls
        _note(answer, found, words)
        return answer.reply()

    async def _pieces(self, response: Response, answer: Answer) -> AsyncIterator[Piece]:
        """What arrives of an answer; here, as no error may pass through a frame that holds raw events."""
        complete = False
        async for events in response.records(EventReader(self._place.limits.line_bytes)):
            complete = complete or events[-1] == b"[DONE]"
            self._take(answer, events)
            if piece := answer.piece():
                yield piece
        if answer.finish is None and not complete:
            raise cut(self._place)

    def _take(self, answer: Answer, events: list[bytes]) -> None:
        """Add the events that arrived together to the answer. Raises ServerError."""
        for event in events:
            if event == b"[DONE]":
                continue
            found = _decode(event)
            if found.error is not None:
                raise self._broken(found)
            choice = found.choices[0] if found.choices else _NO_CHOICE
            words = choice.delta or _NO_WORDS
            if words.content:
                answer.add_text(words.content)
            elif thought := words.reasoning or words.reasoning_content:
                answer.add_reasoning(thought)
            elif words.tool_calls:
                answer.arrived()
            if not (words.content and answer.served_by and _is_text_alone(found, choice, words)):
                _note(answer, found, words)

    def _broken(self, found: _Body) -> ServerError:
        problem = found.error.get("message", found.error) if isinstance(found.error, dict) else found.error
        message = self._place.quote(str(problem or "an answer without a choice"))
        return ServerError(f"the server broke off: {message}", where=str(self._place), advice="see the server's log")

    async def _offering(self, error: ModelUnknownError, model: str) -> EngineError:
        try:
            return with_nearest(self._place, error, model, [info.name for info in await self.models()])
        except EngineError:
            return error


def _is_text_alone(found: _Body, choice: _Choice, words: _Words) -> bool:
    return choice.finish_reason is None and choice.logprobs is None and found.usage is None and words.tool_calls is None


def _note(answer: Answer, found: _Body, words: _Words) -> None:
    """Take over everything but the text."""
    if words.tool_calls:
        for call in words.tool_calls:
            function = call.function or _Function()
            answer.add_call(call.index, call.id, function.name, function.arguments)
    if found.choices:
        choice = found.choices[0]
        if choice.finish_reason:
            answer.finished(choice.finish_reason)
        if choice.logprobs is not None:
            for one in choice.logprobs.content or []:
                answer.add_token(one.token, one.logprob, [(a.token, a.logprob) for a in one.top_logprobs or []])
    if found.usage is not None:
        details = found.usage.prompt_tokens_details or _Details()
        answer.usage = Usage(found.usage.prompt_tokens, found.usage.completion_tokens, details.cached_tokens)
    if not answer.served_by and found.model:
        answer.served_by = found.model


def _info(entry: dict[str, Any]) -> ModelInfo:
    meta = entry.get("meta") or {}
    context = entry.get("max_model_len") or meta.get("n_ctx")
    size = meta.get("size")
    return ModelInfo(
        name=str(entry["id"]),
        size_bytes=size if isinstance(size, int) else None,
        quantization=str(meta.get("ftype") or ""),
        loaded=True,
        capabilities=Capabilities(chat=True, context=context if isinstance(context, int) else None),
        adapter_of=str(entry.get("parent") or ""),
        # A vLLM serves one model under all its names, and adapters of it; others may load what they list on demand.
        resident=entry.get("owned_by") == "vllm",
    )
