"""What makes a cell the same as one that was asked before: all that its answer depends on, as a fingerprint."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

import pydantic

from workbench.comparison.plan._candidate import Candidate
from workbench.connections import Model, as_json_schema
from workbench.errors import WorkbenchError
from workbench.model_info import ModelInfo

_LATEST = ":latest"


def candidate_identity(candidate: Candidate, digests: Mapping[str, str]) -> Mapping[str, Any]:
    """All of a candidate that its answers depend on, as plain data."""
    if not isinstance(candidate, Model):
        return candidate.identity
    return {
        "model": candidate.name,
        "digest": digest(candidate, digests),
        "system": candidate.system,
        "schema": candidate.schema and as_json_schema(candidate.schema),
        "options": candidate.options.asked(),
    }


def digest(asked: Model, digests: Mapping[str, str]) -> str:
    """The fingerprint of a model's files, "" where its server tells none."""
    return digests.get(as_listed(asked.name), "")


def as_listed(name: str) -> str:
    """The name under which `listed_models` gives a model: Ollama lists `small:latest` for what may be asked as `small`.

    >>> as_listed("ollama/small:latest")
    'ollama/small'
    """
    return name.removesuffix(_LATEST)


async def model_digests(asked: Iterable[Candidate | None]) -> dict[str, str]:
    """Ask the server of each model once for the fingerprints of all its models; one that does not answer tells none.

    Returns:
        The fingerprints by "connection/model", without `:latest`.
    """
    return digests_of(await listed_models(asked))


def digests_of(listed: Mapping[str, ModelInfo]) -> dict[str, str]:
    """The fingerprints of models as `listed_models` gives them, where they are told."""
    return {name: info.digest for name, info in listed.items() if info.digest}


async def listed_models(asked: Iterable[Candidate | None]) -> dict[str, ModelInfo]:
    """Ask the server of each model once what it lists; one that does not answer lists nothing.

    Returns:
        All its models by "connection/model", without `:latest`.
    """
    engines = {one.connection: one.engine for one in asked if isinstance(one, Model)}

    async def listed_by(connection: str) -> dict[str, ModelInfo]:
        try:
            listed = await engines[connection].models()
        except WorkbenchError:
            return {}
        return {as_listed(f"{connection}/{info.name}"): info for info in listed}

    found: dict[str, ModelInfo] = {}
    for one in await asyncio.gather(*map(listed_by, engines)):
        found |= one
    return found


def plain(value: Any) -> Any:
    """What msgspec does not know, as plain data."""
    if isinstance(value, pydantic.BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    return repr(value)
