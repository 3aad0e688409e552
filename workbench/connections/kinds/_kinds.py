"""The records of all kinds: here, and in a folder of `engines/`, is all that makes a kind differ from the others."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from workbench.connections.kinds._record import Api, Kind
from workbench.connections.kinds._speaks import speaks_ollama, speaks_openai
from workbench.connections.permissions._gate import PolicyGate
from workbench.engines import EmbeddedEngine, Engine, FoundEngine, OllamaEngine, OllamaModels, OpenAIEngine, Place
from workbench.engines.embedded import _facts as _embedded_facts
from workbench.engines.embedded._threads import processors
from workbench.engines.ollama import _facts as _ollama_facts
from workbench.engines.openai import _facts as _openai_facts
from workbench.engines.openai._server import gauges
from workbench.engines.sending._product import Server
from workbench.errors import ConfigurationError
from workbench.model_info import ModelFacts

_NO_THREADS = {
    "threads": "leave it out; a server's threads are set where it is started (Ollama: the model's num_thread)"
}


def _embedded(place: Place, _requests: int | None, threads: int | None) -> Engine:
    return EmbeddedEngine(place.connection, _file(place), PolicyGate(), threads)  # no proxy is on the way to it


def _file(place: Place) -> Path | None:
    return Path(place.address).expanduser() if place.address else None


async def _facts_of_file(place: Place, _model: str) -> ModelFacts:
    return await _embedded_facts.facts(_file(place))


def _ollama(place: Place, requests: int | None, _threads: int | None) -> Engine:
    return OllamaEngine(place, requests)


def _fewer_threads() -> str:
    few = max(1, processors() // 2)
    return (
        f"give the model fewer threads, as they hinder each other on a busy machine: "
        f'wb.create("ollama/NAME", base=…, parameters={{"num_thread": {few}}}); or end the other work'
    )


def _openai(place: Place, requests: int | None, _threads: int | None) -> Engine:
    return OpenAIEngine(place, requests)


def _found_out(place: Place, requests: int | None, _threads: int | None) -> Engine:
    return FoundEngine(place, _of_found_kind, requests)


def _of_found_kind(kind: str, place: Place, requests: int | None) -> Engine:
    return kind_named(kind).engine(place, requests, None)


_EMBEDDED = Kind(
    name="embedded",
    engine=_embedded,
    facts=_facts_of_file,
    requests=4,
    product=Server("llama.cpp", f"of xllamacpp {version('xllamacpp')}"),
    instead="name another GGUF file by wb.connect",
)
_OLLAMA = Kind(
    name="ollama",
    engine=_ollama,
    facts=_ollama_facts.facts,
    api=Api(
        speaks=speaks_ollama,
        models_path="/api/tags",
        products={"Ollama": "ollama"},
        # Its threads wait for each other by spinning, so that one of them may stop all on a busy machine.
        slow_advice=_fewer_threads,
    ),
    refused=_NO_THREADS,
    models=OllamaModels,
)
_OPENAI = Kind(
    name="openai",
    engine=_openai,
    facts=_openai_facts.facts,
    requests=64,
    api=Api(
        speaks=speaks_openai,
        models_path="/models",
        gauges=gauges,
        products={"vLLM": "vllm", "llama.cpp": "llamacpp", "LiteLLM": "litellm"},
        base_path="/v1",
    ),
    refused=_NO_THREADS,
    instead="this is set where the server is started, as with vLLM's `vllm serve MODEL`",
)

KINDS = {kind.name: kind for kind in (_EMBEDDED, _OLLAMA, _OPENAI)}
"""All kinds by their names; whoever adds an engine adds its record here."""

# Until what answers has told its kind, it is taken for the likelier one, but not asked how busy it is.
_FOUND = Kind(
    name="what answers",
    engine=_found_out,
    api=Api(speaks=speaks_openai, models_path="/models"),
    refused=_NO_THREADS,
)


def kind_named(name: str | None, where: str = "") -> Kind:
    """Return the record of a kind; without a name, that of a server whose kind is found out at the first use.

    Args:
        name: The name.
        where: Where the name stands, for the error.

    Raises:
        ConfigurationError: If there is no such kind; it names those that there are.

    >>> kind_named("openai").requests
    64
    """
    if name is None:
        return _FOUND
    found = KINDS.get(name) if isinstance(name, str) else None
    if found is None:
        advice = f"there are {', '.join(KINDS)}; vLLM, LiteLLM, llama.cpp and their like are openai"
        raise ConfigurationError(f"unknown kind {name!r}", where=where, advice=advice)
    return found
