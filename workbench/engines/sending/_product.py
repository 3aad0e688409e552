"""Which product in which version answers at an address."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.engines.sending._once import once
from workbench.engines.wire._place import Place


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
    """Ask a server what it is: where its address says that it is, and else at the root of its host.

    Raises PolicyError, and an EngineError where nothing answers.
    """
    found = await identify_at(place, place.base)
    return found if found.product or place.root == place.base else await identify_at(place, place.root)


# Where each says its version, and under which name; for llama.cpp that would not tell what it was started with.
_VERSIONS = {
    "LiteLLM": ("/health/readiness", "litellm_version"),
    "Ollama": ("/api/version", "version"),
    "vLLM": ("/version", "version"),
}


async def is_still(place: Place, product: str, version: str) -> bool:
    """Whether a server is what it was, by one request as a rule; False where that cannot be asked for so.

    Raises PolicyError, and an EngineError where nothing answers.
    """
    if product not in _VERSIONS or not version:
        return False
    path, field = _VERSIONS[product]
    for start in dict.fromkeys((place.base, place.root)):
        if told := (await once(place, place.url(path, start))).field(field):
            return told == version
    return False


async def identify_at(place: Place, start: str) -> Server:
    """Ask a server what it is, under an address on its host. Raises as `identify`."""
    # LiteLLM passes unknown paths on, so it is asked for first; Ollama and vLLM differ in where their version is.
    alive = await once(place, place.url("/health/readiness", start))
    if version := alive.field("litellm_version"):
        return Server("LiteLLM", version)
    for product in ("Ollama", "vLLM"):
        path, field = _VERSIONS[product]
        if version := (await once(place, place.url(path, start))).field(field):
            return Server(product, version)
    props = await once(place, place.url("/props", start))
    if "llama.cpp" in props.headers.get("server", "").lower() or props.field("build_info"):
        return Server("llama.cpp", props.field("build_info"))
    if "x-litellm-version" in alive.headers:
        return Server("LiteLLM", alive.headers["x-litellm-version"])
    return Server()
