"""Finding the servers of this machine on the ports that they usually have."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress

from workbench.connections.configuration._addresses import OLLAMA_PORT, ollama_address
from workbench.connections.configuration._settings import Settings
from workbench.connections.kinds import KINDS
from workbench.connections.permissions._gate import PolicyGate
from workbench.engines import Place
from workbench.engines.cassette import asked_for
from workbench.engines.sending._product import identify
from workbench.errors import ConfigurationError, WorkbenchError

# Where each product listens unless it is told otherwise.
PORTS = (OLLAMA_PORT, 8000, 8080, 4000)
LOOK_S = 3.0


async def discover() -> list[Settings]:
    """What answers on this machine, and at `OLLAMA_HOST`; no other host is asked.

    Returns:
        A connection for each server that says what it is: "ollama", "vllm", "llamacpp" or "litellm", with a number
        where there are several of a kind.
    """
    addresses = [f"http://127.0.0.1:{port}" for port in PORTS]
    with suppress(ConfigurationError):  # the connection "ollama" tells what is wrong with it
        addresses.insert(0, ollama_address(os.environ.get("OLLAMA_HOST", "")).url)
    products = await asyncio.gather(*(_product(address) for address in dict.fromkeys(addresses)))
    kinds_of = {product: (kind.name, kind.api) for kind in KINDS.values() if kind.api for product in kind.api.products}
    found: list[Settings] = []
    for address, product in zip(dict.fromkeys(addresses), products, strict=True):
        if product in kinds_of:
            kind, api = kinds_of[product]
            bare = api.products[product]
            taken = sum(one.name.rstrip("0123456789-") == bare for one in found)
            name = bare + (f"-{taken + 1}" if taken else "")
            found.append(Settings(name, kind, address + api.base_path, source=f"{product}, found on this machine"))
    return found


async def _product(address: str) -> str:
    """The product that answers at an address, or ""."""
    try:
        # All are asked the same at once, and a recording must not give one what another answered.
        with asked_for(address):
            async with asyncio.timeout(LOOK_S):
                return (await identify(Place("discovery", address, gate=PolicyGate()))).product
    except (WorkbenchError, TimeoutError):
        return ""
