"""Whether a server speaks the protocol of its connection's kind; and if not, which it speaks."""

from __future__ import annotations

from workbench.connections.kinds._record import Said
from workbench.engines import Place
from workbench.engines.sending._fetch import fetch
from workbench.engines.sending._once import Fetched


async def speaks_ollama(place: Place) -> Said:
    """Whether Ollama's own API is there. Raises PolicyError, and an EngineError where nothing answers."""
    found = await fetch(place, "/api/version")
    if found.status in (401, 403) or _has(found, "version"):
        return True, "Ollama's own API", ""
    if _is_compatible(await fetch(place, "/v1/models", at_root=True)):
        advice = f'use kind="openai" and url="{place.address}/v1"'
        return False, "a server that is not Ollama but speaks OpenAI's API", advice
    return False, f"what answers there is not Ollama (status {found.status})", "check host and port"


async def speaks_openai(place: Place) -> Said:
    """Whether OpenAI's API is there. Raises as `speaks_ollama`."""
    found = await fetch(place, "/models")
    if _is_compatible(found):
        if _has(await fetch(place, "/api/version", at_root=True), "version"):
            advice = f'use kind="ollama" and url="{place.base}", as this path cuts long prompts without a word'
            return True, "OpenAI's API of an Ollama", advice
        return True, "OpenAI's API", ""
    if _has(await fetch(place, "/api/version", at_root=True), "version"):
        return False, "this is an Ollama", f'use kind="ollama" and url="{place.root}"'
    if not place.address.endswith("/v1") and _is_compatible(await fetch(place, "/v1/models", at_root=True)):
        advice = f'write url="{place.root}/v1"'
        return False, f"nothing speaks OpenAI's API at this path (status {found.status})", advice
    if found.status == 400 and b"HTTPS" in found.body:
        return False, "the server wants TLS on this port", "write https:// instead of http://"
    if 300 <= found.status < 400:
        return False, "the server points to another address", "name that address itself, if you trust it"
    return False, f"nothing speaks OpenAI's API at this path (status {found.status})", "ask for the path to /v1/models"


def _is_compatible(found: Fetched) -> bool:
    """Whether a list of models, or the word that it is not for everybody, came."""
    return found.status in (401, 403) or (isinstance(found.json, dict) and isinstance(found.json.get("data"), list))


def _has(found: Fetched, name: str) -> bool:
    return found.status == 200 and isinstance(found.json, dict) and name in found.json
