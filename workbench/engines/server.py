"""What stands behind an address: which product in which version, how busy it is, and how it cuts text into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from workbench.engines._fetch import fetch
from workbench.engines._place import Place
from workbench.errors import EngineError, ServerError, UnsupportedError
from workbench.messages import Gauges

_SAMPLE = re.compile(r"^([a-z_]+:[a-z_]+)(?:\{[^}]*\})? ([-+0-9.eE]+|NaN)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Server:
    """What a server says it is.

    Attributes:
        product: "Ollama", "vLLM", "llama.cpp", "LiteLLM", or "" where it does not say.
        version: Its version, or "".

    >>> str(Server("vLLM", "0.32.0"))
    'vLLM 0.32.0'
    """

    product: str = ""
    version: str = ""

    @property
    def tells_health(self) -> bool:
        """Whether it can be asked for its health at no cost; LiteLLM would ask all models behind it."""
        return self.product in ("vLLM", "llama.cpp")

    def __str__(self) -> str:
        return f"{self.product} {self.version}".strip() or "a server that does not say what it is"


async def identify(place: Place) -> Server:
    """Ask a server what it is, wherever on the host each product says it.

    Raises PolicyError, and an EngineError where nothing answers.
    """
    # LiteLLM passes unknown paths on, so it is asked for first; Ollama and vLLM differ in where their version is.
    alive = await fetch(place, "/health/readiness", at_root=True)
    if alive.status == 200 and isinstance(alive.json, dict) and "litellm_version" in alive.json:
        return Server("LiteLLM", str(alive.json["litellm_version"]))
    if version := _field(await fetch(place, "/api/version", at_root=True), "version"):
        return Server("Ollama", version)
    if version := _field(await fetch(place, "/version", at_root=True), "version"):
        return Server("vLLM", version)
    props = await fetch(place, "/props", at_root=True)
    if "llama.cpp" in props.headers.get("server", "").lower() or _field(props, "build_info"):
        return Server("llama.cpp", _field(props, "build_info"))
    if "x-litellm-version" in alive.headers:
        return Server("LiteLLM", alive.headers["x-litellm-version"])
    return Server()


def _field(fetched: Any, name: str) -> str:
    found = fetched.json if fetched.status == 200 else None
    return str(found.get(name, "")) if isinstance(found, dict) else ""


async def check_health(place: Place) -> None:
    """Ask a server that tells its health for it.

    Raises:
        ServerError: If it says that it is not well.
        PolicyError, EngineError: As `identify`.
    """
    found = await fetch(place, "/health", at_root=True)
    if found.status != 200:
        raise ServerError(
            f"the server says that it is not healthy (status {found.status})",
            where=str(place),
            advice="wait if it is still loading; else see its log and start it again",
        )


async def gauges(place: Place) -> Gauges | None:
    """How busy a vLLM is, from its metrics; None for a server that has none.

    Source: vLLM, "Production Metrics". Raises PolicyError, and an EngineError where nothing answers.
    """
    found = await fetch(place, "/metrics", at_root=True)
    return read_gauges(found.body.decode("utf-8", "replace")) if found.status == 200 else None


def read_gauges(text: str) -> Gauges | None:
    r"""The gauges in vLLM's metrics, summed over its engines; None where there are none.

    >>> read_gauges('vllm:num_requests_running{engine="0"} 3.0\nvllm:num_requests_waiting{engine="0"} 1.0\n').running
    3
    """
    sums: dict[str, float] = {}
    engines = 0
    for name, value in _SAMPLE.findall(text):
        sums[name] = sums.get(name, 0.0) + float(value)
        engines += name == "vllm:kv_cache_usage_perc"
    if "vllm:num_requests_running" not in sums:
        return None
    asked = sums.get("vllm:prefix_cache_queries_total")
    hits = sums.get("vllm:prefix_cache_hits_total", 0.0)
    generated = sums.get("vllm:generation_tokens_total")
    return Gauges(
        running=int(sums["vllm:num_requests_running"]),
        waiting=int(sums.get("vllm:num_requests_waiting", 0.0)),
        cache_used=sums["vllm:kv_cache_usage_perc"] / engines if engines else None,
        prefix_hits=hits / asked if asked else None,
        generated_tokens=None if generated is None else int(generated),
    )


async def tokenize(place: Place, model: str, text: str) -> list[int]:
    """The tokens of a text, on vLLM and llama.cpp.

    Raises UnsupportedError where the server cannot, and an EngineError where nothing answers.
    """
    body = {"model": model, "prompt": text, "content": text, "add_special_tokens": False, "add_special": False}
    found = await fetch(place, "/tokenize", body, at_root=True)
    tokens = found.json.get("tokens") if found.status == 200 and isinstance(found.json, dict) else None
    if not isinstance(tokens, list):
        raise _no_tokens(place)
    return [int(token) for token in tokens]


async def detokenize(place: Place, model: str, tokens: list[int]) -> str:
    """The text of tokens, on vLLM and llama.cpp. Raises as `tokenize`."""
    found = await fetch(place, "/detokenize", {"model": model, "tokens": tokens}, at_root=True)
    answer = found.json if found.status == 200 else None
    text = answer.get("prompt", answer.get("content")) if isinstance(answer, dict) else None
    if not isinstance(text, str):
        raise _no_tokens(place)
    return text


def _no_tokens(place: Place) -> UnsupportedError:
    return UnsupportedError(
        "this server does not tell tokens", where=str(place), advice="ask a vLLM or llama.cpp server"
    )


async def answers(place: Place) -> bool:
    """Whether anything answers at this place. Raises PolicyError."""
    try:
        await fetch(place, "/", at_root=True, with_key=False)
    except EngineError:
        return False
    return True
