"""What Ollama says of the registries that it fetches models from, told as errors of the family."""

from __future__ import annotations

import re

from workbench.engines._failures import cut
from workbench.engines._place import Place
from workbench.errors import (
    EngineError,
    ModelUnknownError,
    RequestRefusedError,
    ServerError,
    UnreachableError,
)

_OWN = "registry.ollama.ai"
_DAMAGED = re.compile(r"digest mismatch", re.IGNORECASE)
_NO_MODEL = re.compile(r"file does not exist|manifest unknown|name unknown", re.IGNORECASE)
_NOT_REACHED = re.compile(r"dial tcp|no such host|connection refused|i/o timeout|max retries exceeded", re.IGNORECASE)
_NO_TLS = re.compile(r"HTTP response to HTTPS client|insecure protocol http", re.IGNORECASE)
_FULL = re.compile(r"no space left", re.IGNORECASE)
_OLD = re.compile(r"newer version of Ollama", re.IGNORECASE)
_DENIED = re.compile(r"unauthorized|access denied|authentication", re.IGNORECASE)


def registry_address(name: str) -> str:
    """The address of the registry that a model's name stands for.

    >>> registry_address("qwen3:4b"), registry_address("127.0.0.1:5000/library/qwen3:4b")
    ('https://registry.ollama.ai', 'https://127.0.0.1:5000')
    """
    scheme, found, rest = name.rpartition("://")
    parts = rest.split("/")
    host = parts[-3] if len(parts) > 2 else _OWN
    return f"{scheme if found else 'https'}://{host}"


def explained(place: Place, error: EngineError | None, model: str) -> EngineError:
    """The error for what broke off the fetching or making of a model.

    Args:
        place: The server.
        error: What it said; None where its answer ended without a word.
        model: The model.
    """
    if error is None:
        return cut(place)
    if not isinstance(error, RequestRefusedError):
        return error
    where, said = f"{place}, model {place.quote(model)}", error.what.partition(": ")[2]
    registry = registry_address(model).partition("://")[2]
    if _DAMAGED.search(said):
        advice = "pull again; if it stays so, tell whoever keeps the registry that its copy is damaged"
        return ServerError(f"a part of the model came damaged: {said}", where=where, advice=advice)
    if _NO_TLS.search(said):
        advice = "give insecure=True, if you trust this registry and the network to it"
        return RequestRefusedError(f"the registry {registry} has no TLS: {said}", where=where, advice=advice)
    if _NO_MODEL.search(said):
        what = f"the registry {registry} has no model {model!r}"
        return ModelUnknownError(what, where=str(place), advice="check name and tag")
    if _FULL.search(said):
        return ServerError(f"the server's disk is full: {said}", where=where, advice="delete models with wb.delete")
    if _OLD.search(said):
        return RequestRefusedError(f"the server is too old for this model: {said}", where=where, advice="update Ollama")
    if _DENIED.search(said):
        advice = "check the name; for a private model, let the server sign in with `ollama signin`"
        return RequestRefusedError(f"the registry {registry} refuses: {said}", where=where, advice=advice)
    if _NOT_REACHED.search(said):
        advice = "check the registry's address, and the network of the machine on which Ollama runs"
        return UnreachableError(f"Ollama does not reach {registry}: {said}", where=where, advice=advice)
    return error
