"""What stands behind an address: which product in which version, how busy it is, and how it cuts text into tokens."""

from __future__ import annotations

import re

from workbench.engines.sending._fetch import fetch
from workbench.engines.sending._once import once
from workbench.engines.sending._product import Server, identify
from workbench.engines.wire._place import Place
from workbench.errors import ServerError, UnsupportedError
from workbench.model_info import Gauges

__all__ = [
    "Server",
    "check_health",
    "detokenize",
    "gauges",
    "identify",
    "passes_on",
    "read_gauges",
    "tokenize",
]

_SAMPLE = re.compile(r"^([a-z_]+:[a-z_]+)(?:\{[^}]*\})? ([-+0-9.eE]+|NaN)$", re.MULTILINE)


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


async def passes_on(place: Place) -> bool | None:
    """Whether an Ollama would send to ollama.com what is meant for models there; None where it does not say.

    Raises PolicyError, and an EngineError where nothing answers.
    """
    found = (await once(place, place.url("/api/status", place.base))).json
    cloud = found.get("cloud") if isinstance(found, dict) else None
    is_off = cloud.get("disabled") if isinstance(cloud, dict) else None
    return None if is_off is None else is_off is not True


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
