"""What Ollama says of the registries that it fetches models from, told as errors of the family."""

from __future__ import annotations

import re

from workbench.engines.wire._place import Place
from workbench.engines.wire.failures._network_errors import cut
from workbench.errors import EngineError, ModelUnknownError, RequestRefusedError, ServerError, UnreachableError

_OWN = "registry.ollama.ai"
# Ollama words what its registry says, and what Go's network says, as one text; so the text has to tell them apart.
_SAID: tuple[tuple[str, type[EngineError], str, str], ...] = (
    (
        "digest mismatch",
        ServerError,
        "a part of the model arrived damaged",
        "pull again; if it stays so, tell whoever keeps the registry that its copy is damaged",
    ),
    (
        "HTTP response to HTTPS client|insecure protocol http",
        RequestRefusedError,
        "the registry {registry} has no TLS",
        "give insecure=True, if you trust this registry and the network to it",
    ),
    (
        "file does not exist|manifest unknown|name unknown",
        ModelUnknownError,
        "the registry {registry} has no such model",
        "check name and tag",
    ),
    (
        "no Location header",
        RequestRefusedError,
        "the registry {registry} sends the files itself, and Ollama only fetches where it is sent on",
        "ask whoever keeps it for a redirect to a server of files with another host name",
    ),
    ("no space left", ServerError, "the server's disk is full", "delete models that nobody needs: wb.delete"),
    ("newer version of Ollama", RequestRefusedError, "the server is too old for this model", "update Ollama"),
    (
        "unauthorized|access denied|authentication",
        RequestRefusedError,
        "the registry {registry} refuses",
        "check the name; for a private model, let the server sign in with `ollama signin`",
    ),
    (
        "dial tcp|no such host|connection refused|i/o timeout|max retries exceeded",
        UnreachableError,
        "Ollama does not reach {registry}",
        "check the registry's address, and the network of the machine on which Ollama runs",
    ),
)


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
    said = error.what.partition(": ")[2]
    for pattern, kind, what, advice in _SAID:
        if re.search(pattern, said, re.IGNORECASE):
            told = f"{what.format(registry=registry_address(model).partition('://')[2])}: {said}"
            return kind(place.quote(told), where=f"{place}, model {place.quote(model)}", advice=advice)
    return error
