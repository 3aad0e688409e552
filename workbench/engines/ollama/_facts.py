"""What the answers of an Ollama depend on beside the question."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from workbench.engines.ollama._models import OllamaModels
from workbench.engines.wire._place import Place
from workbench.model_info import ModelFacts
from workbench.texts import sha256

_SINCE_UNPENALISED = (0, 32, 10)
_NUMBERS = re.compile(r"(\d+)\.(\d+)\.(\d+)")


async def facts(place: Place, model: str) -> ModelFacts:
    """Ask a server for its version and for all of a model that its answers depend on. Raises an EngineError."""
    models = OllamaModels(place)
    version, shown = await asyncio.gather(models.version(), models.show(model))
    return ModelFacts(
        product="Ollama",
        version=version,
        digest=shown.digest,
        quantization=shown.quantization,
        template_sha256=sha256(shown.template),
        defaults=usual_options(version) | dict(shown.parameters),
    )


def usual_options(version: str) -> dict[str, Any]:
    """What a version takes for options that neither the question nor the model names; none where it is not a number.

    Source: Ollama, `DefaultOptions` in api/types.go of 0.17.4 and 0.33.0, and its release notes for what changed when.

    >>> usual_options("0.17.4")["repeat_penalty"], usual_options("0.33.0")["repeat_penalty"]
    (1.1, 1.0)
    """
    if (found := _NUMBERS.match(version)) is None:
        return {}
    penalised = tuple(map(int, found.groups())) < _SINCE_UNPENALISED
    return {
        "temperature": 0.8,
        "top_k": 40,
        "top_p": 0.9,
        "typical_p": 1.0,
        "repeat_last_n": 64,
        "repeat_penalty": 1.1 if penalised else 1.0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "num_predict": -1,
    }
