"""What the answers of a model depend on beside the question, as its server tells it or a cassette has it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from workbench.connections._registry import Connection, connection
from workbench.connections.kinds import kind_named
from workbench.engines.cassette import call, taped
from workbench.model_info import ModelFacts


async def facts(name: str) -> ModelFacts:
    """Ask a server what the answers of a model depend on: product, version, fingerprints, usual settings.

    Args:
        name: "connection/model".

    Raises:
        UsageError: If there is no such connection, or nothing may be asked there.
        EngineError: If the server does not answer.
        CassetteError: If recorded answers are played that do not hold it.
    """
    connection_name, _, model = name.partition("/")
    asked = connection(connection_name)
    question = call("look", connection_name, model, "facts")
    return await taped(question, lambda: _asked(asked, model), ModelFacts, asked.place().secrets)


async def _asked(asked: Connection, model: str) -> ModelFacts:
    kind = kind_named(asked.kind or await asked.find_kind(), f"connection {asked.name!r}")
    place = asked.place()
    address = shown_address(place.address) if kind.api is not None else ""
    return replace(await kind.facts(place, model), kind=kind.name, address=address)


def shown_address(address: str) -> str:
    """An address without what may tell who asks: query, user and password.

    >>> shown_address("https://me:secret@gpu.example.org:8443/v1?key=4711")
    'https://gpu.example.org:8443/v1'
    """
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
