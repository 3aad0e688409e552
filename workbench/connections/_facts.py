"""What the answers of a model depend on beside the question, as its server tells it or a cassette has it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from workbench.connections._registry import Connection, connection
from workbench.connections.kinds import kind_named
from workbench.engines.cassette import call, taped
from workbench.engines.sending._product import is_still
from workbench.model_info import ModelFacts

# What servers told in this process, by connection, kind, address, model and the model's fingerprint.
_told: dict[tuple[str, ...], ModelFacts] = {}


async def facts(name: str, digest: str = "") -> ModelFacts:
    """Ask a server what the answers of a model depend on: product, version, fingerprints, usual settings.

    What it told before in this process holds as long as it has the same version and lists the same model, so that short
    comparisons one after the other do not ask it all again.

    Args:
        name: "connection/model".
        digest: The model's fingerprint as the server lists it now, where that is known.

    Raises:
        UsageError: If there is no such connection, or nothing may be asked there.
        EngineError: If the server does not answer.
        CassetteError: If recorded answers are played that do not hold it.
    """
    connection_name, _, model = name.partition("/")
    asked = connection(connection_name)
    question = call("look", connection_name, model, "facts")
    return await taped(question, lambda: _asked(asked, model, digest), ModelFacts, asked.place().secrets)


async def _asked(asked: Connection, model: str, digest: str) -> ModelFacts:
    kind = kind_named(asked.kind or await asked.find_kind(), f"connection {asked.name!r}")
    place = asked.place()
    key = (asked.name, kind.name, place.address, model, digest)
    if (told := _told.get(key)) is not None and await is_still(place, told.product, told.version):
        return told
    address = shown_address(place.address) if kind.api is not None else ""
    found = replace(await kind.facts(place, model), kind=kind.name, address=address)
    if kind.api is not None and found.digest in ("", digest):  # else another model may come to have this name
        _told[key] = found
    return found


def shown_address(address: str) -> str:
    """An address without what may tell who asks: query, user and password.

    >>> shown_address("https://me:secret@gpu.example.org:8443/v1?key=4711")
    'https://gpu.example.org:8443/v1'
    """
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
