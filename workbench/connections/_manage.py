"""Managing the models of connections whose kind lets them be managed, by the names that `wb.model` takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.arguments import as_flag, as_json, as_name, as_python, as_whole
from workbench.connections._registry import Connection, connection, connections
from workbench.connections._wait import wait
from workbench.connections.asking._model import model
from workbench.connections.kinds import kind_named
from workbench.engines import OllamaModels
from workbench.errors import ConnectionUnknownError, ModelUnknownError, UnsupportedError, UsageError, WorkbenchError
from workbench.files._whole import at_home
from workbench.model_info import LoadedModel, ModelDetails, Progress

Steps = AsyncGenerator[Progress, None]

_TYPES = {
    "model": "string",
    "memory_bytes": "Int64",
    "gpu_bytes": "Int64",
    "context": "Int64",
    "expires_s": "Float64",
    "problem": "string",
}


def pull(name: str, *, insecure: bool = False) -> Steps:
    """Fetch a model from a registry onto its server; closing the generator cancels, pulling again goes on from there.

    Args:
        name: "connection/model", such as "ollama/qwen3:4b"; another registry's host comes before the model:
            "ollama/registry.example.org/space/model".
        insecure: Whether the registry may be reached without TLS.

    Returns:
        A generator of how far it is.

    Raises:
        UnsupportedError: If the connection is not one to Ollama.
        PolicyError: If the policy does not allow the registry's host.
        EngineError: If server or registry fail.
    """
    models, own = _named(name)
    return models.pull(own, insecure=as_flag("insecure=", insecure))


def create(
    name: str,
    *,
    file: Path | str | None = None,
    base: str | None = None,
    modelfile: str | None = None,
    adapter: Path | str | None = None,
    template: str | None = None,
    system: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    quantize: str | None = None,
) -> Steps:
    """Make a model from a GGUF file, from another model of the same server, or from the text of a Modelfile.

    Args:
        name: "connection/model" of the new model; one that has this name is replaced.
        file: A GGUF file on this machine.
        base: "connection/model", or a model's name on the same server.
        modelfile: Text of a Modelfile, which says all the rest.
        adapter: A GGUF file with an adapter (LoRA).
        template: How messages become a prompt, in Go's template language.
        system: System message of every chat.
        parameters: Options of every answer by Ollama's names, such as `num_ctx` or `temperature`.
        quantize: Kind of weights that 16-bit ones are turned into, such as "q4_K_M".

    Returns:
        A generator of how far it is.

    Raises:
        UsageError: If what is given cannot be used; nothing was made.
        EngineError: If the server fails, or has no model `base`.
    """
    models, own = _named(name)
    return models.create(
        own,
        file=at_home(file) if file is not None else None,
        base=_on_same_server(name, base) if base is not None else None,
        modelfile=modelfile,
        adapter=at_home(adapter) if adapter is not None else None,
        template=template,
        system=system,
        parameters=as_json("parameters=", parameters) if parameters is not None else None,
        quantize=quantize,
    )


def loaded(name: str | None = None) -> pd.DataFrame:
    """List the models in memory now: of the Ollama servers of all connections, or of one connection of any kind.

    Args:
        name: Only this connection.

    Returns:
        A DataFrame with a row for each: `model` ("connection/model"), `memory_bytes` (of it on accelerators
        `gpu_bytes`), `context` (tokens), `expires_s` (seconds until it is unloaded; missing where it stays) and
        `problem`: a server that does not answer, or does not tell, is a row with the reason. The usual address of
        Ollama is only listed if something answers there.

    Raises:
        ConnectionUnknownError: If there is no connection `name`.
        ConfigurationError: If a configuration file cannot be used.

    >>> list(loaded().columns)
    ['model', 'memory_bytes', 'gpu_bytes', 'context', 'expires_s', 'problem']
    """
    chosen = wait(_managed()) if name is None else [connection(name)]
    listed = wait(_all_loaded(chosen))
    rows = [row for asked, found in zip(chosen, listed, strict=True) for row in _rows(asked, found, quiet=name is None)]
    return pd.DataFrame(rows, columns=list(_TYPES)).astype(_TYPES)


def show(name: str) -> ModelDetails:
    """Show all that a server tells of a model: options, template, system message, licence, abilities, fingerprint.

    Args:
        name: "connection/model".

    Raises:
        UnsupportedError: If the connection is not one to Ollama.
        EngineError: If the server fails, or has no such model.
    """
    models, own = _named(name)
    return wait(models.show(own))


async def load(name: str, *, keep_alive: float | str | None = "10m", context: int | None = None) -> None:
    """Load a model into memory, so that the next answer need not wait for it.

    Args:
        name: "connection/model".
        keep_alive: How long it stays unused: seconds, or a text such as "10m"; -1 keeps it for ever.
        context: Length of the context to load it with, in tokens.

    Raises:
        UnsupportedError: If the connection is not one to Ollama.
        EngineError: If it cannot be loaded.
    """
    models, own = _named(name)
    tokens = as_whole("context=", context, 1) if context is not None else None
    await models.load(own, keep_alive=as_python(keep_alive), context=tokens)


async def unload(name: str) -> None:
    """Take a model out of memory; arguments and errors as for `load`."""
    models, own = _named(name)
    await models.unload(own)


async def copy(name: str, new: str) -> None:
    """Give a model a second name on its server.

    Args:
        name: "connection/model".
        new: "connection/model" of the copy on the same connection, or the name alone.

    Raises:
        UsageError: If another model has that name.
        EngineError: If the server fails, or has no such model.
    """
    models, own = _named(name)
    other = _on_same_server(name, new)
    try:
        there = await models.show(other)
    except ModelUnknownError:
        there = None
    if there is not None and there.digest != (await models.show(own)).digest:
        raise UsageError(
            f"there is another model {other!r}", where=name, advice="delete that first, or take a new name"
        )
    await models.copy(own, other)


async def delete(name: str) -> None:
    """Delete a model, with those of its files that no other model needs. Nobody is asked here.

    Args:
        name: "connection/model".

    Raises:
        UnsupportedError: If the connection is not one to Ollama.
        EngineError: If the server fails, or has no such model.
    """
    models, own = _named(name)
    await models.delete(own)


async def embed(name: str, texts: str | Sequence[str]) -> list[list[float]]:
    """Embed each text as a vector, on any server that makes some.

    Args:
        name: "connection/model".
        texts: The texts, or one.

    Returns:
        A list of numbers for each text; texts of like meaning have a large scalar product.

    Raises:
        UnsupportedError: If the engine or the model makes none.
        ContextError: If a text is too long; none is silently cut.
        EngineError: If the server fails.
    """
    return await model(name).embed(texts)


def _named(name: str) -> tuple[OllamaModels, str]:
    """The models of a connection, and the name of one on its server."""
    place_name, _, model = as_name("name", name).partition("/")
    asked = connection(place_name)
    kind = kind_named(asked.kind or wait(asked.find_kind()), f"connection {asked.name!r}")
    if kind.models is None:
        raise UnsupportedError(
            f"the models of the engine {kind.name!r} cannot be managed from here",
            where=f"connection {asked.name!r}",
            advice="; ".join(filter(None, ("name a model of a connection to Ollama", kind.instead))),
        )
    if not model:
        raise UsageError("no model is named", where=name, advice=f'write "{place_name}/model"; wb.models() lists them')
    return kind.models(asked.place()), model


def _on_same_server(name: str, other: str) -> str:
    """The name of another model on the same server, given with its connection or without."""
    here, (there, _, model) = name.partition("/")[0], other.partition("/")
    if there == here and model:
        return model
    try:
        connection(there)
    except ConnectionUnknownError:
        return other
    if not model:
        return other
    raise UsageError(f"{other!r} is on another connection", where=name, advice=f'name one as "{here}/model"')


async def _managed() -> list[Connection]:
    """The connections whose models can be managed, and those of which nobody can tell what they are."""
    there = connections()
    are_managed = await asyncio.gather(*(_is_managed(asked) for asked in there))
    return [asked for asked, is_managed in zip(there, are_managed, strict=True) if is_managed]


async def _is_managed(asked: Connection) -> bool:
    try:
        return kind_named(asked.kind or await asked.find_kind()).models is not None
    except WorkbenchError:  # which its row tells
        return True


async def _all_loaded(chosen: list[Connection]) -> list[list[LoadedModel] | WorkbenchError]:
    return await asyncio.gather(*(_loaded(asked) for asked in chosen))


async def _loaded(asked: Connection) -> list[LoadedModel] | WorkbenchError:
    try:
        return await asked.engine().loaded()
    except WorkbenchError as error:
        return error


def _rows(asked: Connection, found: list[LoadedModel] | WorkbenchError, *, quiet: bool) -> list[dict[str, Any]]:
    if isinstance(found, WorkbenchError):
        return [] if quiet and asked.settings.source == "default" else [{"model": asked.name, "problem": str(found)}]
    return [
        {
            "model": f"{asked.name}/{entry.name}",
            "memory_bytes": entry.memory_bytes,
            "gpu_bytes": entry.gpu_bytes,
            "context": entry.context,
            "expires_s": entry.expires_s,
        }
        for entry in found
    ]
