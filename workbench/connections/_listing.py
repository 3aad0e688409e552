"""The table of all models of all connections."""

from __future__ import annotations

import asyncio
from typing import Any

import pandas as pd

from workbench.connections._registry import Connection, connection, connections, problems
from workbench.connections._wait import wait
from workbench.connections.configuration._files import NAME as FILE
from workbench.errors import WorkbenchError
from workbench.model_info import ModelInfo

_TYPES = {
    "model": "string",
    "kind": "string",
    "context": "Int64",
    "tools": "boolean",
    "schema": "boolean",
    "thinking": "boolean",
    "vision": "boolean",
    "size_bytes": "Int64",
    "loaded": "boolean",
    "problem": "string",
}


def models(name: str | None = None) -> pd.DataFrame:
    """List every model of every connection, with what each can do, as far as its server says.

    Args:
        name: Only this connection.

    Returns:
        A DataFrame with a row for each model: `model` ("connection/model"), `kind`, `context` (tokens), `tools`,
        `schema`, `thinking`, `vision` (True, False, or missing where nobody said), `size_bytes`, `loaded` and
        `problem`: a connection that does not answer or cannot be used is a row with the reason, and without a model,
        and so is a file of connections that cannot be read; and a model that its server does not run itself "runs at"
        the host that is named. The usual address of Ollama is only listed if something answers there.

    Raises:
        ConnectionUnknownError: If there is no connection `name`.

    >>> list(models("embedded")["model"])
    ['embedded/smollm2-135m-instruct']
    """
    chosen = connections() if name is None else [connection(name)]
    listed = wait(_all(chosen))
    rows = [row for place, found in zip(chosen, listed, strict=True) for row in _rows(place, found, quiet=name is None)]
    if name is None:
        rows += [{"model": FILE, "problem": str(problem)} for problem in problems()]
    return pd.DataFrame(rows, columns=list(_TYPES)).astype(_TYPES)


async def _all(chosen: list[Connection]) -> list[list[ModelInfo] | WorkbenchError]:
    return await asyncio.gather(*(_listed(place) for place in chosen))


async def _listed(place: Connection) -> list[ModelInfo] | WorkbenchError:
    try:
        return await place.engine().models()
    except WorkbenchError as error:
        return error


def _rows(place: Connection, found: list[ModelInfo] | WorkbenchError, *, quiet: bool) -> list[dict[str, Any]]:
    if isinstance(found, WorkbenchError):
        nobody_named_it = quiet and place.settings.source == "default"
        return [] if nobody_named_it else [{"model": place.name, "kind": place.kind, "problem": str(found)}]
    return [
        {
            "model": f"{place.name}/{info.name}",
            "kind": place.kind,
            "context": info.capabilities.context,
            "tools": info.capabilities.tools,
            "schema": info.capabilities.schema,
            "thinking": info.capabilities.thinking,
            "vision": info.capabilities.vision,
            "size_bytes": info.size_bytes,
            "loaded": info.loaded,
            "problem": f"runs at {info.runs_at}" if info.runs_at else None,
        }
        for info in found
    ]
