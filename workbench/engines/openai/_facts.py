"""What the answers of a compatible server depend on beside the question, as far as it tells."""

from __future__ import annotations

import asyncio
from typing import Any

from workbench.engines.openai._engine import OpenAIEngine
from workbench.engines.sending._fetch import fetch
from workbench.engines.sending._product import Server, identify
from workbench.engines.wire._place import Place
from workbench.model_info import ModelFacts
from workbench.texts import sha256


async def facts(place: Place, model: str) -> ModelFacts:
    """Ask a server what it is, and llama.cpp for its settings, which others do not tell. Raises an EngineError."""
    server, models = await asyncio.gather(identify(place), OpenAIEngine(place).models())
    listed = {info.name: info for info in models}
    settings = await _settings(place, server)
    template = settings.get("chat_template")
    usual = settings.get("default_generation_settings")
    sampling = usual.get("params") if isinstance(usual, dict) else None
    return ModelFacts(
        product=server.product,
        version=server.version,
        quantization=listed[model].quantization if model in listed else "",
        template_sha256=sha256(template) if isinstance(template, str) else "",
        defaults={name: value for name, value in sampling.items() if isinstance(value, int | float)}
        if isinstance(sampling, dict)
        else {},
    )


async def _settings(place: Place, server: Server) -> dict[str, Any]:
    if server.product != "llama.cpp":
        return {}
    found = (await fetch(place, "/props", at_root=True)).json
    return found if isinstance(found, dict) else {}
